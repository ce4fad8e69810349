"""Runs task2.py or task3.py as the script it is, dry: little data, few epochs, nothing drawn.

Runs inside the worker: standard library and NumPy only, Python 3.9 and later. Training is the
submission's own and really happens; what is bounded is its length. Every value of a history is
marked by an addition of less than 1e-6 that no other value has, so that a drawn line tells which
history it shows even where two trainings measured the same.
"""

import contextlib
import functools
import importlib
import inspect
import os
import random
import sys
import threading
import types

import numpy as np

binding = sys.modules["gradus_course_binding"]
methods = sys.modules["gradus_course_methods"]
pools = sys.modules["gradus_course_pools"]
plotting = sys.modules["gradus_course_plotting"]
standins = sys.modules["gradus_course_standins"]

TRAIN_ROWS = 640
VALIDATION_ROWS = 160
BATCHES = 10
EPOCHS = 3
MOST_RUNS = 40
CLASSES_OF_TASK2 = (2, 3)
MARK = 1e-6
HEAVY = ("gradient_approximation_test",)
LONGEST_MESSAGE = 300


def operations(submission):
    """What this module answers, for the adapter's table."""

    def run_script(module, seed):
        """What the script draws and trains: `pictures`, `runs`, and the `problem` it ended with."""
        submission.get(module, "__name__")
        path = submission.modules[module].__file__
        importlib.import_module("mnist")
        random.seed(seed)
        np.random.seed(seed)
        recorder = Trainings()
        figures = plotting.Figures()
        with contextlib.ExitStack() as stack:
            stack.enter_context(restored(submission))
            replace_pools(submission, stack.enter_context(pools.in_this_process()))
            replace_pyplot(submission, plotting.Pyplot(figures))
            replace_data(submission, module)
            replace_heavy(submission)
            recorder.follow(getattr(submission.modules.get("trainer"), "BaseTrainer", None))
            problem = execute(path, lambda: not recorder.runs and not figures.open)
        return {"problem": problem, "pictures": figures.finish(), "runs": recorder.runs}

    def binary_labels():
        """`Y_train` (N, 1) of the submission's own `load_binary_dataset`, on few rows."""
        load = submission.get("utils", "load_binary_dataset")
        importlib.import_module("mnist")
        with restored(submission):
            replace_data(submission, "task2")
            return np.asarray(load(*CLASSES_OF_TASK2)[1])

    def trained_labels():
        """`Y_train` and `Y_val` as task2.py first trains on them, of few rows; else None."""
        submission.get("task2", "__name__")
        importlib.import_module("mnist")
        first = FirstLabels()
        with restored(submission):
            replace_pyplot(submission, plotting.Pyplot(plotting.Figures()))
            replace_data(submission, "task2")
            replace_heavy(submission)
            first.follow(getattr(submission.modules.get("trainer"), "BaseTrainer", None))
            execute(submission.modules["task2"].__file__, lambda: first.labels is None)
        return first.labels

    return {
        "run_script": run_script,
        "binary_labels": binary_labels,
        "trained_labels": trained_labels,
    }


def execute(path, nothing_happened):
    """Run a file as `python FILE` would; the problem it ended with, or None.

    Where the file does nothing by itself but defines `main`, that is called.
    """
    script = types.ModuleType("__main__")
    script.__file__ = path
    sys.modules["__main__"] = script
    sys.argv = [path]
    try:
        with open(path, "rb") as file:
            code = compile(file.read(), path, "exec")
        exec(code, vars(script))
        main = vars(script).get("main")
        if isinstance(main, types.FunctionType) and nothing_happened():
            main()
    except MemoryError:
        raise
    except SystemExit as end:
        return None if end.code in (None, 0) else described(end, path)
    except BaseException as error:
        return described(error, path)
    return None


def described(error, path):
    """An exception of the script in one line, with the script's own line and no folder's name."""
    line = None
    step = error.__traceback__
    while step is not None:
        if step.tb_frame.f_code.co_filename == path:
            line = step.tb_lineno
        step = step.tb_next
    try:
        message = str(error)
    except BaseException:  # the submission's own exceptions may do anything
        message = ""
    for folder in (os.path.dirname(path), os.getcwd()):
        message = message.replace(folder + os.sep, "").replace(folder, "")
    return {
        "type": type(error).__name__[:80],
        "message": message[:LONGEST_MESSAGE],
        "file": os.path.basename(path),
        "line": line,
    }


@contextlib.contextmanager
def restored(submission):
    """Put back afterwards what a script may have changed for the calls that come after it."""
    folder, argv, main = os.getcwd(), sys.argv, sys.modules.get("__main__")
    loaded = dict(sys.modules)
    kept = [(module, dict(vars(module))) for module in own_modules(submission)]
    trainer = getattr(submission.modules.get("trainer"), "BaseTrainer", None)
    members = dict(vars(trainer)) if isinstance(trainer, type) else {}
    try:
        yield
    finally:
        os.chdir(folder)
        sys.argv, sys.modules["__main__"] = argv, main
        for name in ("matplotlib", "matplotlib.pyplot"):
            sys.modules.pop(name, None)
            if name in loaded:
                sys.modules[name] = loaded[name]
        for module, names in kept:
            vars(module).clear()
            vars(module).update(names)
        for name in ("train", "__init_subclass__"):
            if name in members:
                setattr(trainer, name, members[name])
            elif members and name in vars(trainer):
                delattr(trainer, name)


