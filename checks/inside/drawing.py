"""Axes that remember: the lines, images and names that a script draws, as plain arrays and texts.

Runs inside the worker: standard library and NumPy only, Python 3.9 and later.
"""

import sys

import numpy as np

standins = sys.modules["gradus_course_standins"]

LINES = ("plot", "semilogx", "semilogy", "loglog", "step", "scatter", "bar", "barh", "errorbar")
LINES += ("stem",)
STROKED = ("plot", "semilogx", "semilogy", "loglog")
SCALES = {"semilogx": "x", "semilogy": "y", "loglog": "xy"}
LONGEST_TEXT = 200
MOST_VALUES = 200_000
MOST_PIXELS = 1_000_000
MOST_LINES = 100
MOST_IMAGES = 200
FAINTEST = 0.02
NO_LINE = ("", " ", "none")


def is_visible(style):
    """Whether Matplotlib, given these keywords, leaves anything to see."""
    alpha = style.get("alpha")
    faint = isinstance(alpha, (int, float)) and alpha < FAINTEST
    return style.get("visible") is not False and not faint


def is_stroked(style):
    """Whether a line without a format string has a stroke or markers by these keywords."""
    width = style.get("linewidth", style.get("lw", 1))
    line = style.get("linestyle", style.get("ls", "-"))
    marker = style.get("marker")
    drawn = width != 0 and not (isinstance(line, str) and line.lower() in NO_LINE)
    return drawn or (marker is not None and str(marker).lower() not in NO_LINE)


class Line:
    """Values against values: a line, or the points of a scatter plot, or bars.

    `names` are the texts on the x axis where x was no numbers; x then counts from 0.
    """

    def __init__(self, kind, x, y, names, label, visible=True):
        self.kind, self.x, self.y, self.names = kind, x, y, names
        self.visible = visible
        self.label = None if label is None else text(label)
        self.in_legend = False

    def get_label(self):
        return self.label if self.label is not None else "_child"

    def set_label(self, label):
        self.label = text(label)

    def get_xdata(self, orig=True):
        return self.x

    def get_ydata(self, orig=True):
        return self.y

    def get_data(self, orig=True):
        return self.x, self.y

    def set_visible(self, visible):
        self.visible = bool(visible)

    def has_name(self):
        return bool(self.label) and not self.label.startswith("_")

    def plain(self):
        """What leaves the worker."""
        names = None if self.names is None else self.names[:LONGEST_TEXT]
        kept = {"kind": self.kind, "x": self.x, "y": self.y, "names": names}
        return {**kept, "label": self.label, "in_legend": self.in_legend}

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return standins.StandIn("matplotlib.lines.Line2D." + name)


