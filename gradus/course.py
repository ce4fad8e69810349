"""What a course provides, and where: `checks/course.toml`, read once.

The engine knows an assignment only through this file: every part is named by path, loaded when it
is first needed, and may be missing (a handout has no reference and no calibration).
"""

from __future__ import annotations

import ast
import importlib
import re
import sys
import tomllib
from collections.abc import Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, Protocol

from pydantic import BaseModel, ConfigDict, ValidationError

from gradus.errors import GradusError

COURSE_FILE = Path("checks") / "course.toml"


class CourseError(GradusError):
    """The course folder is not usable as it is: a harness fault, never the student's."""


class Dataset(Protocol):
    """What the engine asks of a course's data set: what it is called, and its arrays by name."""

    @property
    def name(self) -> str: ...

    @property
    def source(self) -> str: ...

    @property
    def sha256(self) -> str: ...

    @property
    def arrays(self) -> Mapping[str, Any]: ...


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Parts(_Strict):
    laws: str
    rubric: str
    adapter: str
    subject: str
    oracles: tuple[str, ...]
    datasets: str | None = None
    calibration: str | None = None
    answers: str | None = None
    full: str | None = None
    figures: str | None = None
    claims: str | None = None
    languages: str | None = None


class Refused(_Strict):
    """A folder with the file `has` and without the file `lacks` is refused, with one sentence."""

    has: str
    lacks: str | None = None
    because: str


class Edition(_Strict):
    """The first edition whose `file` defines the function `defines` is the submission's."""

    id: str
    file: str | None = None
    defines: str | None = None


class SubmissionRules(_Strict):
    """What a submission looks like.

    files: by task, where the code that its laws judge stands; while files are watched, a save in
        one of them has that task checked first.
    """

    markers: tuple[str, ...]
    modules: tuple[str, ...]
    files: dict[str, tuple[str, ...]] = {}
    refused: tuple[Refused, ...] = ()
    edition: tuple[Edition, ...] = ()


class Said(_Strict):
    """What a student is told: one sentence on what was probably done, one on what to do."""

    says: str
    fix: str


class Ratio(Said):
    """A result that is everywhere `value` times what it should be, as in "1/N".

    A product or quotient of numbers, N (rows of the batch) and K (columns).
    """

    value: str


class Place(Said):
    """A result that is wrong in one place alone: along `axis`, at `index` or anywhere."""

    axis: int
    index: int | None = None


class RaisedText(Said):
    """An exception of this type whose message matches; {0}, {1} are the pattern's groups.

    `numpy`: the versions under which it comes up, where NumPy alone decides that, as in ">=2.0".
    """

    type: str
    message: str
    numpy: str | None = None

    def said_of(self, type: str, message: str, place: str) -> Said | None:
        """What to tell of an exception of this type at this place; None where it is another.

        An import that failed has its own type, and the cause's in its message.
        """
        matched = re.search(self.message, message)
        if matched is None or not (self.type == type or f"{self.type}:" in message):
            return None
        groups = [group or "" for group in matched.groups()]
        return Said(
            says=self.says.format(*groups, place=place), fix=self.fix.format(*groups, place=place)
        )


class Moved(_Strict):
    """A named mistake that code with other NumPy versions does not have, and what changed there."""

    fault: str
    numpy: str
    says: str


class DiagnosisRules(_Strict):
    """Where the named mistakes are, and what else is told where none of them fits.

    faults: their programs; injection: what runs these in a submission's place and puts them into
    its source. A handout has neither, but the `table` that they were compiled into.
    `texts` are sentences by name: of what is visible in the source, of residuals without a number,
    and of a second look. Their {place} is a file and line, {ratio} a number. `never_alone` gives
    laws that no named mistake needs, each with the reason why it stays; `seen` says where mistakes
    were counted.
    """

    probes: str
    faults: str | None = None
    injection: str | None = None
    table: str | None = None
    ratio: tuple[Ratio, ...] = ()
    place: tuple[Place, ...] = ()
    raised: tuple[RaisedText, ...] = ()
    moved: tuple[Moved, ...] = ()
    never_alone: dict[str, str] = {}
    seen: str | None = None
    texts: dict[str, Said] = {}


class Unfinished(_Strict):
    """A function that students write: `file` of the sample, and its dotted name there.

    Its body in the handout is `body`, where the course gives one, else an exception; above it
    stands `hint` as a comment.
    """

    file: str
    function: str
    hint: str = ""
    body: str | None = None


class Cut(_Strict):
    """Lines of a file of the sample, from `begins` up to `ends`, that become `instead`."""

    file: str
    begins: str
    ends: str
    instead: str = ""


class HandoutRules(_Strict):
    """What students get of a course: its checks and the engine, but not the files it leaves out.

    sample: the folder whose files become unfinished. secret: folders of the solution, of which no
    statement may be handed out. stated: files of what the assignment itself states, which is no
    secret. leave_out: patterns of files in checks/ that stay with the staff. templates: a folder of
    files that only students get. also: further files.
    """

    sample: str = "student"
    secret: tuple[str, ...] = ()
    stated: tuple[str, ...] = ()
    leave_out: tuple[str, ...] = ()
    templates: str | None = None
    also: tuple[str, ...] = ()
    unfinished: tuple[Unfinished, ...] = ()
    cut: tuple[Cut, ...] = ()


class CourseFile(_Strict):
    name: str
    parts: Parts
    submission: SubmissionRules
    diagnosis: DiagnosisRules | None = None
    handout: HandoutRules | None = None


