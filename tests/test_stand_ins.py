"""What a submission may do with a module that is not there, and what it may not."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.adapter_parts import part

standins = part("standins")
COURSE_FILES = ("utils", "mnist")


@pytest.fixture
def finder(tmp_path: Path) -> Iterator[Any]:
    """A finder for a submission in tmp_path; whatever it let in is gone afterwards.

    A worker never holds the real Matplotlib, which other tests of this process may have loaded.
    """
    found = standins.StandInFinder(str(tmp_path), COURSE_FILES)
    before = dict(sys.modules)
    for name in before:
        if name.partition(".")[0] in ("matplotlib", "mpl_toolkits", "tqdm"):
            del sys.modules[name]
    sys.meta_path.insert(0, found)
    yield found
    sys.meta_path.remove(found)
    for name, module in list(sys.modules.items()):
        if isinstance(module, standins.StandInModule):
            del sys.modules[name]
    sys.modules.update(before)


def run(source: str) -> dict[str, Any]:
    """What a module of the submission with this source defines."""
    namespace: dict[str, Any] = {"__name__": "submitted"}
    exec(compile(source, "submitted.py", "exec"), namespace)
    return namespace


@pytest.mark.usefixtures("finder")
@pytest.mark.parametrize(
    "source",
    [
        "import matplotlib.pyplot as plt\nplt.figure()\nplt.ylim([0, 0.2])\nplt.show()",
        "import matplotlib\nmatplotlib.use('Agg')",
        "from matplotlib import pyplot, cm",
        "import matplotlib.pyplot as plt\nplt.style.use('seaborn')",
        "import matplotlib.pyplot as plt\nplt.rcParams['font.size'] = 12",
        "import matplotlib.pyplot as plt\nplt.rcParams.update({'font.size': 12})",
        "import matplotlib.pyplot as plt\nplt.gca().spines['top'].set_visible(False)",
        "from gradus_no_such_module import *",
        "import gradus_no_such_module.deeply.nested as nested\nnested.function(1)[2].attribute",
        "import gradus_no_such_module as m\nm.setting = 3",
        "import gradus_no_such_module as m\nwith m.context() as value: value.use()",
        "import gradus_no_such_module as m\nfor thing in m.things(): raise SystemExit",
        "import matplotlib\nif matplotlib.get_backend() == 'agg': raise SystemExit",
        "import gradus_no_such_module as m\nlookup = {m.key: 1}\nlookup[m.key2] = 2",
        "import gradus_no_such_module as m\ndevice = 'gpu' if m.cuda.is_available() else 'cpu'",
    ],
)
def test_what_does_not_compute_goes_through(source: str) -> None:
    run(source)


@pytest.mark.usefixtures("finder")
@pytest.mark.parametrize(
    ("line", "names"),
    [
        ("a, b = plt.subplots()", "ab"),
        ("a, b = plt.subplots(1, 2)", "ab"),
        ("a, (b, c) = plt.subplots(1, 2)", "abc"),
        ("[a, b, c] = plt.plot([1], [2], [3])", "abc"),
        ("(a, b), c = plt.subplots(2, 1)", "abc"),
        ("a, *b = plt.subplots()", "a"),
    ],
)
def test_a_stand_in_unpacks_into_as_many_as_are_asked_for(line: str, names: str) -> None:
    found = run(f"import matplotlib.pyplot as plt\n{line}")
    assert all(isinstance(found[name], standins.StandIn) for name in names)


@pytest.mark.usefixtures("finder")
def test_a_stand_in_unpacks_into_hundreds() -> None:
    names = ", ".join(f"a{number}" for number in range(300))
    found = run(f"import matplotlib.pyplot as plt\n{names} = plt.lines()")
    assert isinstance(found["a299"], standins.StandIn)


@pytest.mark.usefixtures("finder")
def test_a_stand_in_unpacks_inside_a_function_and_a_loop() -> None:
    found = run(
        "import matplotlib.pyplot as plt\n"
        "def draw():\n"
        "    shown = []\n"
        "    for _ in range(3):\n"
        "        figure, axes = plt.subplots()\n"
        "        axes.imshow(figure)\n"
        "        shown.append(axes)\n"
        "    return shown\n"
    )
    assert len(found["draw"]()) == 3


@pytest.mark.usefixtures("finder")
@pytest.mark.parametrize("decorator", ["@numba.njit", "@numba.jit()", "@numba.njit(cache=True)"])
def test_a_decorated_function_stays_itself_where_the_decorator_is_absent(decorator: str) -> None:
    found = run(f"import numba\n{decorator}\ndef double(x):\n    return 2 * x\n")
    assert found["double"](21) == 42


@pytest.mark.usefixtures("finder")
def test_a_decorated_class_stays_itself() -> None:
    found = run("import attr\n@attr.s\nclass Model:\n    size = 785\n")
    assert found["Model"]().size == 785


@pytest.mark.usefixtures("finder")
def test_a_class_may_derive_from_an_absent_one() -> None:
    found = run(
        "import torch\n"
        "class Net(torch.nn.Module):\n"
        "    def __init__(self, size):\n"
        "        super().__init__()\n"
        "        self.size = size\n"
    )
    assert found["Net"](3).size == 3


@pytest.mark.usefixtures("finder")
@pytest.mark.parametrize(
    "expression",
    [
        "f(1) + 1",
        "1 - f(1)",
        "f(1) * 2",
        "-f(1)",
        "f(1) @ f(2)",
        "f(1) < 3",
        "f(1) >= 0.5",
        "float(f(1))",
        "int(f(1))",
        "len(f(1))",
        "abs(f(1))",
        "round(f(1))",
        "np.exp(f(1))",
        "np.array([1.0]) * f(1)",
        "np.asarray(f(1))",
        "np.dot(f(1), np.ones(3))",
        "f(1) == np.zeros(3)",
        "np.zeros(3) == f(1)",
        "f(1) != np.zeros(3)",
        "~f(1)",
        "f(1) & np.array([True])",
    ],
)
def test_computing_with_a_stand_in_names_the_absent_module(expression: str) -> None:
    source = f"import numpy as np\nfrom scipy.special import expit as f\nvalue = {expression}"
    with pytest.raises(standins.AbsentModule, match="needs the module `scipy`") as caught:
        run(source)
    assert caught.value.gradus_details == {"needs": "scipy", "pending": True}
    assert caught.value.gradus_kind == "blocked"


@pytest.mark.usefixtures("finder")
@pytest.mark.parametrize(
    "source",
    [
        "from tqdm import tqdm\nseen = list(tqdm([3, 1, 2]))",
        "from tqdm import tqdm\nseen = [x for x in tqdm([3, 1, 2], desc='epochs', total=3)]",
        "import tqdm\nseen = list(tqdm.tqdm([3, 1, 2]))",
        "from tqdm.auto import tqdm\nseen = list(tqdm([3, 1, 2]))",
        "from tqdm.notebook import tqdm\nseen = list(tqdm([3, 1, 2]))",
        "from tqdm import tqdm\nbar = tqdm([3, 1, 2])\nseen = list(bar)\nbar.set_description('x')",
        "from tqdm import tqdm\nwith tqdm([3, 1, 2]) as bar: seen = list(bar)\nbar.close()",
    ],
)
def test_tqdm_passes_its_iterable_through(source: str) -> None:
    assert run(source)["seen"] == [3, 1, 2]


@pytest.mark.usefixtures("finder")
@pytest.mark.parametrize(
    "source",
    [
        "from tqdm import trange\nseen = list(trange(1, 4))",
        "import tqdm\nseen = list(tqdm.trange(1, 4))",
    ],
)
def test_trange_counts(source: str) -> None:
    assert run(source)["seen"] == [1, 2, 3]


@pytest.mark.usefixtures("finder")
def test_the_module_tqdm_called_by_itself_passes_through_after_from_import() -> None:
    found = run("from tqdm import tqdm\nbar = tqdm(total=5)\nbar.update(1)\nseen = list(bar)")
    assert found["seen"] == []


@pytest.mark.parametrize("name", sorted(standins.SCREEN_MODULES))
def test_modules_with_a_screen_are_stood_in_for(name: str, finder: Any) -> None:
    sys.modules.pop(name, None)
    run(f"import {name}\n{name}.anything()")
    assert isinstance(sys.modules[name], standins.StandInModule)
    assert finder.used == [name]


@pytest.mark.parametrize("name", ["json", "this", "wave", "sqlite3", "xml.dom"])
def test_the_standard_library_is_the_real_one(name: str, finder: Any) -> None:
    assert finder.find_spec(name) is None
    assert finder.used == []


@pytest.mark.parametrize("name", ["numpy", "numpy.linalg", "utils", "mnist"])
def test_numpy_and_the_courses_own_files_are_never_stood_in_for(name: str, finder: Any) -> None:
    assert finder.find_spec(name) is None


def test_a_submissions_own_files_and_packages_are_its_own(tmp_path: Path, finder: Any) -> None:
    (tmp_path / "helpers.py").write_text("x = 1\n")
    (tmp_path / "package").mkdir()
    assert finder.find_spec("helpers") is None
    assert finder.find_spec("package.part") is None
    assert finder.find_spec("help") is not None


def test_what_was_stood_in_for_is_noted_once_in_the_order_of_import(finder: Any) -> None:
    run("import torch.nn, sklearn.metrics\nimport torch.optim, scipy")
    assert finder.used == ["torch", "sklearn", "scipy"]


@pytest.mark.usefixtures("finder")
def test_a_stand_in_tells_what_it_stands_for() -> None:
    found = run("import scipy.special\nvalue = scipy.special.expit(1)")
    assert repr(found["value"]) == "<stand-in for scipy.special.expit>"
