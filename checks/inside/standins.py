"""Inert stand-ins for modules that a submission imports and the worker does not have.

Runs inside the worker: standard library and NumPy only, Python 3.9 and later. Importing pyplot
costs 0.6 s and grading needs no figure on a screen; a missing torch that nobody calls must cost a
student nothing. A stand-in therefore goes along with everything that is not computing: attributes,
calls, unpacking, indexing, decorating, subclassing, `with`. Where its value is computed with, it
raises `AbsentModule`, which names the module.
"""

import dis
import importlib.abc
import importlib.machinery
import os
import sys
import sysconfig
import types

import numpy as np

# In the standard library, but with a screen behind them; never part of the assignment.
SCREEN_MODULES = frozenset({"tkinter", "turtle", "turtledemo", "idlelib", "antigravity"})
# The standard library tells one system from another by whether these can be imported.
SYSTEM_MODULES = frozenset({"msvcrt", "nt", "winreg", "winsound"})
PASS_THROUGH = frozenset({"tqdm", "trange"})


class AbsentModule(Exception):
    """A piece really needs a module that is not there."""

    gradus_kind = "blocked"

    def __init__(self, module):
        super().__init__("needs the module `{}`, which is not installed here".format(module))
        self.gradus_details = {"needs": module, "pending": True}


def _computing(name):
    def operation(self, *arguments, **keywords):
        raise AbsentModule(self._gradus_root())

    operation.__name__ = name
    return operation


class StandIn:
    """A value of an absent module: `path` is where it was read from, `scipy.special.expit`."""

    def __init__(self, path):
        object.__setattr__(self, "_gradus_path", path)

    def _gradus_root(self):
        return self._gradus_path.split(".")[0]

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return StandIn(self._gradus_path + "." + name)

    def __setattr__(self, name, value):
        pass

    def __call__(self, *arguments, **keywords):
        only = arguments[0] if len(arguments) == 1 and not keywords else None
        if isinstance(only, (types.FunctionType, type)):
            return only  # used as a decorator
        return StandIn(self._gradus_path)

    def __getitem__(self, key):
        return StandIn(self._gradus_path)

    def __setitem__(self, key, value):
        pass

    def __iter__(self):
        return iter([StandIn(self._gradus_path) for _ in range(_unpacked_by(sys._getframe(1)))])

    def __bool__(self):
        return False  # as in `if torch.cuda.is_available()`

    def __eq__(self, other):
        if isinstance(other, np.ndarray):
            raise AbsentModule(self._gradus_root())
        return self is other  # as in `if matplotlib.get_backend() == "agg"`

    __hash__ = object.__hash__

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False

    def __mro_entries__(self, bases):
        return (InertBase,)

    def __repr__(self):
        return "<stand-in for {}>".format(self._gradus_path)


class InertBase:
    """What a class deriving from an absent class derives from instead."""

    def __init__(self, *arguments, **keywords):
        pass


OPERATORS = (
    "add sub mul truediv floordiv matmul pow mod",
    "radd rsub rmul rtruediv rfloordiv rmatmul rpow rmod",
    "iadd isub imul itruediv",
    "and or xor rand ror rxor invert",
    "neg pos abs lt le gt ge float int complex index round array len",
)
for _name in " ".join(OPERATORS).split():
    setattr(StandIn, "__{}__".format(_name), _computing("__{}__".format(_name)))


def _unpacked_by(frame):
    """How many values the calling code is about to unpack; 0 where it loops instead."""
    code, last = frame.f_code.co_code, frame.f_lasti
    extended = 0
    for position in range(max(0, last - 4), last, 2):
        if dis.opname[code[position]] == "EXTENDED_ARG":
            extended = extended << 8 | code[position + 1]
        else:
            extended = 0
    name, count = dis.opname[code[last]], code[last + 1] | extended << 8
    if name == "UNPACK_SEQUENCE":
        return count
    if name == "UNPACK_EX":
        return count & 0xFF
    return 0


class StandInModule(types.ModuleType):
    """A module that has every name, each a stand-in."""

    def __init__(self, name):
        super().__init__(name)
        self.__path__ = []
        self.__all__ = []
        self.__file__ = "<stand-in for {}>".format(name)

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        if name in PASS_THROUGH and self.__name__.split(".")[0] == "tqdm":
            return {"tqdm": tqdm, "trange": trange}[name]
        return StandIn(self.__name__ + "." + name)

    def __call__(self, *arguments, **keywords):
        return StandIn(self.__name__)


class _Progress:
    """tqdm without a bar: passes its iterable through."""

    def __init__(self, iterable=None, *arguments, **keywords):
        self.iterable = () if iterable is None else iterable

    def __iter__(self):
        return iter(self.iterable)

    def __len__(self):
        return len(self.iterable)

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        return False

    def __getattr__(self, name):
        return lambda *arguments, **keywords: None


def tqdm(iterable=None, *arguments, **keywords):
    return _Progress(iterable)


def trange(*arguments, **keywords):
    return _Progress(range(*arguments))


class StandInFinder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds stand-ins for what is neither standard library, NumPy nor the submission's.

    `used` collects the roots that were stood in for, in the order of their first import.
    """

    def __init__(self, submission, course_files):
        self.submission = submission
        self.course_files = frozenset(course_files)
        self.used = []
        self.standard_folders = _standard_folders()

    def find_spec(self, fullname, path=None, target=None):
        root = fullname.partition(".")[0]
        if root in sys.modules and not isinstance(sys.modules[root], StandInModule):
            return None
        if root in self.course_files or root == "numpy" or self._is_local(root):
            return None
        if root.startswith("_") or root in SYSTEM_MODULES:
            return None
        if root not in SCREEN_MODULES and self._is_standard(root):
            return None
        if root not in self.used:
            self.used.append(root)
        return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return StandInModule(spec.name)

    def exec_module(self, module):
        pass

    def _is_local(self, root):
        path = os.path.join(self.submission, root)
        return os.path.isfile(path + ".py") or os.path.isdir(path)

    def _is_standard(self, root):
        """Whether this interpreter's standard library really has the module."""
        if root in sys.builtin_module_names:
            return True
        found = importlib.machinery.PathFinder.find_spec(root, self.standard_folders)
        return found is not None and found.origin is not None


def _standard_folders():
    folders = {sysconfig.get_path("stdlib"), sysconfig.get_path("platstdlib")}
    folders |= {os.path.join(folder, "lib-dynload") for folder in folders}
    folders |= {folder for folder in sys.path if folder.endswith("lib-dynload")}
    return sorted(folders)
