"""Times and memory of a check, beside the gradient check that such an assignment hands out.

Run as `tox -e bench`. Machines differ and are shared, so what counts are ratios within one run: the
two are timed in turn, several rounds, and medians are compared.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path

from rich.console import Console
from rich.table import Table

ROOT = Path(__file__).resolve().parents[2]
CHECK = [sys.executable, "-m", "gradus", "check", "student"]
PER_WEIGHT = [sys.executable, "-m", "tests.benchmarks.per_weight"]
MEMORY = [sys.executable, "-m", "tests.benchmarks.memory"]
CONFINEMENT = [sys.executable, "-m", "tests.benchmarks.confinement"]
COHORT_PAGE = [sys.executable, "-m", "tests.benchmarks.cohort_page"]
SAVES = [sys.executable, "-m", "tests.benchmarks.saves"]
WHOLE_RUNS = [sys.executable, "-m", "tests.benchmarks.whole_runs"]


def seconds(command: list[str]) -> float:
    """Wall time of a whole process, in seconds; raises where it fails."""
    started = time.perf_counter()
    subprocess.run(command, cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=5, help="rounds of each command")
    rounds = parser.parse_args().rounds
    seconds(CHECK)  # fills the byte code caches
    timed = [(seconds(CHECK), seconds(PER_WEIGHT)) for _ in range(rounds)]
    checks, per_weights = zip(*timed, strict=True)
    ratios = [check / per_weight for check, per_weight in timed]
    whole = json.loads(subprocess.run(WHOLE_RUNS, cwd=ROOT, check=True, capture_output=True).stdout)
    peaks = json.loads(subprocess.run(MEMORY, cwd=ROOT, check=True, capture_output=True).stdout)

    table = Table("what", "median", "smallest", "largest", title=f"{rounds} rounds, in turn")
    for name, values, form in (
        ("gradus check student, s", checks, "{:.2f}"),
        ("per-weight gradient check, s", per_weights, "{:.2f}"),
        ("ratio", ratios, "{:.3f}"),
    ):
        figures = statistics.median(values), min(values), max(values)
        table.add_row(name, *(form.format(figure) for figure in figures))
    for name, figure in whole.items():
        form = "{:.3f}" if "/" in name else "{:.1f}"
        table.add_row(f"CPU s, {name}", form.format(figure), "", "")
    cost = json.loads(subprocess.run(CONFINEMENT, cwd=ROOT, check=True, capture_output=True).stdout)
    for name, figures in cost["figures"].items():  # with the ends of 95 % intervals
        table.add_row(f"confinement, {name}", *(f"{figure:.2f}" for figure in figures))
    page = json.loads(subprocess.run(COHORT_PAGE, cwd=ROOT, check=True, capture_output=True).stdout)
    for name in ("written", "opened", "sorted"):
        table.add_row(f"page of 1 000 submissions, {name}, s", f"{page[name]:.2f}", "", "")
    saves = json.loads(subprocess.run(SAVES, cwd=ROOT, check=True, capture_output=True).stdout)
    for name, values in saves.items():
        figures = statistics.median(values), min(values), max(values)
        table.add_row(name, *(f"{figure:.2f}" for figure in figures))
    table.add_row("grader, peak MiB", f"{peaks['grader'] / 2**20:.0f}", "", "")
    table.add_row("worker, peak MiB", f"{peaks['worker'] / 2**20:.0f}", "", "")
    console = Console(width=90)
    console.print(table)
    console.print(f"Confinement: {cost['says']}", markup=False, highlight=False)


if __name__ == "__main__":
    main()
