"""Pools of processes that a script trains in: here everything is done in this process, in order.

Runs inside the worker: standard library only, Python 3.9 and later. The worker may start no
process, and what another one trained could not be followed.
"""

import concurrent.futures
import concurrent.futures.process
import contextlib
import multiprocessing


class OneThread(concurrent.futures.ThreadPoolExecutor):
    """In the place of concurrent.futures.ProcessPoolExecutor."""

    def __init__(
        self, max_workers=None, mp_context=None, initializer=None, initargs=(), **keywords
    ):
        super().__init__(1, initializer=initializer, initargs=initargs)


class Done:
    """A result that is there already, in the place of AsyncResult."""

    def __init__(self, value):
        self.value = value

    def get(self, timeout=None):
        return self.value

    def wait(self, timeout=None):
        """There is nothing to wait for."""

    def ready(self):
        return True

    successful = ready


class InOrder:
    """In the place of multiprocessing.Pool: calls at once what it is to call."""

    def __init__(self, processes=None, initializer=None, initargs=(), *arguments, **keywords):
        if initializer is not None:
            initializer(*initargs)

    def map(self, function, iterable, chunksize=None):
        return [function(item) for item in iterable]

    def starmap(self, function, iterable, chunksize=None):
        return [function(*items) for items in iterable]

    def imap(self, function, iterable, chunksize=1):
        return iter(self.map(function, iterable))

    imap_unordered = imap

    def apply(self, function, args=(), kwds=None):
        return function(*args, **(kwds or {}))

    def map_async(self, function, iterable, *arguments, **keywords):
        return Done(self.map(function, iterable))

    def starmap_async(self, function, iterable, *arguments, **keywords):
        return Done(self.starmap(function, iterable))

    def apply_async(self, function, args=(), kwds=None, *arguments, **keywords):
        return Done(self.apply(function, args, kwds))

    def close(self):
        """There is nothing to end."""

    join = terminate = close

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False


REPLACED = (
    (concurrent.futures, "ProcessPoolExecutor", OneThread),
    (concurrent.futures.process, "ProcessPoolExecutor", OneThread),
    (multiprocessing, "Pool", InOrder),
)


@contextlib.contextmanager
def in_this_process():
    """While it lasts, pools of processes are none; yields pairs of what is replaced by what."""
    before = [getattr(module, name) for module, name, _ in REPLACED]
    for module, name, replacement in REPLACED:
        setattr(module, name, replacement)
    try:
        yield list(zip(before, [replacement for _, _, replacement in REPLACED]))
    finally:
        for (module, name, _), real in zip(REPLACED, before):
            setattr(module, name, real)
