"""Plots are recognised by the values they draw, however they are drawn, and not by their names."""

from __future__ import annotations

import dataclasses
import math
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np
import pytest

from checks import datasets, graphs, matching, protocols, recognition, scripts
from checks.scripts import Line, Script, Series
from gradus.session import Session
from tests import adapter_parts

ROOT = Path(__file__).resolve().parent.parent
MODULES = ("utils", "trainer", "task2a", "task2", "task3a", "task3")
Draw = Callable[..., Script]


@pytest.fixture(scope="module")
def samples() -> Iterator[dict[str, Script]]:
    """What the sample's two scripts do."""
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        sample = datasets.sample("digits", 1280, 640)
        names = ("X_train", "Y_train", "X_test", "Y_test")
        np.savez(work / "data.npz", **{name: getattr(sample, name) for name in names})
        with Session(
            adapter=ROOT / "checks" / "adapter.py",
            submission=ROOT / "student",
            work=work,
            modules=MODULES,
            options={"data": str(work / "data.npz")},
        ) as session:
            yield {module: scripts.run(session, module) for module in ("task2", "task3")}


@pytest.fixture(scope="module")
def plotting() -> ModuleType:
    for name in ("standins", "drawing"):
        adapter_parts.part(name)
    return adapter_parts.part("plotting")


@pytest.fixture
def draw(samples: dict[str, Script], plotting: ModuleType) -> Draw:
    """The sample's trainings, with what `draws(plt, runs)` draws in place of its pictures."""

    def make(module: str, draws: Callable[[Any, Any], None]) -> Script:
        figures = plotting.Figures()
        draws(plotting.Pyplot(figures), samples[module].runs)
        drawn = {"problem": None, "runs": [], "pictures": figures.finish()}
        pictures = scripts.from_answer(module, drawn).pictures
        return dataclasses.replace(samples[module], pictures=pictures)

    return make


def history(run: Any, part: str, quantity: str) -> dict[float, float]:
    series = run.one(part, quantity)
    return dict(zip(series.steps.tolist(), series.values.tolist(), strict=True))


def curve(plt: Any, run: Any, part: str, quantity: str, label: str | None = None) -> None:
    values = history(run, part, quantity)
    plt.plot(list(values.keys()), list(values.values()), label=label)


def every_finding(script: Script) -> list[graphs.Finding]:
    judged = [recognition.losses, recognition.accuracies]
    if script.module == "task2":
        judged += [recognition.shuffling]
    else:
        judged += [
            recognition.weight_images,
            recognition.accuracy_by_lambda,
            recognition.norm_by_lambda,
        ]
    return [judge(script) for judge in judged]


def test_every_plot_of_the_sample_is_recognised(samples: dict[str, Script]) -> None:
    for script in samples.values():
        assert [finding.recognised for finding in every_finding(script)] == [True] * len(
            every_finding(script)
        )


def test_a_script_that_draws_nothing_has_no_plot_recognised(draw: Draw) -> None:
    for module in ("task2", "task3"):
        found = every_finding(draw(module, lambda plt, runs: None))
        assert not any(finding.recognised for finding in found)
        assert all("draws no" in finding.found or "no graph" in finding.found for finding in found)


def test_a_script_that_did_not_run_is_told_with_its_reason() -> None:
    for module in ("task2", "task3"):
        script = Script(module, "the script ended with KeyError: 'x' (task2.py, line 3)")
        for finding in every_finding(script):
            assert not finding.recognised
            assert "no training was seen" in finding.found or "lambda" in finding.found
            assert "KeyError" in finding.found


def test_axes_and_scatter_do_as_well_as_lines(draw: Draw) -> None:
    def draws(plt: Any, runs: Any) -> None:
        _, ax = plt.subplots()
        for part in ("train", "validation"):
            values = history(runs[0], part, "loss")
            ax.scatter(list(values), list(values.values()))
        ax.legend(["training", "validation"])

    assert recognition.losses(draw("task2", draws)).recognised


def test_subplots_of_one_figure_do_where_titles_tell_them_apart(draw: Draw) -> None:
    def draws(titles: tuple[str, str]) -> Callable[[Any, Any], None]:
        def body(plt: Any, runs: Any) -> None:
            _, axes = plt.subplots(1, 2)
            for ax, part, title in zip(axes, ("train", "validation"), titles, strict=True):
                curve(ax, runs[0], part, "accuracy")
                ax.set_title(title)

        return body

    assert recognition.accuracies(draw("task2", draws(("train", "validation")))).recognised
    unnamed = recognition.accuracies(draw("task2", draws(("", ""))))
    assert not unnamed.recognised
    assert "no legend names its lines" in unnamed.found


