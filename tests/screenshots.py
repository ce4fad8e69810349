"""Makes the pictures of a report in docs/ anew: `python -m tests.screenshots`.

The report is a real one, of the sample with a few common mistakes put in, on the embedded digits.
"""

from __future__ import annotations

import io
import tempfile
from pathlib import Path
from typing import Any

from PIL import Image

from gradus.course import Course
from gradus.grading import Settings, grade
from gradus.intake import Submission
from gradus.reports import html
from tests.browser import Browser, executable
from tests.submissions import ROOT
from tests.zoo.variants import Replace, Variant, build

DOCS = ROOT / "docs"
WIDTH, HEIGHT = 860, 900
MARGIN = 20
COLOURS = 128
GROUP = Variant(
    "group-07",
    "The sample with a few common mistakes.",
    (
        Replace("task2a.py", "(targets - outputs) / X.shape[0]", "(targets - outputs)"),
        Replace("trainer.py", "patience = 10", "patience = 20"),
        Replace(
            "task3a.py", "exp_z.sum(axis=1, keepdims=True)", "exp_z.sum(axis=0, keepdims=True)"
        ),
    ),
    loses=("2a.backward", "2d.stopping", "3a.forward"),
    because="each is a mistake of its own",
)


def report(folder: Path) -> Path:
    """The page of the group's report, made in a folder."""
    course = Course(ROOT)
    submission = Submission(GROUP.id, build(GROUP, folder / GROUP.id))
    result, _ = grade(course, submission, course.small_dataset(), Settings())
    page = folder / "report.html"
    page.write_text(html.render(result), "utf-8")
    return page


def top(page: Any) -> bytes:
    """From the name down to the end of the marks."""
    return _clipped(page, "header", "section:has(table.marks)")


def explained(page: Any) -> bytes:
    """A task of which a law does not hold, down to the end of the explanation."""
    return _clipped(page, "#task-2a", "#task-2a article")


def _clipped(page: Any, first: str, last: str) -> bytes:
    above, below = (page.locator(place).first.bounding_box() for place in (first, last))
    start = max(above["y"] - MARGIN, 0)
    end = below["y"] + below["height"] + MARGIN
    clip = {"x": 0, "y": start, "width": WIDTH, "height": end - start}
    return page.screenshot(clip=clip, full_page=True)


def save(shot: bytes, path: Path) -> None:
    """Write a picture with as few colours as it needs."""
    picture = Image.open(io.BytesIO(shot)).convert("RGB")
    picture.quantize(COLOURS, dither=Image.Dither.NONE).save(path, optimize=True)
    print(f"{path.relative_to(ROOT)}: {picture.size[0]} x {picture.size[1]}")


def main() -> None:
    found = executable()
    if found is None:
        raise SystemExit("no Chromium on this system; install `chromium`")
    browser = Browser(found)
    size = {"width": WIDTH, "height": HEIGHT}
    with tempfile.TemporaryDirectory() as folder:
        page = report(Path(folder).resolve())
        light = browser.on(page, top, viewport=size, color_scheme="light")
        dark = browser.on(page, explained, viewport=size, color_scheme="dark")
    browser.close()
    save(light, DOCS / "report-marks.png")
    save(dark, DOCS / "report-law.png")


if __name__ == "__main__":
    main()
