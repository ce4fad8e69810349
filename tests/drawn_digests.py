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
    "binary accuracy": "c3471dca92ac55f7",
    "binary loss": "85bb64c3bd18b0f8",
    "images": "ea1600163dfda6ae",
    "labels": "d493b22a75364ca0",
    "logistic": "cbe1f70aede8f179",
    "softmax": "9002f7c36f6d0921",
    "softmax accuracy": "917034678b1c6632",
    "softmax loss": "dd23732972439f57",
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