def own_modules(submission):
    """Every loaded module whose file is the submission's, `mnist` and matplotlib's stand-in."""
    folders = {
        os.path.dirname(os.path.abspath(module.__file__))
        for module in submission.modules.values()
        if getattr(module, "__file__", None)
    }
    own = list(submission.modules.values())
    for name, module in list(sys.modules.items()):
        file = getattr(module, "__file__", None)
        inside = isinstance(file, str) and os.path.dirname(os.path.abspath(file)) in folders
        if (inside or name in ("mnist", "matplotlib")) and not any(m is module for m in own):
            own.append(module)
    return own


def replace_global(submission, replacement):
    """Give every global of the submission the value that `replacement` has for it, or leave it."""
    for module in own_modules(submission):
        for name, value in list(vars(module).items()):
            new = replacement(value)
            if new is not None:
                setattr(module, name, new)


def replace_pyplot(submission, pyplot):
    """Let the submission's modules, and every later import, meet this pyplot."""
    package = sys.modules.get("matplotlib")
    if package is None:
        package = sys.modules["matplotlib"] = standins.StandInModule("matplotlib")
    sys.modules["matplotlib.pyplot"] = pyplot

    def replacement(value):
        if isinstance(value, standins.StandInModule) and value.__name__ == pyplot.__name__:
            return pyplot
        if type(value) is standins.StandIn:
            if value._gradus_path == pyplot.__name__:  # `from matplotlib import pyplot`
                return pyplot
            prefix, _, name = value._gradus_path.rpartition(".")
            return getattr(pyplot, name) if prefix == pyplot.__name__ else None
        return None

    replace_global(submission, replacement)
    package.pyplot = pyplot


def replace_pools(submission, stand_ins):
    """Let what the submission's modules imported already be such pools too."""

    def replacement(value):
        return next((new for real, new in stand_ins if value is real), None)

    replace_global(submission, replacement)


def replace_data(submission, module):
    """Let `mnist.load` give few rows; for task 2 mostly of the two digits it tells apart."""
    real = sys.modules["mnist"].load

    def load():
        """(X_train, Y_train, X_test, Y_test), uint8: images (N, 784), labels (N,)."""
        X_train, Y_train, X_test, Y_test = real()
        first = chosen(Y_train, TRAIN_ROWS, module)
        second = chosen(Y_test, VALIDATION_ROWS, module)
        return X_train[first], Y_train[first], X_test[second], Y_test[second]

    replace_global(submission, lambda value: load if value is real else None)


def chosen(labels, count, module):
    """Indices of `count` rows, and for task 2 of some of the other digits behind them."""
    if module != "task2":
        return np.arange(min(count, len(labels)))
    wanted = np.isin(labels, CLASSES_OF_TASK2)
    return np.concatenate([np.resize(np.flatnonzero(wanted), count), np.flatnonzero(~wanted)[:32]])


def replace_heavy(submission):
    """Numerical checks of single gradients are not what the script is run for."""
    for module in own_modules(submission):
        for name in HEAVY:
            if isinstance(vars(module).get(name), types.FunctionType):
                setattr(module, name, lambda *arguments, **keywords: None)


class Trainings:
    """Bounds every training of a script, and notes what was trained, how, and what came of it."""

    def __init__(self):
        self.runs = []
        self.models = []
        self.thread = threading.local()
        self.one_at_a_time = threading.Lock()

    def follow(self, base):
        """Wrap `train` of this class, and of every subclass that is defined from now on."""
        if not isinstance(base, type):
            return
        if isinstance(vars(base).get("train"), types.FunctionType):
            base.train = self.wrap(base.train)

        def init_subclass(cls, **keywords):
            if isinstance(vars(cls).get("train"), types.FunctionType):
                cls.train = self.wrap(cls.train)

        base.__init_subclass__ = classmethod(init_subclass)

    def wrap(self, train):
        """`train` with fewer epochs and smaller batches, its histories marked and kept."""

        @functools.wraps(train)
        def bounded(trainer, *arguments, **keywords):
            if getattr(self.thread, "trains", False):
                return train(trainer, *arguments, **keywords)
            with self.one_at_a_time:
                run = self.begin(trainer)
            arguments, keywords, run["epochs"] = few_epochs(train, trainer, arguments, keywords)
            self.thread.trains = True
            try:
                with small_batches(trainer):
                    history = train(trainer, *arguments, **keywords)
            finally:
                self.thread.trains = False
            w = getattr(getattr(trainer, "model", None), "w", None)
            run["w"] = np.array(w, dtype=np.float64) if isinstance(w, np.ndarray) else None
            with self.one_at_a_time:
                run["series"] = marked(history, len(self.runs))
                if len(self.runs) < MOST_RUNS:
                    self.runs.append(run)
            return history

        return bounded

    def begin(self, trainer):
        """What is known of a training before it starts."""
        model = getattr(trainer, "model", None)
        numbers = [index for index, known in enumerate(self.models) if known is model]
        if not numbers:
            self.models.append(model)
        rows = [getattr(trainer, name, None) for name in ("X_train", "X_val")]
        return {
            "trainer": type(trainer).__name__[:80],
            "model": numbers[0] if numbers else len(self.models) - 1,
            "model_class": type(model).__name__[:80],
            "learning_rate": single(getattr(trainer, "learning_rate", None)),
            "batch_size": single(getattr(trainer, "batch_size", None)),
            "shuffle": flag(trainer, "shuffle"),
            "l2_reg_lambda": coefficient(model),
            "rows": [len(X) if isinstance(X, np.ndarray) and X.ndim else None for X in rows],
        }


