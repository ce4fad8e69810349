"""Seeds that do not depend on the machine, the order of a run, or the code around a name."""

from __future__ import annotations

import hashlib


def stable_seed(name: str, seed: int) -> int:
    """A 63-bit seed that depends on a name and the run's `--seed`, the same on every machine."""
    digest = hashlib.sha256(f"{name}\0{seed}".encode()).digest()
    return int.from_bytes(digest[:8], "big") >> 1
