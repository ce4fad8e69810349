"""Loads a submission inside the worker and answers the grader's calls on it.

Started by path in the untrusted process: standard library and NumPy only, Python 3.9 and later. It
knows the assignment's interface and nothing of its solution: models are built, fed and read here;
whether what they answer is right is judged on the other side.
"""

import contextlib
import difflib
import importlib.util
import os
import sys

import numpy as np
from numpy import array_equal as _equal  # whatever a submission makes of NumPy's own


def _inside(name):
    """A module of the folder `inside`, under a name that no submission can shadow or import."""
    full = "gradus_course_" + name
    if full not in sys.modules:
        path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "inside", name + ".py")
        spec = importlib.util.spec_from_file_location(full, path)
        module = importlib.util.module_from_spec(spec)
        sys.modules[full] = module
        spec.loader.exec_module(module)
    return sys.modules[full]


beside = _inside("beside")
binding = _inside("binding")
loading = _inside("loading")
methods = _inside("methods")
pools = _inside("pools")
printing = _inside("printing")
standins = _inside("standins")
trainers = _inside("trainers")
drawing = _inside("drawing")
plotting = _inside("plotting")
script = _inside("script")
full = _inside("full")
scripted = _inside("scripted")

MODELS = {"task2a": "BinaryModel", "task3a": "SoftmaxModel"}
SIZES = {
    "task2a": {"batch_size": 128, "num_inputs": 785, "num_outputs": 1, "learning_rate": 0.05},
    "task3a": {"batch_size": 128, "num_inputs": 785, "num_outputs": 10, "learning_rate": 0.01},
}


class CouldNotImport(Exception):
    """The module under judgement could not be imported."""

    gradus_kind = "import"

    def __init__(self, problem):
        super().__init__(problem["message"].replace(".py, which", ".py", 1))
        self.gradus_details = {"file": problem["file"], "line": problem["line"]}


class NotDefined(Exception):
    """The submission does not define a name of the assignment's interface."""

    gradus_kind = "blocked"

    def __init__(self, module, name, defined=()):
        message = "needs `{}`, which {}.py does not define".format(name, module)
        for other in difflib.get_close_matches(name, defined, 1):
            message += "; is it called `{}` there?".format(other)
        super().__init__(message)
        self.gradus_details = {"needs": name, "pending": False}


def load(submission, options):
    """Import the submission's modules; returns the operations and a manifest of what was found.

    `options`: modules, excluded (name to message, file, line), data (path of an .npz with X_train,
    Y_train, X_test, Y_test).
    """
    submission = os.path.abspath(submission)
    sys.path.insert(0, submission)
    beside.Beside(submission, os.getcwd()).install()
    sys.stdout = printed = printing.Bounded(sys.stdout)
    names = options["modules"]
    course_finder = loading.CourseFinder(
        submission, names, options.get("excluded", {}), options["data"]
    )
    stand_ins = standins.StandInFinder(submission, [*names, "mnist"])
    sys.meta_path[:0] = [course_finder, stand_ins]
    loaded = Submission(loading.load_modules(course_finder), course_finder.problems)
    trainings = {
        **trainers.operations(loaded),
        **full.operations(loaded),
        **script.operations(loaded),
    }
    operations = {
        "preprocess": loaded.preprocess,
        "one_hot_encode": loaded.one_hot_encode,
        "loss": loaded.loss,
        "new_model": loaded.new_model,
        "forward": loaded.forward,
        "backward": loaded.backward,
        "accuracy": loaded.accuracy,
        **{name: printing.silenced(run) for name, run in trainings.items()},
        **scripted.operations(loaded),
    }
    manifest = {
        "problems": course_finder.problems,
        "stand_ins": stand_ins.used,
        "constructors": {task: loaded.constructor_call(task) for task in MODELS},
        "trainers": {task: trainers.constructor_call(loaded, task) for task in trainers.TRAINERS},
        "globals": {task: trainers.globals_read(loaded, task) for task in trainers.TRAINERS},
    }
    return {name: printed.each_call_anew(run) for name, run in operations.items()}, manifest


