"""Calling a submission's functions by parameter name, and the globals its script would have set."""

from __future__ import annotations

import types
from typing import Any

import pytest

from tests.adapter_parts import part

binding = part("binding")

SIZES = {"batch_size": 128, "num_inputs": 785, "num_outputs": 10, "learning_rate": 0.05}
TRAINER = {
    "model": "m",
    "learning_rate": 0.1,
    "batch_size": 32,
    "shuffle_dataset": False,
    "X_train": "Xt",
    "Y_train": "Yt",
    "X_val": "Xv",
    "Y_val": "Yv",
}


def received(signature: str, known: dict[str, Any], sizes: dict[str, Any] = SIZES) -> Any:
    """What a function with this signature finds in its parameters when `call` calls it."""
    namespace: dict[str, Any] = {}
    exec(f"def f({signature}):\n    return dict(locals())", namespace)
    return binding.call(namespace["f"], known, sizes)


@pytest.mark.parametrize(
    "signature",
    ["X, outputs, targets", "targets, X, outputs", "outputs, targets, X", "X, *, targets, outputs"],
)
def test_parameters_are_met_by_name_in_any_order(signature: str) -> None:
    known = {"X": 1, "outputs": 2, "targets": 3}
    assert received(signature, known) == known


def test_renamed_parameters_are_met_by_position() -> None:
    found = received("images, y_hat, labels", {"X": 1, "outputs": 2, "targets": 3})
    assert found == {"images": 1, "y_hat": 2, "labels": 3}


def test_a_renamed_parameter_takes_what_no_name_took() -> None:
    assert received("outputs, y", {"targets": 1, "outputs": 2}) == {"outputs": 2, "y": 1}


def test_a_parameter_with_a_default_keeps_it() -> None:
    assert received("X, scale=255.0", {"X": 1}) == {"X": 1, "scale": 255.0}


@pytest.mark.parametrize(
    ("signature", "found"),
    [
        ("batch_size, num_input", {"batch_size": 128, "num_input": 785}),
        ("num_pixels", {"num_pixels": 785}),
        ("input_size", {"input_size": 785}),
        ("num_features, lr", {"num_features": 785, "lr": 0.05}),
        ("n_classes", {"n_classes": 10}),
        ("num_outputs, dim", {"num_outputs": 10, "dim": 785}),
        ("alpha", {"alpha": 0.05}),
    ],
)
def test_sizes_are_recognised_by_their_names(signature: str, found: dict[str, Any]) -> None:
    assert received(signature, {}) == found


@pytest.mark.parametrize(
    ("signature", "found"),
    [
        ("l2_reg_lambda", {"l2_reg_lambda": 0.5}),
        ("l2_reg_lambda=0.0", {"l2_reg_lambda": 0.5}),
        ("lam", {"lam": 0.5}),
        ("l2", {"l2": 0.5}),
        ("reg", {"reg": 0.5}),
        (
            "l2, num_neurons, num_classes",
            {"l2": 0.5, "num_neurons": 785, "num_classes": 10},
        ),
        ("l2_reg_lambda, use_L2_reg=False", {"l2_reg_lambda": 0.5, "use_L2_reg": True}),
        ("use_l2, l2_reg_lambda", {"use_l2": True, "l2_reg_lambda": 0.5}),
        ("regularization_lambda", {"regularization_lambda": 0.5}),
        ("num_inputs, lam=0.0", {"num_inputs": 785, "lam": 0.5}),
    ],
)
def test_the_coefficient_and_its_switches_are_told_apart(
    signature: str, found: dict[str, Any]
) -> None:
    assert received(signature, {"l2_reg_lambda": 0.5}) == found


@pytest.mark.parametrize(
    "extra", ["early_stop", "early_stopping", "use_early_stopping", "do_early_stop", "stop_early"]
)
def test_a_required_switch_before_the_data_is_turned_on(extra: str) -> None:
    data = "X_train, Y_train, X_val, Y_val"
    signature = f"model, learning_rate, batch_size, shuffle_dataset, {extra}, {data}"
    assert received(signature, TRAINER) == {**TRAINER, extra: True}


@pytest.mark.parametrize("default", ["True", "False"])
def test_a_switch_with_a_default_is_turned_on(default: str) -> None:
    found = received(f"num_epochs, early_stopping={default}", {"num_epochs": 3})
    assert found == {"num_epochs": 3, "early_stopping": True}


def test_a_number_whose_name_speaks_of_stopping_keeps_its_default() -> None:
    found = received("num_epochs, stop_after=10", {"num_epochs": 3})
    assert found == {"num_epochs": 3, "stop_after": 10}


