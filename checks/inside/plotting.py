"""A pyplot that draws nothing and remembers what a plot is judged by: values, names and places.

Runs inside the worker: standard library and NumPy only, Python 3.9 and later. A picture is what a
figure holds when it is saved, shown, or left open at the end. As on a screen, `show` closes every
figure, so that what is drawn next begins another. Everything that is not remembered is inert.
"""

import sys
import types

import numpy as np

drawing = sys.modules["gradus_course_drawing"]
standins = sys.modules["gradus_course_standins"]

MOST_PICTURES = 80
# Functions of pyplot that are methods of the current axes, and what those are called there.
OF_AXES = {
    "title": "set_title",
    "xlabel": "set_xlabel",
    "ylabel": "set_ylabel",
    "xlim": "set_xlim",
    "ylim": "set_ylim",
    "xscale": "set_xscale",
    "yscale": "set_yscale",
    "xticks": "set_xticks",
    "twinx": "twinx",
    "twiny": "twiny",
    "cla": "clear",
    "legend": "legend",
    "imshow": "imshow",
    "pcolor": "pcolor",
    "pcolormesh": "pcolormesh",
    **{name: name for name in drawing.LINES},
}


class Figure:
    """One figure: its axes in the order of their making, by the key that names their place."""

    def __init__(self, pictures, number):
        self._pictures = pictures
        self.number = number
        self._forget()

    def _forget(self):
        self.changed = False
        self._suptitle = None
        self._axes = {}
        self._current = None
        self._picture = None

    @property
    def axes(self):
        return list(self._axes.values())

    def gca(self, *arguments, **keywords):
        if self._current is None:
            return self._at(("only",))
        return self._current

    def sca(self, axes):
        self._current = axes

    def add_subplot(self, *arguments, **keywords):
        whole = all(isinstance(part, (int, np.integer)) for part in arguments)
        digits = [int(digit) for digit in str(arguments[0])] if len(arguments) == 1 else arguments
        return self._at(tuple(digits) if whole and digits else (1, 1, 1) if whole else object())

    def add_axes(self, *arguments, **keywords):
        return self._at(object())

    def subplots(self, nrows=1, ncols=1, *arguments, squeeze=True, **keywords):
        """One axes, or an array of them, in the shapes that Matplotlib gives."""
        grid = np.empty((nrows, ncols), dtype=object)
        for row in range(nrows):
            for column in range(ncols):
                grid[row, column] = self._at((nrows, ncols, row * ncols + column + 1))
        self._current = grid[0, 0] if grid.size == 1 else self._current
        if not squeeze:
            return grid
        return grid[0, 0] if grid.size == 1 else grid.reshape(-1) if 1 in grid.shape else grid

    def twin(self, axes):
        """Axes over others: what is drawn in them is in the same graph."""
        return self._at(object(), axes.cell)

    def suptitle(self, text="", *arguments, **keywords):
        self._suptitle = drawing.text(text)
        self.changed = True

    def legend(self, *arguments, **keywords):
        lines = [line for axes in self.axes for line in axes.lines]
        drawing.name_lines(lines, arguments, keywords)
        self.changed = True

    def savefig(self, name=None, *arguments, **keywords):
        self.keep(name if isinstance(name, str) else str(name))

    def clear(self, *arguments, **keywords):
        self._forget()

    clf = clear

    def keep(self, name):
        """Remember this figure as it is now, unless it is as it was when last remembered."""
        if self.changed and len(self._pictures) < MOST_PICTURES:
            self.changed = False
            axes = [each.plain() for each in self.axes if not each.is_empty()]
            self._picture = {"names": [], "title": self._suptitle, "axes": axes}
            if axes:
                self._pictures.append(self._picture)
        if self._picture is not None and name is not None:
            self._picture["names"].append(drawing.text(name))

    def _at(self, key, cell=None):
        if key not in self._axes:
            self._axes[key] = drawing.Axes(self, len(self._axes) if cell is None else cell)
        self._current = self._axes[key]
        return self._current

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return standins.StandIn("matplotlib.figure.Figure." + name)


