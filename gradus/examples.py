"""Examples of every command, as its help shows them: what to type, and what it is for."""

from __future__ import annotations

from collections.abc import Mapping

EXAMPLES: Mapping[str, tuple[tuple[str, str], ...]] = {
    "check": (
        ("gradus check", "every law, once"),
        ("gradus check --task 2a", "one task, in a second"),
        ("gradus check --task 2a --watch", "again whenever a file is saved, until Ctrl-C"),
        ("gradus check ../mine", "the submission in another folder"),
    ),
    "grade": (
        ("gradus grade student", "one submission, into report/"),
        ("gradus grade submissions.zip --out graded --jobs 2", "many, with a gradebook"),
        ("gradus grade student --full", "with the submission's own training, for figures"),
        ("gradus grade student --fail-under 2.5", "exit status 1 below 2.5 points earned"),
    ),
    "data": (
        ("gradus data", "which data set is used, fetched if it can be"),
        ("gradus data digits", "the one that comes with the course"),
    ),
    "calibrate": (
        ("gradus calibrate auto --jobs 2", "after a change of the solution or the data"),
    ),
    "faults": (("gradus faults --write docs/faults.md", "after a change of laws or mistakes"),),
    "diff": (("gradus diff report-monday report", "what moved since Monday"),),
    "gradebook": (
        ("gradus gradebook graded", "graded/gradebook.csv, from what is there"),
        (
            "gradus gradebook graded --fill grades.csv --roster roster.csv",
            "a download of Canvas or Blackboard, filled in",
        ),
    ),
    "handout": (("gradus handout ../assignment1", "the repository that students get"),),
    "claims": (
        ("gradus claims report.pdf --out student/answers.toml", "a draft, to be confirmed"),
        ("gradus claims", "all that can be claimed"),
    ),
    "gradescope": (("gradus gradescope autograder.zip", "what Gradescope's form takes"),),
}


def epilog(command: str) -> str:
    """The examples of one command, a line each, as Typer's Rich mode takes them."""
    lines = [f"[bold]{typed}[/]  [dim]{purpose}[/]" for typed, purpose in EXAMPLES[command]]
    return "\n\n".join([f"Example{'s' if len(lines) > 1 else ''}:", *lines])
