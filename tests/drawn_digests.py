"""What the course in this tree draws, as a digest for each kind of cases.

Imports nothing else of the tests, so that it can be run where only the engine and a course are.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from typing import Any

import numpy as np

from checks import cases
from gradus.draws import draw
from gradus.law import Cases

# Every array, scalar and label of the cases drawn with seed 0. A change here changes what every
# submission meets: it belongs in the changelog, and old results cannot be compared with new ones.
DIGESTS = {
    "binary accuracy": "7a5064eedcbece49",
    "binary loss": "b680976a82f8518a",
    "images": "8f5698e2ddf5edf5",
    "labels": "67b21822c92acdd7",
    "logistic": "a2abc40386c471a3",
    "softmax": "06f6eca0aea63706",
    "softmax accuracy": "3c2eb1e36ec2bcff",
    "softmax loss": "05ae35ce1f53f6e9",
}


def every_cases() -> dict[str, Cases]:
    """Every `Cases` that the laws draw from, by its name."""
    return {found.name: found for found in vars(cases).values() if isinstance(found, Cases)}


def feed(digest: Any, value: Any) -> None:
    """Add a case to a digest: types, shapes and bytes, whatever it is made of."""
    digest.update(f"{type(value).__name__}|".encode())
    if dataclasses.is_dataclass(value):
        for each in dataclasses.fields(value):
            digest.update(f"{each.name}|".encode())
            feed(digest, getattr(value, each.name))
    elif isinstance(value, np.ndarray):
        digest.update(f"{value.dtype.str}{value.shape}|".encode())
        # Rounded, since exp may differ in its last bit between machines.
        rounded = np.round(value, 12) + 0.0 if value.dtype.kind == "f" else value
        digest.update(np.ascontiguousarray(rounded).tobytes())
    elif isinstance(value, dict):
        for key in sorted(value):
            feed(digest, (key, value[key]))
    elif isinstance(value, (list, tuple)):
        digest.update(f"{len(value)}|".encode())
        for item in value:
            feed(digest, item)
    else:
        digest.update(f"{value!r}|".encode())


def digest_of(drawn: tuple[Any, ...]) -> str:
    digest = hashlib.sha256()
    feed(digest, drawn)
    return digest.hexdigest()[:16]


def drawn_digests(seed: int = 0) -> dict[str, str]:
    return {name: digest_of(draw(found, seed)) for name, found in every_cases().items()}


if __name__ == "__main__":
    print(json.dumps(drawn_digests()))