class Figures:
    """pyplot's state: the open figures, the current one, and the pictures that were made."""

    def __init__(self):
        self.pictures = []
        self.open = {}
        self.selected = None

    def figure(self, num=None, *arguments, clear=False, **keywords):
        """A new figure, or the open one with this number or name."""
        if isinstance(num, Figure):
            num = num.number
        if num is None:
            num = 1 + max([key for key in self.open if isinstance(key, int)], default=0)
        if num not in self.open:
            self.open[num] = Figure(self.pictures, num)
        elif clear:
            self.open[num].clear()
        self.selected = num
        return self.open[num]

    def gcf(self):
        return self.open[self.selected] if self.selected in self.open else self.figure()

    def gca(self, *arguments, **keywords):
        return self.gcf().gca()

    def sca(self, axes):
        self.figure(axes.figure.number)
        axes.figure.sca(axes)

    def subplots(self, *arguments, num=None, **keywords):
        figure = self.figure(num)
        return figure, figure.subplots(*arguments, **keywords)

    def subplot(self, *arguments, **keywords):
        if arguments and isinstance(arguments[0], drawing.Axes):
            self.sca(arguments[0])
            return arguments[0]
        return self.gcf().add_subplot(*arguments, **keywords)

    def subplot2grid(self, shape, loc, *arguments, **keywords):
        rows, columns = shape
        return self.gcf().add_subplot(rows, columns, loc[0] * columns + loc[1] + 1)

    def axes(self, *arguments, **keywords):
        return self.gcf().add_axes() if arguments else self.gcf().gca()

    def suptitle(self, *arguments, **keywords):
        self.gcf().suptitle(*arguments, **keywords)

    def figlegend(self, *arguments, **keywords):
        self.gcf().legend(*arguments, **keywords)

    def savefig(self, *arguments, **keywords):
        self.gcf().savefig(*arguments, **keywords)

    def imsave(self, name, array, *arguments, **keywords):
        """A picture of its own: one image."""
        figure = Figure(self.pictures, None)
        figure.gca().imshow(array)
        figure.keep(str(name))

    def matshow(self, array, fignum=None, **keywords):
        self.figure(fignum or None)
        return self.gca().imshow(array)

    def show(self, *arguments, **keywords):
        self.finish()
        self.open.clear()

    def close(self, which=None):
        """Throw figures away; what was not saved or shown before nobody sees."""
        if which == "all":
            self.open.clear()
        number = which.number if isinstance(which, Figure) else which
        self.open.pop(self.selected if number is None else number, None)
        self.selected = next(reversed(list(self.open)), None)

    def clf(self):
        self.gcf().clear()

    def fignum_exists(self, num):
        return num in self.open

    def get_fignums(self):
        return sorted(key for key in self.open if isinstance(key, int))

    def draw(self, *arguments, **keywords):
        """Nothing is on a screen."""

    pause = ion = ioff = draw

    def finish(self):
        """Every picture, those of figures still open included."""
        for figure in self.open.values():
            figure.keep(None)
        return self.pictures


class Pyplot(types.ModuleType):
    """The module `matplotlib.pyplot` as a script meets it, recording into `figures`."""

    def __init__(self, figures):
        super().__init__("matplotlib.pyplot")
        self.__path__ = []
        self.__file__ = "<stand-in for matplotlib.pyplot>"
        vars(self)["Figure"] = Figure
        for name in dir(figures):
            value = getattr(figures, name)
            if not name.startswith("_") and callable(value) and name != "finish":
                vars(self)[name] = value
        for name, method in OF_AXES.items():
            vars(self)[name] = _of_current_axes(figures, method)
        self.__all__ = [name for name in vars(self) if not name.startswith("_")]

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return standins.StandIn("matplotlib.pyplot." + name)


def _of_current_axes(figures, method):
    def function(*arguments, **keywords):
        return getattr(figures.gca(), method)(*arguments, **keywords)

    return function