def test_comparisons_need_one_graph(draw: Draw) -> None:
    def draws(plt: Any, runs: Any) -> None:
        _, axes = plt.subplots(2)
        for ax, run, label in zip(axes, runs, ("without shuffling", "with shuffling"), strict=True):
            curve(ax, run, "validation", "accuracy", label)
            ax.legend()

    finding = recognition.shuffling(draw("task2", draws))
    assert not finding.recognised
    assert "shuffling is missing" in finding.found


def test_one_line_of_two_is_not_the_plot(draw: Draw) -> None:
    def draws(plt: Any, runs: Any) -> None:
        curve(plt, runs[0], "train", "loss", "Training loss")
        plt.legend()

    finding = recognition.losses(draw("task2", draws))
    assert finding == graphs.Finding(
        False, "a picture holds the training loss, but the validation loss is missing"
    )


def test_labels_that_say_the_opposite_of_the_values_are_seen(draw: Draw) -> None:
    def draws(plt: Any, runs: Any) -> None:
        curve(plt, runs[0], "train", "loss", "Validation loss")
        curve(plt, runs[0], "validation", "loss", "Training loss")
        plt.legend()

    finding = recognition.losses(draw("task2", draws))
    assert not finding.recognised
    assert "the line labelled 'Validation loss' holds the training loss" in finding.found


def test_training_losses_drawn_twice_are_not_the_validation_losses(draw: Draw) -> None:
    def draws(plt: Any, runs: Any) -> None:
        curve(plt, runs[0], "train", "loss", "Training loss")
        curve(plt, runs[0], "train", "loss", "Validation loss")
        plt.legend()

    finding = recognition.losses(draw("task2", draws))
    assert not finding.recognised
    assert "the validation loss is missing" in finding.found


@pytest.mark.parametrize(
    ("labels", "recognised"),
    [
        (("Validation accuracy", "Validation accuracy with shuffle"), True),
        (("No shuffle", "Shuffle"), True),
        (("shuffle=False", "shuffle=True"), True),
        (("Uten stokking", "Med stokking"), True),
        (("With shuffling", "Without shuffling"), False),
        (("a", "a"), False),
        ((None, None), False),
    ],
)
def test_shuffled_and_unshuffled_are_told_apart_by_their_labels(
    draw: Draw, labels: tuple[str | None, str | None], recognised: bool
) -> None:
    def draws(plt: Any, runs: Any) -> None:
        for run, label in zip(runs, labels, strict=True):
            curve(plt, run, "validation", "accuracy", label)
        plt.legend()

    assert recognition.shuffling(draw("task2", draws)).recognised is recognised


def test_a_plot_of_the_wrong_run_is_left_to_a_person(draw: Draw) -> None:
    def draws(plt: Any, runs: Any) -> None:
        for part in ("train", "validation"):
            curve(plt, runs[1], part, "loss", part)
        plt.legend()

    assert "its training was shuffled" in recognition.losses(draw("task2", draws)).found
    assert "lambda 1" in recognition.losses(draw("task3", draws)).found


def test_losses_and_accuracies_piled_up_in_one_graph_are_left_to_a_person(draw: Draw) -> None:
    def draws(plt: Any, runs: Any) -> None:
        for quantity in ("loss", "accuracy"):
            for part in ("train", "validation"):
                curve(plt, runs[0], part, quantity, f"{part} {quantity}")
            plt.legend()
            plt.savefig(quantity)

    script = draw("task2", draws)
    assert recognition.losses(script).recognised
    assert "losses and accuracies are in one graph" in recognition.accuracies(script).found


def test_histories_that_teach_nothing_are_no_plot(samples: dict[str, Script]) -> None:
    def flat(series: Series) -> Series:
        return dataclasses.replace(series, raw=np.zeros_like(series.raw))

    script = samples["task2"]
    runs = [dataclasses.replace(run, series=tuple(map(flat, run.series))) for run in script.runs]
    for finding in every_finding(dataclasses.replace(script, runs=tuple(runs))):
        assert not finding.recognised
        assert "one value throughout" in finding.found


def test_shuffling_that_changes_nothing_is_told(samples: dict[str, Script]) -> None:
    first, second = samples["task2"].runs
    copied = tuple(
        dataclasses.replace(s, raw=other.raw)
        for s, other in zip(second.series, first.series, strict=True)
    )
    script = dataclasses.replace(
        samples["task2"], runs=(first, dataclasses.replace(second, series=copied))
    )
    assert "measured the same" in recognition.shuffling(script).found


