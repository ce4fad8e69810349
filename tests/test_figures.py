"""Figures of whole runs: what is drawn, what is said of it, and that a page can hold them all."""

from __future__ import annotations

import re
import subprocess
import sys
import xml.etree.ElementTree as ET
from dataclasses import replace
from html import unescape
from pathlib import Path

import numpy as np
import pytest

from checks import curves, figures, svg
from checks.datasets import Dataset
from checks.training_runs import Run, plans
from gradus.reports import html
from gradus.reports.figures import read_figures
from gradus.reports.files import write_reports
from tests.builders import sample_result
from tests.small_data import few_digits
from tests.whole_runs import ROOT, SAMPLE, graded, only, reduced_digits, some_run, with_spikes

LAMBDAS = (1.0, 0.1, 0.01, 0.001)
PAGES = ("#fbfaf8", "#17181a")
NAMES = [
    "losses-binary",
    "accuracies-binary",
    "shuffling",
    "losses-softmax",
    "accuracies-softmax",
    "weights",
    "accuracy-by-lambda",
    "norm-by-lambda",
]
SVG = "{http://www.w3.org/2000/svg}"


@pytest.fixture(scope="module")
def data() -> Dataset:
    return replace(few_digits(10, 10), sha256="of no stored run")


@pytest.fixture(scope="module")
def own_runs() -> tuple[Run, ...]:
    """Runs of the submission and of the reference, the binary one with spikes."""
    found = [some_run(plan, by) for by in ("submission", "reference") for plan in plans(LAMBDAS)]
    return tuple(with_spikes(run, 18) if run.plan.id == "binary" else run for run in found)


@pytest.fixture(scope="module")
def drawn(own_runs: tuple[Run, ...], data: Dataset) -> tuple[svg.Figure, ...]:
    return figures.draw(own_runs, data)


def named(drawn: tuple[svg.Figure, ...], name: str) -> svg.Figure:
    return next(figure for figure in drawn if figure.name == name)


def texts(figure: svg.Figure) -> list[str]:
    """Every text that is written in the graph."""
    return ["".join(node.itertext()) for node in ET.fromstring(figure.svg).iter(f"{SVG}text")]


def test_every_task_has_its_figure(drawn: tuple[svg.Figure, ...]) -> None:
    assert [figure.name for figure in drawn] == NAMES
    assert [figure.task for figure in drawn] == ["2b", "2c", "2e", "3b", "3c", "4b", "4c", "4e"]


def test_equal_runs_give_equal_bytes(
    drawn: tuple[svg.Figure, ...], own_runs: tuple[Run, ...], data: Dataset
) -> None:
    assert figures.draw(own_runs, data) == drawn


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_well_formed_and_says_what_it_shows(
    drawn: tuple[svg.Figure, ...], name: str
) -> None:
    figure = named(drawn, name)
    root = ET.fromstring(figure.svg)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    labels = {
        node.get("id"): node.text for node in root if node.tag in (f"{SVG}title", f"{SVG}desc")
    }
    assert [labels[id] for id in str(root.get("aria-labelledby")).split()] == [
        figure.title,
        figure.alt,
    ]
    assert figure.title in texts(figure)
    assert len(figure.alt) > 60
    assert figure.caption.endswith(".")


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_figure_depends_on_when_or_where_it_was_drawn(
    drawn: tuple[svg.Figure, ...], name: str
) -> None:
    text = named(drawn, name).svg
    assert "<metadata" not in text
    assert not re.search(r"20\d\d-\d\d", text)


def test_ids_are_unique_in_a_page_of_all_figures(drawn: tuple[svg.Figure, ...]) -> None:
    page = "".join(figure.svg for figure in drawn)
    ids = re.findall(r'\bid="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    used = re.findall(r"url\(#([^)]+)\)", page) + re.findall(r'href="#([^"]+)"', page)
    assert used
    assert set(used) <= set(ids)


@pytest.mark.parametrize("name", NAMES)
def test_colours_can_be_told_from_a_light_and_from_a_dark_page(
    drawn: tuple[svg.Figure, ...], name: str
) -> None:
    used = set(re.findall(r"(?:fill|stroke): (#[0-9a-f]{6})", named(drawn, name).svg))
    for colour in used:
        assert min(contrast(colour, page) for page in PAGES) >= 3, colour


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours (WCAG 2.1, relative luminance)."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts]
    return float(np.dot(linear, (0.2126, 0.7152, 0.0722)))


def test_axes_are_those_of_the_handout(drawn: tuple[svg.Figure, ...]) -> None:
    for name, low, high in (
        ("losses-binary", "0.000", "0.200"),
        ("accuracies-binary", "0.93", "0.99"),
    ):
        assert {low, high} <= set(texts(named(drawn, name)))


