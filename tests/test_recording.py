"""The recording pyplot: what scripts draw in their many ways is remembered alike."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import numpy as np
import pytest

from tests import adapter_parts


@pytest.fixture(scope="module")
def plotting() -> ModuleType:
    for name in ("standins", "drawing"):
        adapter_parts.part(name)
    return adapter_parts.part("plotting")


@pytest.fixture
def plt(plotting: ModuleType) -> Any:
    """A fresh pyplot; its pictures are `plt.pictures()`."""
    figures = plotting.Figures()
    pyplot = plotting.Pyplot(figures)
    vars(pyplot)["pictures"] = figures.finish
    return pyplot


def lines(picture: dict[str, Any]) -> list[tuple[list[float], list[float], str | None]]:
    return [
        (line["x"].tolist(), line["y"].tolist(), line["label"])
        for axes in picture["axes"]
        for line in axes["lines"]
    ]


def test_every_way_of_drawing_a_line_gives_its_values(plt: Any) -> None:
    history = {0: 0.5, 3: np.array([[0.25]])}
    plt.plot(history.keys(), history.values(), "r--", label="a")
    plt.plot([4, 5])
    plt.plot([1, 2], [3, 4], "b", [5, 6], [7, 8], "g")
    plt.scatter(np.array([[1], [2]]), [3, 4], label="s")
    plt.semilogx([10], [1])
    plt.bar(["1", "0.1"], [2, 3])
    plt.errorbar([1, 2], [2, 2], yerr=[0.1, 0.1])
    (picture,) = plt.pictures()
    assert lines(picture) == [
        ([0, 3], [0.5, 0.25], "a"),
        ([0, 1], [4, 5], None),
        ([1, 2], [3, 4], None),
        ([5, 6], [7, 8], None),
        ([1, 2], [3, 4], "s"),
        ([10], [1], None),
        ([0, 1], [2, 3], None),
        ([1, 2], [2, 2], None),
    ]
    assert picture["axes"][0]["lines"][6]["names"] == ["1", "0.1"]
    assert picture["axes"][0]["xscale"] == "log"


@pytest.mark.parametrize(
    "style",
    [
        {"alpha": 0},
        {"visible": False},
        {"linewidth": 0},
        {"lw": 0.0, "marker": "none"},
        {"linestyle": "None"},
        {"ls": ""},
    ],
)
def test_a_line_that_nobody_can_see_is_not_in_the_picture(plt: Any, style: dict[str, Any]) -> None:
    plt.plot([1, 2], [3, 4], label="seen")
    plt.plot([1, 2], [5, 6], label="hidden", **style)
    plt.imshow(np.zeros((2, 2)), alpha=0.0)
    (picture,) = plt.pictures()
    assert lines(picture) == [([1, 2], [3, 4], "seen")]
    assert picture["axes"][0]["images"] == []


@pytest.mark.parametrize(
    "draw",
    [
        lambda plt: plt.plot([1, 2], [3, 4], linestyle="none", marker="o"),
        lambda plt: plt.plot([1, 2], [3, 4], "o", linestyle="none"),
        lambda plt: plt.plot([1, 2], [3, 4], alpha=0.3, lw=0.5, ls=(0, (5, 1))),
        lambda plt: plt.scatter([1, 2], [3, 4], linewidth=0),
        lambda plt: plt.bar([1, 2], [3, 4], lw=0),
    ],
)
def test_markers_bars_and_pale_lines_can_be_seen(plt: Any, draw: Any) -> None:
    draw(plt)
    (picture,) = plt.pictures()
    assert lines(picture) == [([1, 2], [3, 4], None)]


def test_a_line_that_is_hidden_later_is_not_in_the_picture(plt: Any) -> None:
    (line,) = plt.plot([1, 2], [3, 4])
    plt.plot([5, 6])
    line.set_visible(False)
    (picture,) = plt.pictures()
    assert lines(picture) == [([0, 1], [5, 6], None)]


def test_columns_are_lines_with_labels_of_their_own(plt: Any) -> None:
    drawn = plt.plot([0, 1], np.array([[1, 2], [3, 4]]), label=["a", "b"])
    assert [line.get_label() for line in drawn] == ["a", "b"]
    assert [line.get_ydata().tolist() for line in drawn] == [[1, 3], [2, 4]]


def test_what_is_drawn_later_changes_nothing_of_what_was_drawn(plt: Any) -> None:
    y = np.array([1.0, 2.0])
    plt.plot(y)
    y[:] = 9
    assert lines(plt.pictures()[0])[0][1] == [1, 2]


def test_x_and_y_of_unequal_length_are_refused_as_matplotlib_refuses_them(plt: Any) -> None:
    with pytest.raises(ValueError, match="same first dimension"):
        plt.plot([1, 2, 3], [1, 2])


def test_a_figure_is_a_picture_each_time_it_is_saved_changed(plt: Any) -> None:
    plt.plot([1])
    plt.savefig("a.png")
    plt.savefig("a.pdf")
    plt.plot([2])
    plt.savefig("b.png")
    plt.show()
    pictures = plt.pictures()
    assert [(picture["names"], len(lines(picture))) for picture in pictures] == [
        (["a.png", "a.pdf"], 1),
        (["b.png"], 2),
    ]


def test_show_closes_figures_and_close_throws_unseen_ones_away(plt: Any) -> None:
    plt.plot([1])
    plt.show()
    plt.plot([2])
    plt.close()
    plt.figure()
    plt.plot([3])
    plt.clf()
    plt.plot([4])
    assert [line[1] for picture in plt.pictures() for line in lines(picture)] == [[1], [4]]


def test_figures_are_found_again_by_number(plt: Any) -> None:
    first = plt.figure(1)
    plt.figure("other")
    plt.plot([2])
    assert plt.figure(1) is first
    plt.plot([1])
    assert [lines(p)[0][1] for p in plt.pictures()] == [[1], [2]]


@pytest.mark.parametrize(
    ("grid", "squeeze", "shape"),
    [
        ((1, 1), True, None),
        ((1, 1), False, (1, 1)),
        ((1, 3), True, (3,)),
        ((3, 1), True, (3,)),
        ((2, 3), True, (2, 3)),
        ((1, 3), False, (1, 3)),
    ],
)
def test_subplots_have_the_shapes_that_matplotlib_gives(
    plt: Any, grid: tuple[int, int], squeeze: bool, shape: tuple[int, ...] | None
) -> None:
    figure, axes = plt.subplots(*grid, squeeze=squeeze, figsize=(3, 3))
    assert (None if shape is None else axes.shape) == shape
    for number, each in enumerate(np.ravel(np.array(axes, dtype=object))):
        each.plot([number])
        each.set(title=f"t{number}", xlabel="x")
    (picture,) = plt.pictures()
    assert [axes["title"] for axes in picture["axes"]] == [f"t{i}" for i in range(np.prod(grid))]
    assert len(figure.axes) == np.prod(grid)


def test_subplot_by_digits_and_by_arguments_is_the_same_place(plt: Any) -> None:
    plt.subplot(121)
    plt.plot([1])
    plt.subplot(1, 2, 2)
    plt.plot([2])
    plt.subplot(1, 2, 1)
    plt.plot([3])
    (picture,) = plt.pictures()
    ys = [[line["y"].tolist() for line in axes["lines"]] for axes in picture["axes"]]
    assert ys == [[[1], [3]], [[2]]]


def test_twin_axes_share_their_place(plt: Any) -> None:
    _, ax = plt.subplots()
    ax.plot([1], label="a")
    other = ax.twinx()
    other.plot([2], label="b")
    handles, labels = ax.get_legend_handles_labels()
    more, names = other.get_legend_handles_labels()
    ax.legend(handles + more, labels + names)
    (picture,) = plt.pictures()
    assert [axes["cell"] for axes in picture["axes"]] == [0, 0]
    assert all(line["in_legend"] for axes in picture["axes"] for line in axes["lines"])


def test_only_what_a_legend_names_is_in_it(plt: Any) -> None:
    plt.plot([1], label="a")
    plt.plot([2], label="_hidden")
    plt.legend()
    plt.plot([3], label="too late")
    assert [line["in_legend"] for line in plt.pictures()[0]["axes"][0]["lines"]] == [
        True,
        False,
        False,
    ]


def test_a_legend_of_texts_names_lines_in_their_order(plt: Any) -> None:
    plt.plot([1])
    plt.plot([2])
    plt.legend(["a", "b"])
    kept = plt.pictures()[0]["axes"][0]["lines"]
    assert [(line["label"], line["in_legend"]) for line in kept] == [("a", True), ("b", True)]


def test_images_are_kept_with_one_channel(plt: Any) -> None:
    image = np.arange(12.0).reshape(3, 4)
    plt.imshow(np.stack([image] * 3, axis=2), cmap="gray")
    plt.matshow(image + 1)
    plt.imsave("w.png", image + 2, cmap="gray")
    kept = [axes["images"][0] for picture in plt.pictures() for axes in picture["axes"]]
    assert sorted(each[0, 0] for each in kept) == [0, 1, 2]
    assert all(each.shape == (3, 4) for each in kept)


def test_limits_scales_ticks_and_titles_are_kept(plt: Any) -> None:
    plt.plot([1])
    plt.ylim([0, 0.2])
    plt.xlim(left=3)
    plt.yscale("log")
    plt.xticks([0, 1], ["1", "0.1"], rotation=90)
    plt.title(7)
    plt.suptitle("all")
    (picture,) = plt.pictures()
    (axes,) = picture["axes"]
    kept = [axes[name] for name in ("ylim", "xlim", "yscale", "ticks", "title")]
    assert kept == [[0, 0.2], None, "log", ["1", "0.1"], "7"]
    assert picture["title"] == "all"


def test_whatever_else_is_called_is_inert(plt: Any) -> None:
    plt.style.use("seaborn")
    plt.rcParams["figure.dpi"] = 100
    with plt.rc_context():
        plt.grid(True)
        plt.tight_layout()
    figure, ax = plt.subplots()
    ax.spines["top"].set_visible(False)
    figure.colorbar(ax.imshow([[1, 2]]), ax=ax)
    (line,) = ax.plot([1])
    line.set_color(plt.cm.viridis(0.5))
    plt.fill_between([0, 1], [0, 0], [1, 1], alpha=0.2)
    plt.axhline(0.5)
    assert len(plt.pictures()) == 1


def test_losses_of_any_shape_with_one_entry_are_numbers_and_other_shapes_are_not(plt: Any) -> None:
    plt.plot([np.array([1.0]), np.array([[2.0]]), 3])
    plt.plot([[1, 2], [3]])
    assert [line[1] for line in lines(plt.pictures()[0])] == [[1, 2, 3], []]
