"""From a save to the verdict on its task, while `check --watch` runs, beside a check started anew.

Prints a JSON object of lists of seconds: several saves, and one check started anew.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import IO

ROOT = Path(__file__).resolve().parents[2]
CHECK = [sys.executable, "-m", "gradus", "check"]
SAVES = 7
SHOWN = "points earned"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="gradus-saves-") as folder:
        submission = Path(folder) / "mine"
        shutil.copytree(ROOT / "student", submission)
        arguments = [str(submission), "--task", "2a"]
        began = time.perf_counter()
        subprocess.run([*CHECK, *arguments], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        anew = time.perf_counter() - began
        watching = subprocess.Popen(
            [*CHECK, "--watch", *arguments], cwd=ROOT, stdout=subprocess.PIPE, encoding="utf-8"
        )
        try:
            assert watching.stdout is not None
            wait_for_screen(watching.stdout)
            saves = []
            for number in range(SAVES):
                time.sleep(0.5)  # a student does not save at once either
                with (submission / "task2a.py").open("a", encoding="utf-8") as file:
                    file.write(f"# {number}\n")
                began = time.perf_counter()
                wait_for_screen(watching.stdout)
                saves.append(time.perf_counter() - began)
        finally:
            watching.kill()
            watching.wait()
    print(json.dumps({"from a save to its verdict, s": saves, "one task anew, s": [anew]}))


def wait_for_screen(lines: IO[str]) -> None:
    for line in lines:
        if SHOWN in line:
            return
    raise SystemExit("the watching process has ended")


if __name__ == "__main__":
    main()
