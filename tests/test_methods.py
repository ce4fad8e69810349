"""Methods of an object replaced for a while, whatever its class looks like."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest

from tests.adapter_parts import part

methods = part("methods")


class Plain:
    """A model as most are."""

    def __init__(self) -> None:
        self.w = 1

    def forward(self, X: Any) -> Any:
        return ("real", X)

    predict = forward

    def __call__(self, X: Any) -> Any:
        return self.forward(X)


class Slotted(Plain):
    """One without a `__dict__` of its own methods."""

    __slots__ = ("grad",)
    __call__ = Plain.forward


class Bare:
    """One without any `__dict__`."""

    __slots__ = ("w",)

    def forward(self, X: Any) -> Any:
        return ("real", X)

    __call__ = forward


class Holding(Plain):
    """One that holds a method itself."""

    def __init__(self) -> None:
        super().__init__()
        self.forward = lambda X: ("held", X)  # type: ignore[method-assign]


def scripted(self: Any, X: Any) -> Any:
    return ("scripted", X)


@pytest.mark.parametrize("kind", [Plain, Slotted, Bare, Holding])
def test_a_replaced_method_is_met_under_all_its_names_and_then_put_back(kind: type) -> None:
    model: Any = kind()
    before = dict(vars(kind)), model.forward(0), model(0)
    with methods.replaced(model, {"forward": scripted}):
        assert model.forward(3) == model(3) == ("scripted", 3)
        if kind is not Bare:
            assert model.predict(3) == ("scripted", 3)
    assert (dict(vars(kind)), model.forward(0), model(0)) == before


def test_a_method_that_the_class_does_not_have_is_there_for_as_long_as_it_lasts() -> None:
    model: Any = Plain()
    with methods.replaced(model, {"backward": scripted}):
        assert model.backward(1) == ("scripted", 1)
    assert not hasattr(model, "backward")


def test_methods_that_are_one_function_are_replaced_each_by_its_own() -> None:
    class Trainer:
        def unwritten(self) -> None:
            raise NotImplementedError

        train_step = validation_step = unwritten

    trainer: Any = Trainer()
    script = {"train_step": lambda self: "step", "validation_step": lambda self: "validation"}
    with methods.replaced(trainer, script):
        assert (trainer.train_step(), trainer.validation_step()) == ("step", "validation")


def test_copies_and_pickles_made_meanwhile_are_objects_of_the_class() -> None:
    model = Plain()
    with methods.replaced(model, {"forward": scripted}):
        copied, pickled = copy.deepcopy(model), pickle.dumps(model)
        assert copied.forward(1) == ("scripted", 1)
    assert copied.forward(1) == pickle.loads(pickled).forward(1) == ("real", 1)


def test_what_an_object_holds_is_known_from_its_dict_and_its_slots() -> None:
    model: Any = Slotted()
    model.grad = 2
    assert methods.held_by(model) == {"w": 1, "grad": 2}
    bare: Any = Bare()
    assert methods.held_by(bare) == {}
    bare.w = 3
    assert methods.held_by(bare) == {"w": 3}
