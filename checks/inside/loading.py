"""Loading a submission's modules so that what is broken costs only what needs it.

Runs inside the worker: standard library and NumPy only, Python 3.9 and later. A module that is
missing, left out, or fails while it is imported becomes a placeholder whose names raise when they
are used; its importers still load.
"""

import dis
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import os
import sys
import types

import numpy as np

PROGRESS = ".importing"
LONGEST_SOURCE = 200


class ModuleFailed(Exception):
    """A name of a module that could not be loaded was used."""

    gradus_kind = "blocked"

    def __init__(self, problem):
        super().__init__("needs {}".format(problem["message"]))
        self.gradus_details = {"needs": problem["module"] + ".py", "pending": False}


class NamesThatRaise:
    """Stands for a name of a module that could not be loaded."""

    def __init__(self, problem):
        self._gradus_problem = problem

    def __call__(self, *arguments, **keywords):
        raise ModuleFailed(self._gradus_problem)

    def __getattr__(self, name):
        if name.startswith("_"):  # what inspect and pickle look for, never the submission's own
            raise AttributeError(name)
        raise ModuleFailed(self._gradus_problem)

    def __mro_entries__(self, bases):
        problem = self._gradus_problem

        def __init__(self, *arguments, **keywords):
            raise ModuleFailed(problem)

        return (type("Unavailable", (), {"__init__": __init__}),)


def _make_placeholder(module, problem):
    """Turn a module into one that has every name, each raising when used."""
    kept = {name: value for name, value in vars(module).items() if name.startswith("__")}
    vars(module).clear()
    vars(module).update(kept)

    def __getattr__(name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return NamesThatRaise(problem)

    vars(module).update(__getattr__=__getattr__, __all__=[], __file__=None)


class CourseFinder(importlib.abc.MetaPathFinder):
    """Finds the course's modules in the submission; its placeholders where they cannot be had.

    `problems` maps a module's name to {"module", "kind", "message", "file", "line"}; kind is
    "missing", "excluded" or "failed".
    """

    def __init__(self, submission, modules, excluded, data):
        self.submission = submission
        self.modules = tuple(modules)
        self.data = data
        self.problems = {}
        self.under_way = []
        for name, reason in excluded.items():
            place = _in_words(reason["file"], reason["line"])
            message = "{}.py, which could not be imported: {}{}".format(
                name, reason["message"], place
            )
            self._problem(name, "excluded", message, reason["file"], reason["line"])

    def find_spec(self, fullname, path=None, target=None):
        if fullname == "mnist":
            return importlib.machinery.ModuleSpec("mnist", _DataLoader(self.data))
        if fullname not in self.modules:
            return None
        source = os.path.join(self.submission, fullname + ".py")
        if fullname not in self.problems and not os.path.isfile(source):
            message = "{}.py, which is missing from the submission".format(fullname)
            self._problem(fullname, "missing", message)
        if fullname in self.problems:
            return importlib.machinery.ModuleSpec(
                fullname, _PlaceholderLoader(self.problems[fullname])
            )
        loader = _GuardedLoader(fullname, source, self)
        return importlib.util.spec_from_file_location(fullname, source, loader=loader)

    def failed(self, name, error):
        """Record why a module could not be imported, in words with file and line."""
        file, line = self._place(error)
        place = _in_words(file, line, self._source(file, line))
        text = str(error) if not isinstance(error, SyntaxError) else error.msg
        what = type(error).__name__ + (": " + text if text else "")
        if isinstance(error, SystemExit):
            what = "`sys.exit` was called"
        message = "{}.py, which could not be imported: {}{}".format(name, what, place)
        self._problem(name, "failed", message, file, line)
        return self.problems[name]

    def _problem(self, name, kind, message, file=None, line=None):
        self.problems[name] = {
            "module": name,
            "kind": kind,
            "message": message,
            "file": file,
            "line": line,
        }

    def _place(self, error):
        """File and line in the submission where an import went wrong."""
        if isinstance(error, SyntaxError) and error.filename:
            return os.path.basename(error.filename), error.lineno
        found = (None, None)
        traceback = error.__traceback__
        while traceback is not None:
            filename = traceback.tb_frame.f_code.co_filename
            if filename.startswith(self.submission + os.sep):
                found = (os.path.relpath(filename, self.submission), traceback.tb_lineno)
            traceback = traceback.tb_next
        return found

    def _source(self, file, line):
        """The text of a line of the submission, or an empty one."""
        if not file or not line:
            return ""
        text = linecache.getline(os.path.join(self.submission, file), line)
        return text.strip()[:LONGEST_SOURCE]


def _in_words(file, line, source=""):
    if not file:
        return ""
    return " ({}, line {}{})".format(file, line, ": `{}`".format(source) if source else "")


def _let_missing_names_be_imported(module):
    """Let `from module import name` succeed for a name it lacks; the name raises when used.

    Otherwise a function that is not written would cost every module that imports it. Only the
    import statement sees this: `hasattr` and an attribute's use tell the truth.
    """
    if "__getattr__" in vars(module):
        return
    own = module.__name__

    def __getattr__(name):
        frame = sys._getframe(1)
        importing = dis.opname[frame.f_code.co_code[frame.f_lasti]] == "IMPORT_FROM"
        if not importing or (name.startswith("__") and name.endswith("__")):
            raise AttributeError("module {!r} has no attribute {!r}".format(own, name))
        message = "`{}`, which {}.py does not define".format(name, own)
        return NamesThatRaise({"module": own, "message": message})

    module.__getattr__ = __getattr__


class _GuardedLoader(importlib.machinery.SourceFileLoader):
    def __init__(self, name, path, finder):
        super().__init__(name, path)
        self.finder = finder

    def exec_module(self, module):
        self._announce(module.__name__)
        try:
            super().exec_module(module)
        except BaseException as error:
            if isinstance(error, MemoryError):
                raise
            _make_placeholder(module, self.finder.failed(module.__name__, error))
        else:
            _let_missing_names_be_imported(module)
        self.finder.under_way.pop()
        self._write()

    def _announce(self, name):
        self.finder.under_way.append(name)
        self._write()

    def _write(self):
        """Leave a note of what is being imported, for when this process does not survive it."""
        try:
            with open(PROGRESS, "w") as note:
                note.write(self.finder.under_way[-1] if self.finder.under_way else "")
        except OSError:
            pass


class _PlaceholderLoader(importlib.abc.Loader):
    def __init__(self, problem):
        self.problem = problem

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        _make_placeholder(module, self.problem)


class _DataLoader(importlib.abc.Loader):
    """The module `mnist`, with the harness's data whatever the submission has under that name."""

    def __init__(self, data):
        self.data = data

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        data = self.data

        def load():
            """(X_train, Y_train, X_test, Y_test), uint8: images (N, 784), labels (N,)."""
            with np.load(data, allow_pickle=False) as arrays:
                return tuple(arrays[name] for name in ("X_train", "Y_train", "X_test", "Y_test"))

        def nothing(*arguments, **keywords):
            """The data is already there."""

        module.load = load
        for name in ("init", "download_mnist", "save_mnist"):
            setattr(module, name, nothing)


def load_modules(finder):
    """Import every module of the course; returns name to module, placeholders included."""
    loaded = {}
    for name in finder.modules:
        try:
            loaded[name] = importlib.import_module(name)
        except MemoryError:
            raise
        except BaseException as error:  # an import system broken by the submission itself
            module = types.ModuleType(name)
            _make_placeholder(module, finder.failed(name, error))
            sys.modules[name] = loaded[name] = module
    return loaded