def test_a_curve_that_ends_outside_of_the_handout_s_axes_is_still_seen(data: Dataset) -> None:
    run = some_run(plans(())[0])
    high = replace(run, validation_loss=run.validation_loss + 0.5)
    figure = named(figures.draw([high], data), "losses-binary")
    highest = max(float(text) for text in texts(figure) if re.fullmatch(r"0\.\d+", text))
    assert highest >= 0.5


def test_without_runs_of_the_submission_every_title_says_whose_run_it_is(
    own_runs: tuple[Run, ...], data: Dataset
) -> None:
    drawn = figures.draw([run for run in own_runs if run.by == "reference"], data)
    assert [figure.name for figure in drawn] == NAMES
    assert all("(the reference's run)" in figure.title for figure in drawn)


def test_with_runs_of_both_the_reference_s_curve_has_a_place_in_the_legend(
    drawn: tuple[svg.Figure, ...],
) -> None:
    for name in set(NAMES) - {"weights"}:
        assert "reference" in texts(named(drawn, name)), name
        assert "(the reference's run)" not in named(drawn, name).title


def test_without_runs_there_are_no_figures(data: Dataset) -> None:
    assert figures.draw([], data) == ()
    failed = [replace(some_run(plan), validation_loss=np.empty(0)) for plan in plans(LAMBDAS)]
    assert figures.draw(failed, data) == ()


def test_curves_with_nan_are_drawn_as_far_as_they_go(data: Dataset) -> None:
    run = some_run(plans(())[0])
    broken = replace(run, validation_loss=np.where(run.steps > 100, np.nan, run.validation_loss))
    assert "losses-binary" in [figure.name for figure in figures.draw([broken], data)]


@pytest.mark.parametrize("place", [0, 18, 180])
def test_spikes_are_found_at_their_place_in_each_period(place: int) -> None:
    run = with_spikes(some_run(plans(())[0]), place)
    assert curves.period(run) == 186
    assert curves.spike_steps(run).tolist() == list(range(place, 601, 186))


def test_a_run_without_spikes_has_none() -> None:
    noise = np.random.RandomState(3).normal(0, 1e-3, 101)
    run = some_run(plans(())[0])
    assert not len(curves.spike_steps(replace(run, validation_accuracy=0.97 + noise)))


def test_the_spikes_are_told_in_the_text_alternative(drawn: tuple[svg.Figure, ...]) -> None:
    assert "spikes every 186 steps, from step 18 on" in named(drawn, "shuffling").alt


def test_weight_images_leave_the_bias_out_wherever_it_stands() -> None:
    softmax = plans(())[2]
    pixels = np.random.RandomState(0).normal(size=(784, 10))
    last = replace(some_run(softmax), w=np.vstack([pixels, np.full((1, 10), 99.0)]))
    first = replace(some_run(softmax), w=np.vstack([np.full((1, 10), 99.0), pixels]), bias_column=0)
    for run in (last, first):
        assert np.array_equal(curves.weight_images(run), pixels.T.reshape(10, 28, 28))


def test_figures_of_whole_runs_reach_the_report_and_the_folder(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    only(monkeypatch, "binary")
    result, followed = graded(SAMPLE, reduced_digits(), own=False, tasks=("2b", "2c", "2d"))
    write_reports(result, tmp_path, followed.figures)
    assert sorted(path.name for path in (tmp_path / "figures").iterdir()) == [
        "accuracies-binary.svg",
        "list.json",
        "losses-binary.svg",
    ]
    kept = read_figures(tmp_path)
    assert html.render(result, kept) == html.render(result, followed.figures)
    page = (tmp_path / "report.html").read_text("utf-8")
    for name in ("accuracies-binary", "losses-binary"):
        svg_text = (tmp_path / "figures" / f"{name}.svg").read_text("utf-8")
        # Quotes within texts may be escaped in the page.
        assert unescape(svg_text) in unescape(page)
    assert (
        page.index('id="task-2b"') < page.index("losses-binary-title") < page.index('id="task-2c"')
    )


def test_a_report_without_figures_has_none() -> None:
    assert "<figure" not in html.render(sample_result())


def test_a_run_worth_a_look_says_so_in_the_report() -> None:
    run = replace(some_run(plans(())[0]), look_here="It `stops` at <step> 5.").record()
    page = html.render(sample_result(runs=(run,)))
    assert "<b>Look here.</b> It <code>stops</code> at &lt;step&gt; 5." in page


def test_matplotlib_is_imported_only_where_something_is_drawn() -> None:
    code = (
        "import sys, checks.figures, checks.full, gradus.grading\n"
        "sys.exit('matplotlib' in sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=True)