class Submission:
    """The loaded modules, and calls into them by the names of their parameters."""

    def __init__(self, modules, problems):
        self.modules = modules
        self.problems = problems
        self.supplied = {}

    def get(self, module, name):
        """A function or class of the submission, or the reason why it cannot be had."""
        problem = self.problems.get(module)
        if problem and problem["kind"] == "missing":
            raise loading.ModuleFailed(problem)
        if problem:
            raise CouldNotImport(problem)
        try:
            return getattr(self.modules[module], name)
        except AttributeError:
            raise NotDefined(module, name, self._defined_in(module)) from None

    def _defined_in(self, module):
        """The functions and classes that this module itself defines."""
        defined = vars(self.modules[module]).items()
        return [
            name
            for name, value in defined
            if isinstance(name, str) and getattr(value, "__module__", None) == module
        ]

    def preprocess(self, X):
        return self._called("task2a", "pre_process_images", {"X": X})

    def one_hot_encode(self, Y, num_classes):
        return self._called("task3a", "one_hot_encode", {"Y": Y, "num_classes": num_classes})

    def loss(self, task, targets, outputs):
        return self._called(task, "cross_entropy_loss", {"targets": targets, "outputs": outputs})

    def new_model(self, task, l2_reg_lambda):
        """The weights and the coefficient a model starts with."""
        model = self.model(task, l2_reg_lambda)
        return {"w": getattr(model, "w", None), "grad": getattr(model, "grad", None)}

    def forward(self, task, X, w, l2_reg_lambda):
        """`outputs` of a new model with these weights."""
        model = self.model(task, l2_reg_lambda, w)
        return {"outputs": _plain(binding.call(model.forward, {"X": X}))}

    def backward(self, task, X, w, outputs, targets, l2_reg_lambda, forward_first, times):
        """`grad` after each of `times` calls of `backward` on one model; `changed` are inputs then.

        `forward` runs just before, for code that keeps its outputs there, unless it is known to
        hang. What it raises is not `backward`'s fault. Code that calls `self.forward` again inside
        `backward` meets the outputs the grader sent.
        """
        before = _copies({"X": X, "outputs": outputs, "targets": targets, "w": w})
        model = self.model(task, l2_reg_lambda, w)
        if forward_first:
            with contextlib.suppress(Exception):
                binding.call(model.forward, {"X": X.copy()})
        model.w = w
        forward = _answering(model.forward, before["X"], before["outputs"])
        grads = []
        with methods.replaced(model, {"forward": forward}):
            for _ in range(times):
                binding.call(model.backward, {"X": X, "outputs": outputs, "targets": targets})
                grad = _plain(getattr(model, "grad", None))
                grads.append(grad.copy() if isinstance(grad, np.ndarray) else grad)
        after = {"X": X, "outputs": outputs, "targets": targets, "w": _plain(model.w)}
        return {"grads": grads, "changed": _changed(before, after)}

    def accuracy(self, task, X, targets, outputs, w):
        """`calculate_accuracy` of task2 or task3 with a scripted model that answers `outputs`."""
        before = _copies({"X": X, "targets": targets})
        answers = [(X, outputs)]
        with scripted.scripted_model(self, scripted.MODEL_OF[task], answers, [], w) as (model, _):
            known = {"X": X, "targets": targets, "model": model}
            result = self._called(task, "calculate_accuracy", known)
        return {"accuracy": result, "changed": _changed(before, {"X": X, "targets": targets})}

    def model(self, task, l2_reg_lambda, w=None):
        """A new BinaryModel or SoftmaxModel, with these weights where any are given."""
        model = self._constructed(task, l2_reg_lambda)
        if w is not None:
            model.w = w
        return model

    def constructor_call(self, task):
        """How this submission's model is constructed, as a student writes it, with {lambda}."""
        try:
            known = {} if task == "task2a" else {"l2_reg_lambda": "{lambda}"}
            positional, named = binding.bind(self.get(task, MODELS[task]), known, SIZES[task])
        except Exception:
            positional, named = ([], {}) if task == "task2a" else (["{lambda}"], {})
        written = [str(value) for value in positional]
        written += ["{}={}".format(name, value) for name, value in named.items()]
        return "{}({})".format(MODELS[task], ", ".join(written))

    def _constructed(self, task, l2_reg_lambda):
        known = {} if task == "task2a" else {"l2_reg_lambda": l2_reg_lambda}
        return binding.call(self.get(task, MODELS[task]), known, SIZES[task])

    def _called(self, module, name, known):
        return _plain(binding.call(self.get(module, name), known))


def _copies(arrays):
    return {name: array.copy() for name, array in arrays.items()}


def _changed(before, after):
    """Those of the inputs of a call that are not afterwards what they were; few ever are."""
    return {
        name: value
        for name, value in after.items()
        # A subclass may answer for itself whether it is equal.
        if not (type(value) is np.ndarray and value.dtype == before[name].dtype)
        or not _equal(value, before[name])
    }


def _answering(forward, X, outputs):
    """A method: `forward`, but X is answered with `outputs`, however its parameter is called."""

    def answer(self, *arguments, **keywords):
        X_again = arguments[0] if arguments else next(iter(keywords.values()), None)
        return outputs.copy() if np.array_equal(X_again, X) else forward(*arguments, **keywords)

    return answer


def _plain(value):
    """`value`, unless it is a stand-in: then the module it stands for is really needed.

    Extended precision, which is not the same everywhere, is rounded to float64.
    """
    if isinstance(value, standins.StandIn):
        raise standins.AbsentModule(value._gradus_root())
    if isinstance(value, (np.ndarray, np.generic)) and value.dtype == np.longdouble:
        return value.astype(np.float64)
    return value
