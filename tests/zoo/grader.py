"""Grades submissions with the course in the folder it is run in, one after the other.

Run by path with that folder alone on the path, so that engine and course are the folder's own: one
process holds one course. Each line read is a request {"id", "folder", "tasks"}, each line written
the result as JSON, or {"fault": traceback}.

With the argument "full" it grades as `gradus grade --full` does, replays and the submission's own
trainings included, on another data set than `gradus check` uses: a part of the embedded digits, on
which two trainings go through one epoch each.
"""

from __future__ import annotations

import json
import os
import sys
import traceback
from pathlib import Path
from typing import Any

from gradus.course import Course
from gradus.grading import Settings, grade
from gradus.intake import Submission


def shortened() -> Any:
    """A reduced data set, on which whole runs are few and short."""
    from checks import full
    from tests.whole_runs import reduced_digits

    every = full.plans
    full.plans = lambda lambdas: tuple(
        plan for plan in every(lambdas) if plan.id in ("binary-shuffled", "softmax-0.1")
    )
    full.NUM_EPOCHS = 1
    full.CPU_SECONDS = dict.fromkeys(full.CPU_SECONDS, 3.0)
    return reduced_digits()


def main() -> None:
    # What anything else prints must not stand among the answers.
    with open(os.dup(sys.stdout.fileno()), "w", encoding="utf-8") as answers:
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
        course = Course(Path.cwd())
        full = sys.argv[1:] == ["full"]
        dataset = shortened() if full else course.small_dataset()
        for line in sys.stdin:
            wanted = json.loads(line)
            tasks = wanted["tasks"]
            settings = Settings(
                tasks=None if tasks is None else tuple(tasks), long=full, full=full, jobs=1
            )
            submission = Submission(wanted["id"], Path(wanted["folder"]))
            try:
                result, _ = grade(course, submission, dataset, settings)
                answer = json.dumps(json.loads(result.to_json()))
            except Exception:
                answer = json.dumps({"fault": traceback.format_exc()})
            print(answer, file=answers, flush=True)


if __name__ == "__main__":
    main()
