"""Runs every block of commands of every page, page by page, and fails where one is not run.

Each page has a fresh folder; its blocks are run there in their order, as a reader would. What would
download is replaced (`stand_in`), and a proxy that nobody answers keeps the rest from the network.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from tests.docs import stand_in
from tests.docs.blocks import Block, blocks_of
from tests.docs.pages import PAGES, Page, unknown_pages
from tests.submissions import ROOT

NOBODY = "http://127.0.0.1:9"
SECONDS = 600


def main() -> int:
    passed = 0
    failed = [
        f"{path} has blocks, but tests/docs/pages.py does not say where they are run"
        for path in unknown_pages()
    ]
    with tempfile.TemporaryDirectory(prefix="gradus-docs-") as folder:
        work = Path(folder).resolve()
        stand_in.install(work / "bin")
        for number, page in enumerate(PAGES):
            place = work / f"page{number}" / "here"
            place.parent.mkdir()
            blocks = blocks_of((ROOT / page.path).read_text("utf-8"))
            page.prepare(place)
            for block in filter(lambda block: block.should_be_run, blocks):
                problem = problem_of(page, block, place, work)
                passed += problem is None
                if problem is not None:
                    failed.append(f"{page.path}, line {block.line}: {problem}")
                    break
    for sentence in failed:
        print(sentence, file=sys.stderr)
    print(f"{passed} passed, {len(failed)} failed")
    return 1 if failed or not passed else 0


def problem_of(page: Page, block: Block, place: Path, work: Path) -> str | None:
    """Run a block; what went wrong, or None."""
    if not block.is_run:
        return f"a block of commands that does not begin with ```sh:\n{block.code}"
    began = time.monotonic()
    run = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", block.code],
        cwd=place,
        env=environment(work, place),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=SECONDS,
        check=False,
    )
    print(f"{page.path}, line {block.line}: {time.monotonic() - began:.1f} s", flush=True)
    if run.returncode == 0:
        return None
    return f"status {run.returncode}\n{block.code}{run.stdout[-2000:]}{run.stderr[-2000:]}"


def environment(work: Path, place: Path) -> dict[str, str]:
    """This one, with the stand-ins before all other programs and without a network."""
    kept = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "CI")}
    kept.pop("GRADUS_MNIST", None)
    proxies = dict.fromkeys(("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY"), NOBODY)
    path = os.pathsep.join([str(work / "bin"), kept.get("PATH", os.defpath)])
    return {
        **kept,
        **proxies,
        "PATH": path,
        "XDG_CACHE_HOME": str(work / "cache"),
        "PYTHONDONTWRITEBYTECODE": "1",
        "MPLBACKEND": "Agg",
        "GRADUS_DOCS_ENGINE": str(place),
    }


if __name__ == "__main__":
    sys.exit(main())