def test_one_lambda_left_out_of_the_graph_is_named(draw: Draw) -> None:
    def draws(plt: Any, runs: Any) -> None:
        for run in runs[1:4]:
            curve(plt, run, "validation", "accuracy", f"lambda {run.l2_reg_lambda}")
        plt.legend()

    finding = recognition.accuracy_by_lambda(draw("task3", draws))
    assert finding.found.endswith("but the validation accuracy for lambda 0.001 is missing")


def test_lambdas_with_each_others_labels_are_seen(draw: Draw) -> None:
    def draws(plt: Any, runs: Any) -> None:
        for run, name in zip(runs[1:], ("0.001", "0.01", "0.1", "1.0"), strict=True):
            curve(plt, run, "validation", "accuracy", f"$\\lambda$={name}")
        plt.legend()

    finding = recognition.accuracy_by_lambda(draw("task3", draws))
    assert "labelled '$\\lambda$=0.001' holds the validation accuracy for lambda 1" in finding.found


@pytest.mark.parametrize("zeros", [True, False])
def test_a_lambda_that_never_reaches_the_model_is_told(
    samples: dict[str, Script], zeros: bool
) -> None:
    runs = samples["task3"].runs
    if zeros:
        runs = tuple(dataclasses.replace(run, l2_reg_lambda=0.0) for run in runs)
    else:
        runs = tuple(dataclasses.replace(run, w=runs[0].w) for run in runs)
    script = dataclasses.replace(samples["task3"], runs=runs)
    for judge in (
        recognition.weight_images,
        recognition.accuracy_by_lambda,
        recognition.norm_by_lambda,
    ):
        finding = judge(script)
        assert not finding.recognised
        if zeros:
            assert "lambda never reaches a model" in finding.found
    assert bool(protocols.lambda_deviations(script)) is zeros


@pytest.mark.parametrize(
    ("how", "norm", "name"),
    [
        ("semilogx", lambda w: np.sum(w**2), "||w||^2"),
        ("bars", lambda w: np.linalg.norm(w) ** 2, "||w||^2"),
        ("ticks", lambda w: np.linalg.norm(w), "||w||"),
        ("log10", lambda w: np.sum(w[:-1] ** 2), "||w||^2 without the bias"),
        ("single points", lambda w: np.sum(w**2), "||w||^2"),
        ("semilogx", lambda w: np.sum(w.astype(np.float32) ** 2), "||w||^2"),
        ("index", lambda w: np.sum(w**2), None),
        ("semilogx", lambda w: np.linalg.norm(w, 2), None),
        ("semilogx", lambda w: np.abs(w).sum(), None),
    ],
)
def test_norms_are_recognised_in_every_honest_way(
    draw: Draw, how: str, norm: Callable[[Any], float], name: str | None
) -> None:
    def draws(plt: Any, runs: Any) -> None:
        lambdas, lengths = [r.l2_reg_lambda for r in runs[1:]], [norm(r.w) for r in runs[1:]]
        if how == "semilogx":
            plt.semilogx(lambdas, lengths)
        elif how == "bars":
            plt.bar([str(value) for value in lambdas], lengths)
        elif how == "ticks":
            plt.plot(lengths)
            plt.xticks(range(4), [str(value) for value in lambdas])
        elif how == "log10":
            plt.plot(np.log10(lambdas), lengths, "o")
        elif how == "single points":
            for value, length in zip(lambdas, lengths, strict=True):
                plt.scatter(value, length)
        else:
            plt.plot(lengths)

    finding = recognition.norm_by_lambda(draw("task3", draws))
    assert finding.recognised is (name is not None)
    if name is not None:
        assert finding.found == f"{name} after training for each lambda"


@pytest.mark.parametrize(
    ("layout", "recognised"),
    [
        ("two rows in one image", True),
        ("with borders", True),
        ("brightened", True),
        ("one saved image each", True),
        ("transposed", False),
        ("nine digits", False),
        ("the wrong lambda", False),
    ],
)
def test_weight_images_are_found_in_every_layout(draw: Draw, layout: str, recognised: bool) -> None:
    def images(run: Any) -> list[Any]:
        return [run.w[:-1, digit].reshape(28, 28) for digit in range(10)]

    def draws(plt: Any, runs: Any) -> None:
        first, second = images(runs[0]), images(runs[2 if layout == "the wrong lambda" else 1])
        if layout == "with borders":
            first, second = ([np.pad(i, 2) for i in row] for row in (first, second))
        elif layout == "brightened":
            first = [(i - i.min()) / np.ptp(i) for i in first]
        elif layout == "transposed":
            first = [i.T for i in first]
        elif layout == "nine digits":
            second = second[:9]
        if layout == "one saved image each":
            plt.imsave("a.png", np.hstack(first))
            plt.imsave("b.png", np.hstack(second))
        elif layout == "nine digits":
            for number, image in enumerate([*first, *second]):
                plt.subplot(2, 10, number + 1)
                plt.imshow(image)
        else:
            plt.imshow(np.vstack([np.hstack(first), np.hstack(second)]))

    finding = recognition.weight_images(draw("task3", draws))
    assert finding.recognised is recognised
    if layout == "nine digits":
        assert "9 of the 10 digits for lambda 1" in finding.found