class Axes:
    """One axes of `figure`; `cell` is its place there, shared by axes that lie over each other."""

    def __init__(self, figure, cell):
        self.figure = figure
        self.cell = cell
        self.clear()

    def clear(self, *arguments, **keywords):
        self.lines = []
        self.images = []
        self.names = {"title": None, "xlabel": None, "ylabel": None}
        self.limits = {"xlim": None, "ylim": None}
        self.scales = {"xscale": None, "yscale": None}
        self.ticks = None

    cla = clear

    def is_empty(self):
        return not self.lines and not self.images

    def _draw(self, kind, groups, label, style):
        """Remember one line for each pair of x and y; columns of y are lines of their own."""
        self.figure.changed = True
        seen = is_visible(style) and (kind not in STROKED or is_stroked(style))
        labels = list(label) if isinstance(label, (list, tuple)) else None
        drawn = []
        for x, y in groups:
            values = numbers(y)
            columns = [values] if values.ndim == 1 else list(values.T)
            places, names = positions(x, len(columns[0]) if columns else 0)
            for number, column in enumerate(columns):
                across = places if places.ndim == 1 else places[:, min(number, places.shape[1] - 1)]
                if len(across) != len(column):
                    raise ValueError(
                        "x and y must have same first dimension, but have shapes {} and {}".format(
                            across.shape, column.shape
                        )
                    )
                own = labels[len(drawn)] if labels and len(drawn) < len(labels) else label
                own = None if isinstance(own, (list, tuple)) else own
                drawn.append(Line(kind, across, column, names, own, seen))
        self.lines += drawn[: max(0, MOST_LINES - len(self.lines))]
        for axis in SCALES.get(kind, ""):
            self.scales[axis + "scale"] = "log"
        return drawn

    def plot(self, *arguments, label=None, **keywords):
        return self._draw("plot", _groups(arguments), label, _styled(arguments, keywords))

    def semilogx(self, *arguments, label=None, **keywords):
        return self._draw("semilogx", _groups(arguments), label, _styled(arguments, keywords))

    def semilogy(self, *arguments, label=None, **keywords):
        return self._draw("semilogy", _groups(arguments), label, _styled(arguments, keywords))

    def loglog(self, *arguments, label=None, **keywords):
        return self._draw("loglog", _groups(arguments), label, _styled(arguments, keywords))

    def step(self, x, y, *arguments, label=None, **keywords):
        return self._draw("step", [(x, y)], label, keywords)

    def stem(self, *arguments, label=None, **keywords):
        return self._draw("stem", _groups(arguments), label, keywords)[0]

    def scatter(self, x, y, *arguments, label=None, **keywords):
        return self._draw("scatter", [(np.ravel(x), np.ravel(y))], label, keywords)[0]

    def bar(self, x, height, *arguments, label=None, tick_label=None, **keywords):
        if tick_label is not None and np.size(tick_label) == np.size(x):
            x = [str(name) for name in np.ravel(tick_label)]
        return self._draw("bar", [_broadcast(x, height)], label, keywords)[0]

    def barh(self, y, width, *arguments, label=None, **keywords):
        return self._draw("bar", [_broadcast(y, width)], label, keywords)[0]

    def errorbar(self, x, y, *arguments, label=None, **keywords):
        return self._draw("errorbar", [(x, y)], label, keywords)[0]

    def imshow(self, X, *arguments, **keywords):
        """Remember an image that can be seen, with one channel or with equal ones."""
        self.figure.changed = True
        if not is_visible(keywords):
            return standins.StandIn("matplotlib.image.AxesImage")
        image = numbers(X, dimensions=3)
        if image.ndim == 3 and image.shape[2] and np.array_equal(image[..., :1], image[..., -1:]):
            image = image[..., 0]
        if image.ndim == 2 and 0 < image.size <= MOST_PIXELS and len(self.images) < MOST_IMAGES:
            self.images.append(image)
        return standins.StandIn("matplotlib.image.AxesImage")

    matshow = imshow

    def pcolormesh(self, *arguments, **keywords):
        return self.imshow(arguments[-1])

    pcolor = pcolormesh

    def legend(self, *arguments, **keywords):
        name_lines(self.lines, arguments, keywords)
        self.figure.changed = True

    def get_legend_handles_labels(self):
        named = [line for line in self.lines if line.has_name()]
        return named, [line.label for line in named]

    def get_lines(self):
        return list(self.lines)

    def twinx(self, *arguments, **keywords):
        return self.figure.twin(self)

    twiny = twinx

    def set_xticks(self, ticks=None, labels=None, *arguments, **keywords):
        """Remember texts that stand for numbers on the x axis."""
        if labels is not None:
            self.set_xticklabels(labels)
        return np.array([]), []

    def set_xticklabels(self, labels=(), *arguments, **keywords):
        self.ticks = [text(label) for label in list(labels)[:LONGEST_TEXT]]
        self.figure.changed = True

    def get_xlim(self):
        return tuple(self.limits["xlim"] or (0.0, 1.0))

    def get_ylim(self):
        return tuple(self.limits["ylim"] or (0.0, 1.0))

    def set(self, **keywords):
        for name, value in keywords.items():
            getattr(self, "set_" + name)(value)

    def set_title(self, value="", *arguments, **keywords):
        self._name("title", value)

    def set_xlabel(self, value="", *arguments, **keywords):
        self._name("xlabel", value)

    def set_ylabel(self, value="", *arguments, **keywords):
        self._name("ylabel", value)

    def set_xlim(self, *arguments, **keywords):
        return self._limit("xlim", arguments, keywords)

    def set_ylim(self, *arguments, **keywords):
        return self._limit("ylim", arguments, keywords)

    def set_xscale(self, value="linear", *arguments, **keywords):
        self.scales["xscale"] = text(value)

    def set_yscale(self, value="linear", *arguments, **keywords):
        self.scales["yscale"] = text(value)

    def plain(self):
        """What leaves the worker."""
        kept = {**self.names, **self.limits, **self.scales, "ticks": self.ticks, "cell": self.cell}
        lines = [line.plain() for line in self.lines if line.visible]
        return {**kept, "lines": lines, "images": list(self.images)}

    def _name(self, which, value):
        self.names[which] = text(value)
        self.figure.changed = True

    def _limit(self, which, arguments, keywords):
        ends = arguments[0] if len(arguments) == 1 else arguments
        try:
            low, high = (float(end) for end in ends)
            self.limits[which] = [low, high] if np.isfinite([low, high]).all() else None
        except (TypeError, ValueError):  # one end only, or by keyword: no use to anybody
            self.limits[which] = None
        return tuple(self.limits[which] or (0.0, 1.0))

    def __getattr__(self, name):
        if name.startswith("__") and name.endswith("__"):
            raise AttributeError(name)
        return standins.StandIn("matplotlib.axes.Axes." + name)