class Enough(BaseException):
    """Ends a script that has shown what was asked for."""


class FirstLabels(Trainings):
    """Ends the script where it trains for the first time; `labels` are those it has for that."""

    def __init__(self):
        super().__init__()
        self.labels = None

    def wrap(self, train):
        @functools.wraps(train)
        def ended(trainer, *arguments, **keywords):
            found = [getattr(trainer, name, None) for name in ("Y_train", "Y_val")]
            if all(isinstance(labels, np.ndarray) for labels in found):
                self.labels = found
            raise Enough

        return ended


def few_epochs(train, trainer, arguments, keywords):
    """The arguments of `train` with at most EPOCHS epochs, and the number that was asked for."""
    try:
        bound = inspect.signature(train).bind(trainer, *arguments, **keywords)
    except TypeError:
        return arguments, keywords, None
    bound.apply_defaults()
    whole = {
        name: int(value)
        for name, value in bound.arguments.items()
        if isinstance(value, (int, float, np.number)) and not isinstance(value, bool)
    }
    named = next((name for name in whole if "epoch" in name.lower()), next(iter(whole), None))
    if named is None:
        return arguments, keywords, None
    bound.arguments[named] = min(whole[named], EPOCHS)
    return bound.args[1:], bound.kwargs, whole[named]


@contextlib.contextmanager
def small_batches(trainer):
    """Batches so small that there are BATCHES in an epoch of the few rows."""
    size, X = getattr(trainer, "batch_size", None), getattr(trainer, "X_train", None)
    is_number = isinstance(size, (int, np.integer)) and not isinstance(size, bool)
    if not is_number or not isinstance(X, np.ndarray) or X.ndim == 0:
        yield
        return
    trainer.batch_size = min(size, max(1, len(X) // BATCHES))
    try:
        yield
    finally:
        trainer.batch_size = size


def marked(history, number):
    """Mark every value of (train, validation) histories in place; what they hold, as arrays.

    Keys are such as "train.loss"; `values` are as marked, `raw` as measured.
    """
    draw = np.random.RandomState(number)
    series = {}
    if not isinstance(history, (tuple, list)):
        return series
    for part, content in zip(("train", "validation"), history):
        if not isinstance(content, dict):
            continue
        for key, measured in list(content.items()):
            if not isinstance(measured, (dict, list)):
                continue
            steps = measured.keys() if isinstance(measured, dict) else range(len(measured))
            steps = [step for step in steps if isinstance(step, (int, np.integer))]
            raw = [single(measured[step]) for step in steps]
            if not raw or None in raw:
                continue
            for step, offset in zip(steps, MARK * draw.uniform(0, 1, len(steps))):
                measured[step] = measured[step] + offset
            series[part + "." + str(key)[:40]] = {
                "steps": np.array(steps, dtype=np.float64),
                "values": np.array([single(measured[step]) for step in steps], dtype=np.float64),
                "raw": np.array(raw, dtype=np.float64),
            }
    return series


def single(value):
    """A finite number as a float, an array of one entry included; else None."""
    try:
        array = np.asarray(value, dtype=np.float64)
    except Exception:  # stand-ins raise what they stand for
        return None
    finite = array.size == 1 and np.isfinite(array).all()
    return float(array.reshape(-1)[0]) if finite else None


def flag(owner, word):
    """The first attribute with this word in its name that is true or false, as bool; else None."""
    for name, value in methods.held_by(owner).items():
        if word in name.lower() and isinstance(value, (bool, np.bool_, int)):
            return bool(value)
    return None


def coefficient(model):
    """The regularisation that a model holds, under the course's name or another; else None."""
    named = getattr(model, "l2_reg_lambda", None)
    if named is not None:
        return single(named)
    for name, value in methods.held_by(model).items():
        number = single(value)
        if binding.LAMBDA.search(name) and number is not None and not isinstance(value, bool):
            return number
    return None
