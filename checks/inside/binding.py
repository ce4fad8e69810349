"""Calling a submission's functions by parameter name, and giving its code its globals.

Runs inside the worker: standard library only, Python 3.9 and later. Submissions reorder parameters,
add sizes and switches to constructors, and read `learning_rate` or `X_train` as module globals that
their script would have set. None of that is a mistake, so none of it may cost a call.
"""

import builtins
import dis
import functools
import inspect
import re
import types

# What a parameter that is not the course's own probably is, by its name; the first match holds.
SIZES = (
    (r"batch", "batch_size"),
    (r"epoch", "num_epochs"),
    (r"class|output", "num_outputs"),
    (r"input|pixel|feature|neuron|dim|size", "num_inputs"),
    (r"^(lr|eta|alpha)$|rate", "learning_rate"),
)
SWITCH = re.compile(r"early|stop|^(use|do|with|is|enable)_|regulari[sz]|l2", re.IGNORECASE)
LAMBDA = re.compile(r"lambda|^lam$|^lmbd|^l2|reg", re.IGNORECASE)


class CannotBind(Exception):
    """A function asks for something nobody can guess."""

    gradus_kind = "raised"


def bind(function, known, sizes, switches=True):
    """Keyword and positional arguments for a call of `function`.

    `known` maps the course's parameter names to values, in the course's order; `sizes` answers the
    kinds of `SIZES`. Parameters are met by name; where names were changed, by position; a switch
    (a boolean default, or a name such as `early_stopping`) is turned on. Raises CannotBind for a
    required parameter that nothing fits.
    """
    try:
        parameters = _parameters(function)
    except (TypeError, ValueError):
        return list(known.values()), {}
    takes_any = any(p.kind is p.VAR_KEYWORD for p in parameters)
    if any(p.kind is p.VAR_POSITIONAL for p in parameters):
        return list(known.values()), {}
    named = [p for p in parameters if p.kind in (p.POSITIONAL_OR_KEYWORD, p.KEYWORD_ONLY)]
    left = {name: value for name, value in known.items() if name not in {p.name for p in named}}
    values = {}
    for parameter in named:
        if parameter.name in known:
            values[parameter.name] = known[parameter.name]
        else:
            _fill(parameter, values, left, sizes, switches, function)
    if takes_any:
        values.update(left)
    positional_only = [p for p in parameters if p.kind is p.POSITIONAL_ONLY]
    return list(known.values())[: len(positional_only)], values


def _parameters(function):
    """The parameters of a callable. Those of plain functions, methods and classes are read once.

    Only of these is it certain that they are hashed by their identity.
    """
    if type(function) is types.FunctionType:
        return _read_once(function)
    if type(function) is types.MethodType and type(function.__func__) is types.FunctionType:
        return _read_once(function.__func__, bound=True)
    if type(function) is type and type(function.__init__) is types.FunctionType:
        return _read_once(function, function.__init__)
    return tuple(inspect.signature(function).parameters.values())


@functools.lru_cache(maxsize=1_000)
def _read_once(function, constructor=None, bound=False):
    """`constructor` only tells a class apart from itself with another one."""
    if bound:
        function = types.MethodType(function, object())
    return tuple(inspect.signature(function).parameters.values())


def _fill(parameter, values, left, sizes, switches, function):
    """Decide what a parameter gets that the course does not name."""
    required = parameter.default is parameter.empty
    may_be_switch = switches and (isinstance(parameter.default, bool) or required)
    if may_be_switch and SWITCH.search(parameter.name) and not _takes_lambda(parameter, left):
        values[parameter.name] = True
        return
    if not required:
        if _takes_lambda(parameter, left):
            values[parameter.name] = left.pop("l2_reg_lambda")
        return
    kind = next((k for pattern, k in SIZES if re.search(pattern, parameter.name.lower())), None)
    if kind in left:
        values[parameter.name] = left.pop(kind)
    elif _takes_lambda(parameter, left):
        values[parameter.name] = left.pop("l2_reg_lambda")
    elif kind in sizes:
        values[parameter.name] = sizes[kind]
    elif left:
        values[parameter.name] = left.pop(next(iter(left)))
    else:
        name = getattr(function, "__qualname__", str(function))
        raise CannotBind(
            "`{}` asks for `{}`, which the assignment's interface does not have; give it a "
            "default".format(name, parameter.name)
        )


def _takes_lambda(parameter, left):
    """Whether a parameter is the coefficient itself rather than a switch for it."""
    is_switch = isinstance(parameter.default, bool) or parameter.name.startswith(("use", "do_"))
    return "l2_reg_lambda" in left and bool(LAMBDA.search(parameter.name)) and not is_switch


def call(function, known, sizes=None, switches=True):
    """Call `function` with what `bind` finds."""
    positional, named = bind(function, known, sizes or {}, switches)
    return function(*positional, **named)


def globals_read(module):
    """Names that the functions and methods of a module read as globals."""
    names = set()
    for value in list(vars(module).values()):
        if getattr(value, "__module__", None) == module.__name__:
            for code in _codes(value):
                names |= _loads(code)
    return names


def supply_globals(module, values, supplied):
    """Set the globals that a module's code reads and its script would have set.

    A name the module defines itself is left alone. `supplied` (module name to set of names)
    remembers what was set before, so that the next call may set it anew.
    """
    mine = supplied.setdefault(module.__name__, set())
    for name in globals_read(module) & set(values):
        if name in mine or (name not in vars(module) and not hasattr(builtins, name)):
            setattr(module, name, values[name])
            mine.add(name)


def _codes(value):
    if isinstance(value, types.FunctionType):
        yield value.__code__
    elif isinstance(value, (staticmethod, classmethod)):
        yield from _codes(value.__func__)
    elif isinstance(value, property):
        yield from _codes(value.fget)
    elif isinstance(value, type):
        for member in list(vars(value).values()):
            if isinstance(member, (types.FunctionType, staticmethod, classmethod, property)):
                yield from _codes(member)


@functools.lru_cache(maxsize=1_000)
def _loads(code):
    """The global names that a code object reads, those within it included."""
    names = {
        i.argval for i in dis.get_instructions(code) if i.opname in ("LOAD_GLOBAL", "LOAD_NAME")
    }
    inner = (constant for constant in code.co_consts if isinstance(constant, types.CodeType))
    return frozenset(names).union(*map(_loads, inner))