def series_of(count: int, every: int = 1) -> Series:
    values = np.random.RandomState(count).uniform(0.1, 0.9, count)
    return Series(0, "train", "loss", every * np.arange(float(count)), values, values)


def shown_as(x: Any, y: Any, series: Series) -> tuple[str, str] | None:
    line = Line("plot", np.asarray(x, float), np.asarray(y, float), None, None, False)
    match = matching.identify(line, [series_of(7), series])
    return None if match is None else (match.how, match.against)


@pytest.mark.parametrize("n", [2, 10, 13])
def test_means_over_blocks_and_windows_are_the_same_history(n: int) -> None:
    series = series_of(40)
    count = 40 // n
    blocks = series.values[: count * n].reshape(count, n).mean(axis=1)
    starts = np.arange(count) * n
    for x in (starts, starts + n // 2, starts + (n - 1) / 2):
        assert shown_as(x, blocks, series) == (f"averaged over {n} steps", "steps")
    window = np.convolve(series.values, np.full(n, 1 / n), "valid")
    assert shown_as(np.arange(n - 1, 40), window, series) == (
        f"a running mean over {n} steps",
        "steps",
    )
    same = np.convolve(series.values, np.full(n, 1 / n), "same")
    assert shown_as(np.arange(40), same, series) == (f"a running mean over {n} steps", "steps")


def test_percentages_and_every_kth_value_are_the_same_history() -> None:
    series = series_of(40, every=6)
    assert shown_as(series.steps, 100 * series.values, series) == ("in per cent", "steps")
    assert shown_as(series.steps[::4], series.values[::4], series) == (
        "some of its values",
        "steps",
    )


def test_what_the_x_axis_counts_is_told() -> None:
    series = series_of(40, every=6)
    assert shown_as(series.steps, series.values, series) == ("", "steps")
    assert shown_as(np.arange(40), series.values, series) == ("", "index")
    assert shown_as(series.steps / 31, series.values, series) == ("", "other")


def test_values_that_were_never_measured_are_no_history() -> None:
    series = series_of(40)
    assert shown_as(series.steps, series.values + 1e-7, series) is None
    assert shown_as(series.steps, series.values[::-1], series) is None
    assert shown_as(series.steps[:3], series.values[:3], series) is None
    assert shown_as([], [], series) is None


def test_deviations_from_the_protocol_are_named(samples: dict[str, Script]) -> None:
    script = samples["task2"]
    assert protocols.deviations(script, protocols.BINARY) == []
    assert protocols.deviations(samples["task3"], protocols.SOFTMAX) == []
    assert protocols.lambda_deviations(samples["task3"]) == []
    changed = tuple(
        dataclasses.replace(run, learning_rate=0.1, batch_size=32.0, shuffle=False)
        for run in script.runs
    )
    found = protocols.deviations(dataclasses.replace(script, runs=changed), protocols.BINARY)
    assert [str(each) for each in found] == [
        "`learning_rate` is 0.1, but should be 0.05",
        "`batch_size` is 32, but should be 128",
        "no model is trained with shuffling, but should be at least one that is",
    ]


def test_settings_that_a_submission_does_not_tell_are_no_deviation(
    samples: dict[str, Script],
) -> None:
    silent = tuple(
        dataclasses.replace(run, learning_rate=None, batch_size=None, shuffle=None)
        for run in samples["task2"].runs
    )
    script = dataclasses.replace(samples["task2"], runs=silent)
    assert protocols.deviations(script, protocols.BINARY) == []


def test_the_other_editions_lambdas_are_the_assignments_too(samples: dict[str, Script]) -> None:
    runs = tuple(
        dataclasses.replace(run, l2_reg_lambda=2 * (run.l2_reg_lambda or 0.0))
        for run in samples["task3"].runs
    )
    script = dataclasses.replace(samples["task3"], runs=runs)
    assert recognition.lambdas_used(script) == ((2, 0.2, 0.02, 0.002), None)
    assert math.isclose(runs[4].l2_reg_lambda or 0, 0.002)
