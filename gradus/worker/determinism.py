"""Makes a call in the worker depend on its seed alone: random draws and NumPy's own names.

Runs beside the submission, so it keeps to Python 3.9, the standard library and NumPy.
"""

from __future__ import annotations

import _random
import operator
import random
from typing import Any

import numpy as np
from numpy.random import bit_generator


class Draws:
    """Replaces the operating system's entropy by a stream that `restart` begins anew.

    NumPy seeds everything that was given no seed (`default_rng()`, `RandomState()`, `PCG64()`)
    through `numpy.random.bit_generator.randbits`, an ordinary module attribute; `random.Random`
    through its method `seed`. Successive unseeded generators within one call differ, and the
    same call with the same seed sees them again. `secrets` and `os.urandom` stay as they are.
    """

    def __init__(self) -> None:
        self._source: _random.Random | None = None
        self._seed = 0

    def install(self) -> None:
        """Replace both sources of entropy; once per process, before the submission is loaded."""
        bit_generator.randbits = self.getrandbits  # type: ignore[attr-defined]
        seed_given = random.Random.seed

        def seed(generator: random.Random, a: Any = None, version: int = 2) -> None:
            seed_given(generator, self.getrandbits(256) if a is None else a, version)

        random.Random.seed = seed  # type: ignore[method-assign, assignment]
        # The module's function is bound to the method that was there when `random` was imported.
        random.seed = random._inst.seed

    def restart(self, seed: int) -> None:
        """Seed `random` and `numpy.random` with `seed`, 0 <= seed < 2**64, and the stream too."""
        self._seed = seed
        self._source = None
        random.seed(seed)
        np.random.seed(seed & 0xFFFFFFFF)

    def getrandbits(self, count: int) -> int:
        """The next `count` bits of the stream."""
        if self._source is None:
            self._source = _random.Random(self._seed)
        return self._source.getrandbits(count)


class NumpyNames:
    """Remembers what NumPy's top-level names are bound to, and binds them so again.

    Submissions that do `np.exp = z` would otherwise break every later call in the process.
    """

    def __init__(self) -> None:
        self._namespace = vars(np)
        names = [name for name in self._namespace if not name.startswith("__")]
        self._get = operator.itemgetter(*names)
        self._values = self._get(self._namespace)
        self._bindings = {name: self._namespace[name] for name in names}

    def restore(self) -> None:
        """Undo rebinding and deletion; about 10 us when there is nothing to undo."""
        try:
            if all(map(operator.is_, self._get(self._namespace), self._values)):
                return
        except KeyError:
            pass
        self._namespace.update(self._bindings)