class Course:
    """One course folder: its settings, and its parts as modules."""

    def __init__(self, root: Path) -> None:
        self.root = root.resolve()
        path = self.root / COURSE_FILE
        try:
            self.settings = CourseFile.model_validate(tomllib.loads(path.read_text("utf-8")))
        except FileNotFoundError:
            raise CourseError(
                f"{root} holds no {COURSE_FILE.as_posix()}; run inside a course folder or name one "
                "with --course"
            ) from None
        except (tomllib.TOMLDecodeError, ValidationError) as error:
            raise CourseError(f"{COURSE_FILE.as_posix()} cannot be read: {error}") from None

    @classmethod
    def nearest(cls, start: Path) -> Course:
        """The course of the nearest folder, upwards from `start`, that holds one."""
        for folder in (start.resolve(), *start.resolve().parents):
            if (folder / COURSE_FILE).is_file():
                return cls(folder)
        raise CourseError(
            f"no {COURSE_FILE.as_posix()} in {start} or above it; run inside a course folder or "
            "name one with --course"
        )

    def path(self, part: str) -> Path:
        return self.root / part

    def folders(self) -> tuple[Path, ...]:
        """The folders, at the top of the course, that hold what decides marks; some may be absent.

        They are those of the course file and of every part that it names.
        """
        named = [COURSE_FILE.as_posix()]
        for value in self.settings.parts.model_dump().values():
            named += [value] if isinstance(value, str) else value or []
        if (rules := self.settings.diagnosis) is not None:
            named += [part for part in (rules.probes, rules.faults, rules.table) if part]
        return tuple(self.root / top for top in sorted({Path(part).parts[0] for part in named}))

    def module(self, part: str) -> ModuleType:
        """The part at this path as a module, imported with the course's folder on the path.

        Raises CourseError where the file is missing or another course's module has its name.
        """
        path = self.path(part)
        if not path.is_file():
            raise CourseError(f"this course has no {part}")
        root = str(self.root)
        if root not in sys.path:
            sys.path.insert(0, root)
        name = ".".join(Path(part).with_suffix("").parts)
        module = importlib.import_module(name)
        if Path(str(module.__file__)).resolve() != path.resolve():
            raise CourseError(
                f"the module {name} was already loaded from {module.__file__}; one process can "
                f"hold one course, so start another for {self.root}"
            )
        return module

    def optional(self, part: str | None) -> ModuleType | None:
        """The part as a module where this course names one and has it, else None."""
        return self.module(part) if part is not None and self.path(part).is_file() else None

    @property
    def languages(self) -> Path | None:
        """The folder of the course's sentences in other languages, where it names one."""
        part = self.settings.parts.languages
        return self.path(part) if part is not None else None

    def answer_forms(self) -> dict[str, Any]:
        """The forms of the adapter's answers by operation; none where the course states none."""
        part = self.settings.parts.answers
        return dict(self.module(part).FORMS) if part is not None else {}

    def operations_called(self) -> dict[str, str]:
        """What a student calls each of the adapter's operations; none where the course says none.

        Each is a text with {arguments} of the operation.
        """
        part = self.settings.parts.answers
        return dict(getattr(self.module(part), "CALLED", {})) if part is not None else {}

    def dataset(self, choice: str) -> Dataset | None:
        """A whole data set, or None for a course without any.

        Raises CourseError where it cannot be had as chosen.
        """
        if self.settings.parts.datasets is None:
            if choice == "auto":
                return None
            raise CourseError(f"this course has no data set, so none called {choice!r}")
        datasets = self.module(self.settings.parts.datasets)
        try:
            found: Dataset = datasets.load(choice)
        except datasets.DatasetError as error:
            raise CourseError(str(error)) from error
        return found

    def restored_dataset(
        self, name: str, source: str, sha256: str, arrays: Mapping[str, Any]
    ) -> Dataset:
        """A data set that was taken apart, made whole by the course's own class."""
        assert self.settings.parts.datasets is not None
        datasets = self.module(self.settings.parts.datasets)
        whole: Dataset = datasets.Dataset(name, source, sha256, **arrays)
        return whole

    def small_dataset(self) -> Dataset | None:
        """As much of a data set as a check needs, there at once; None for a course without any."""
        part = self.settings.parts.datasets
        small: Dataset | None = self.module(part).small() if part is not None else None
        return small

    def rows_for_submission(self, dataset: Dataset) -> dict[str, Any]:
        """The arrays, by name, that a submission's own code meets when it asks for its data."""
        part = self.settings.parts.datasets
        return dict(self.module(part).rows_for_submission(dataset)) if part is not None else {}

    def oracle(self, wanted: str | None = None) -> ModuleType:
        """The module that answers "what should it be?": the first that is there, or by stem."""
        for part in self.settings.parts.oracles:
            if self.path(part).is_file() and wanted in (None, Path(part).stem):
                return self.module(part)
        raise CourseError(
            f"this course has no oracle {wanted or ''}; course.toml names "
            f"{', '.join(self.settings.parts.oracles)}"
        )

    def edition_of(self, folder: Path) -> str:
        """Which edition of the assignment a submission follows, read off its source."""
        for edition in self.settings.submission.edition:
            if edition.file is None or edition.defines in _functions(folder / edition.file):
                return edition.id
        return "unknown"

    def refusal_of(self, folder: Path) -> str | None:
        """Why this folder cannot be graded by this course at all, or None."""
        for rule in self.settings.submission.refused:
            lacks = rule.lacks is None or not (folder / rule.lacks).is_file()
            if (folder / rule.has).is_file() and lacks:
                return rule.because
        return None


def _functions(path: Path) -> set[str]:
    try:
        tree = ast.parse(path.read_bytes())
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return set()
    return {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