def name_lines(lines, arguments, keywords):
    """What a call of `legend` with these arguments does: lines get names, and are in it."""
    handles, labels = keywords.get("handles"), keywords.get("labels")
    if len(arguments) >= 2:
        handles, labels = arguments[:2]
    elif len(arguments) == 1:
        # A list of lines alone stands for handles, a list of texts for labels.
        texts = not any(isinstance(each, Line) for each in arguments[0])
        handles, labels = (handles, arguments[0]) if texts else (arguments[0], labels)
    shown = lines if handles is None else [each for each in handles if isinstance(each, Line)]
    if isinstance(labels, str):
        labels = [labels]
    if labels is not None:
        shown = shown[: len(labels)]
        for line, label in zip(shown, labels):
            line.set_label(label)
    for line in shown:
        line.in_legend = line.has_name()


def text(value):
    """`value` as a text of bounded length."""
    return str(value)[:LONGEST_TEXT]


def numbers(value, dimensions=2):
    """A copy of `value` as a float64 array of 1 to `dimensions` axes; empty where it is none.

    Sequences of one-entry arrays, as losses of shape (1, 1) make them, are sequences of numbers.
    """
    if isinstance(value, standins.StandIn):
        raise standins.AbsentModule(value._gradus_root())
    if not isinstance(value, np.ndarray):
        value = list(value) if hasattr(value, "__iter__") else [value]
    try:
        array = np.array(value, dtype=np.float64)
    except (TypeError, ValueError):
        try:
            array = np.array([np.asarray(each, dtype=np.float64).item() for each in value])
        except (TypeError, ValueError):
            return np.zeros(0)
    if array.ndim == 0:
        array = array.reshape(1)
    if array.ndim > dimensions or (array.ndim == 2 and dimensions == 2 and array.shape[1] == 1):
        array = array.reshape(len(array), -1)[:, :1].reshape(-1)
    return array if array.size <= MOST_VALUES else np.zeros(0)


def positions(x, count):
    """x as numbers and, where it is texts, those texts: then x counts from 0."""
    if x is None:
        return np.arange(count, dtype=np.float64), None
    if not isinstance(x, (np.ndarray, str)) and hasattr(x, "__iter__"):
        x = list(x)
    entries = [x] if isinstance(x, str) else x
    if np.ndim(entries) == 1 and len(entries) and all(isinstance(each, str) for each in entries):
        return np.arange(len(entries), dtype=np.float64), [text(each) for each in entries]
    return numbers(entries), None


def _styled(arguments, keywords):
    """The keywords of a line; a format string such as "o" says itself what is to be seen."""
    formatted = any(isinstance(argument, str) for argument in arguments)
    stroke = ("linestyle", "ls", "linewidth", "lw", "marker") if formatted else ()
    return {name: value for name, value in keywords.items() if name not in stroke}


def _groups(arguments):
    """(x or None, y) of each line of a call of `plot`, as Matplotlib reads its arguments."""
    left = list(arguments)
    groups = []
    while left:
        taken, left = left[:2], left[2:]
        if len(taken) == 2 and isinstance(taken[1], str):
            taken, left = taken[:1], left
        elif left and isinstance(left[0], str):
            left = left[1:]
        groups.append((None, taken[0]) if len(taken) == 1 else (taken[0], taken[1]))
    return groups


def _broadcast(x, height):
    """One height for many bars, or one bar."""
    if np.ndim(height) == 0 and np.ndim(x) == 1:
        height = [height] * len(x)
    if np.ndim(x) == 0 and np.ndim(height) == 0:
        return [x], [height]
    return x, height
