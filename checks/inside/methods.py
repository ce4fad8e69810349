"""Methods of one object replaced for a while, and what an object holds.

Runs inside the worker: standard library only, Python 3.9 and later. The class is changed and put
back, not the object: so objects with `__slots__` can be scripted, one that is pickled or copied
meanwhile stays what it is, and `model(X)` is `model.forward(X)` where the class says so.
"""

import types

MISSING = object()


class replaced:
    """While it lasts, an object's class has these methods (name to function of self and others).

    A method that the class knows under other names too (`__call__ = forward`) is replaced there
    as well, and so is one that the object itself holds.
    """

    def __init__(self, owner, methods):
        self.kind = type(owner)
        self.own = getattr(owner, "__dict__", {})
        self.methods = {
            alias: function
            for name, function in methods.items()
            for alias in self.names_of(name, methods)
        }
        self.before = {}
        self.held = {}

    def names_of(self, name, methods):
        """The names under which the class knows this method, its own first."""
        members = {}
        for kind in reversed(self.kind.__mro__[:-1]):
            members.update(vars(kind))
        method = members.get(name)
        if not isinstance(method, types.FunctionType):
            return [name]
        others = [n for n, value in members.items() if value is method and n not in methods]
        return [name, *others]

    def __enter__(self):
        for name, function in self.methods.items():
            self.before[name] = vars(self.kind).get(name, MISSING)
            setattr(self.kind, name, function)
            if name in self.own:
                self.held[name] = self.own.pop(name)
        return self

    def __exit__(self, *exception):
        for name, before in self.before.items():
            if before is MISSING:
                delattr(self.kind, name)
            else:
                setattr(self.kind, name, before)
        self.own.update(self.held)


def held_by(owner):
    """An object's attributes by name: those of its `__dict__`, then those of its `__slots__`."""
    found = dict(getattr(owner, "__dict__", {}))
    for kind in type(owner).__mro__:
        slots = vars(kind).get("__slots__", ())
        for name in (slots,) if isinstance(slots, str) else slots:
            value = getattr(owner, name, MISSING)
            if name not in found and value is not MISSING:
                found[name] = value
    return found