def test_the_courses_own_shuffle_parameter_is_no_switch() -> None:
    assert received("shuffle_dataset, X_train", TRAINER)["shuffle_dataset"] is False


def test_any_keywords_get_what_is_left() -> None:
    found = received("model, **rest", {"model": 1, "learning_rate": 2})
    assert found == {"model": 1, "rest": {"learning_rate": 2}}


def test_any_positionals_get_everything_in_the_courses_order() -> None:
    assert received("*everything", TRAINER) == {"everything": tuple(TRAINER.values())}


def test_positional_only_parameters_are_passed_by_position() -> None:
    assert received("X, /, targets", {"X": 1, "targets": 2}) == {"X": 1, "targets": 2}


def test_a_parameter_that_nothing_fits_is_named() -> None:
    with pytest.raises(binding.CannotBind, match=r"`f` asks for `mystery`.*give it a default"):
        received("X, mystery", {"X": 1})


def test_a_callable_without_a_signature_gets_the_values_in_order() -> None:
    assert binding.call(max, {"a": 1, "b": 3}) == 3


def test_a_class_is_called_by_the_parameters_of_its_constructor() -> None:
    class Model:
        def __init__(self, num_outputs: int, l2_reg_lambda: float) -> None:
            self.found = (num_outputs, l2_reg_lambda)

    assert binding.call(Model, {"l2_reg_lambda": 0.1}, SIZES).found == (10, 0.1)


def test_a_bound_method_does_not_count_itself_as_a_parameter() -> None:
    class Model:
        def forward(self, images: int) -> int:
            return images

    assert binding.call(Model().forward, {"X": 7}) == 7


def module(source: str) -> types.ModuleType:
    """A module of the submission with this source."""
    made = types.ModuleType("submitted")
    exec(source, vars(made))
    return made


READER = """
class Trainer:
    def train_step(self):
        return learning_rate

    @staticmethod
    def static():
        return batch_size

    @property
    def half(self):
        return [X_val for _ in range(1)]

def nested():
    def inner():
        return Y_val
    return inner()
"""


def test_globals_are_found_in_methods_static_methods_properties_and_nested_functions() -> None:
    names = binding.globals_read(module(READER))
    assert {"learning_rate", "batch_size", "X_val", "Y_val"} <= names


def test_globals_of_imported_functions_are_not_this_modules() -> None:
    made = module("def mine():\n    return 1\n")
    vars(made)["theirs"] = types.FunctionType(
        compile("learning_rate", "other.py", "eval"), {"__name__": "other"}
    )
    vars(made)["theirs"].__module__ = "other"
    assert "learning_rate" not in binding.globals_read(made)


def test_a_global_is_supplied_where_code_reads_it() -> None:
    made = module(READER)
    binding.supply_globals(made, {"learning_rate": 0.3, "num_epochs": 5}, {})
    assert made.Trainer().train_step() == 0.3
    assert not hasattr(made, "num_epochs")


def test_a_global_that_the_module_defines_is_left_alone() -> None:
    made = module("learning_rate = 7\ndef read():\n    return learning_rate\n")
    binding.supply_globals(made, {"learning_rate": 0.3}, {})
    assert made.read() == 7


def test_a_supplied_global_may_be_supplied_anew() -> None:
    made, supplied = module("def read():\n    return model\n"), {}
    binding.supply_globals(made, {"model": "first"}, supplied)
    binding.supply_globals(made, {"model": "second"}, supplied)
    assert made.read() == "second"


def test_a_builtin_is_never_replaced() -> None:
    made = module("def read():\n    return max\n")
    binding.supply_globals(made, {"max": 3}, {})
    assert made.read() is max


def test_what_a_class_is_constructed_with_is_read_anew_with_another_constructor() -> None:
    made = module("class Model:\n    def __init__(self, l2):\n        self.got = l2\n")
    assert binding.call(made.Model, {"l2_reg_lambda": 0.5}).got == 0.5

    def other(self: Any, num_inputs: int, lam: float) -> None:
        self.got = (num_inputs, lam)

    made.Model.__init__ = other
    assert binding.call(made.Model, {"l2_reg_lambda": 0.5}, SIZES).got == (785, 0.5)


def test_a_function_and_the_method_made_of_it_have_other_parameters() -> None:
    made = module("class Model:\n    def forward(self, batch):\n        return batch\n")
    assert binding.call(made.Model.forward, {"self": None, "X": 1}) == 1
    assert binding.call(made.Model().forward, {"X": 2}) == 2
