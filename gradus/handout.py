"""The repository that students get: the engine, the course without its solution, unfinished files.

What is handed out and what is not stands in course.toml under [handout]. Before the folder comes
into being it is searched for what the solution says (`gradus.leaks`): a course that would give
itself away is not handed out.
"""

from __future__ import annotations

import ast
import os
import shutil
import tempfile
import textwrap
from collections.abc import Iterator
from fnmatch import fnmatch
from pathlib import Path

from gradus import leaks
from gradus.course import COURSE_FILE, Course, Cut, HandoutRules, Unfinished
from gradus.errors import GradusError

ENGINE = Path(__file__).resolve().parent
SKIPPED = frozenset({"__pycache__"})
MOST_LEAKS_TOLD = 5
HINT_WIDTH = 92


class HandoutError(GradusError):
    """The course cannot be handed out as it is, or not to there; one sentence says why."""


def build(course: Course, folder: Path) -> tuple[str, ...]:
    """Build the handout of a course in `folder`; returns the files in it, sorted.

    The folder comes into being whole or not at all, and the same course gives the same files.
    Raises HandoutError where the folder is not empty, where the course says of itself that it is
    none to hand out, and where what would be handed out says what its solution says.
    """
    rules = _rules(course)
    folder = folder.resolve()
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise HandoutError(f"{folder} is not empty; name a folder that is empty or not there yet")
    left_out = _left_out(course, rules)
    files = _files(course, rules, left_out)
    files |= unfinished_files(course)
    files |= _templates(course, rules)
    folder.parent.mkdir(parents=True, exist_ok=True)
    work = Path(tempfile.mkdtemp(prefix=f".{folder.name}-", dir=folder.parent))
    try:
        for name, content in files.items():
            (work / name).parent.mkdir(parents=True, exist_ok=True)
            (work / name).write_bytes(content)
        _refuse_leaks(secrets(course).in_folder(work))
        work.chmod(0o755)
        if folder.exists():
            folder.rmdir()
        os.replace(work, folder)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    return tuple(sorted(files))


def _refuse_leaks(found: list[leaks.Leak]) -> None:
    if found:
        more = len(found) - MOST_LEAKS_TOLD
        told = "\n".join(f"  {leak}" for leak in found[:MOST_LEAKS_TOLD])
        rest = f"\n  and {more} more" if more > 0 else ""
        raise HandoutError(
            "this handout would give the solution away, so it was not built; leave the file out, "
            f"or say it in another way:\n{told}{rest}"
        )


def secrets(course: Course) -> leaks.Secrets:
    """What the handout of a course may not say.

    The function bodies of the solution, and those of the sample that students write; but for what
    the assignment states itself, and for what is handed out in a body's place.
    """
    rules = _rules(course)
    found = leaks.Secrets()
    for part in rules.secret:
        for path in sorted(course.path(part).rglob("*.py")):
            name = path.relative_to(course.root).as_posix()
            found.add(leaks.of_functions(path.read_text("utf-8")), name)
    for file, text in _sample(course, rules):
        name = f"{rules.sample}/{file}"
        own = [each.function for each in rules.unfinished if each.file == file]
        found.add(leaks.of_functions(text, own), name)
        for cut in (each for each in rules.cut if each.file == file):
            first, last = _lines_of(cut, text)
            lines = text.splitlines()[first:last]
            found.add(leaks.of_functions(textwrap.dedent("\n".join(lines))), name)
    for part in rules.stated:
        found.free(leaks.of_module(course.path(part).read_text("utf-8")))
    files = unfinished_files(course)
    for unfinished in rules.unfinished:
        if unfinished.body is not None:
            text = files[f"{rules.sample}/{unfinished.file}"].decode()
            found.free(leaks.of_functions(text, [unfinished.function]))
    return found


def unfinished_files(course: Course) -> dict[str, bytes]:
    """The sample's Python files without what students write, by their place in the handout.

    Raises HandoutError where course.toml names a function or a line that the sample does not have.
    """
    rules = _rules(course)
    files = dict(_sample(course, rules))
    named_files = {each.file for each in rules.unfinished} | {each.file for each in rules.cut}
    for named in sorted(named_files - set(files)):
        raise HandoutError(f"[handout] names {named}, which {rules.sample}/ does not have")
    for cut in rules.cut:
        files[cut.file] = _without(cut, files[cut.file])
    for unfinished in rules.unfinished:
        files[unfinished.file] = _unfinish(unfinished, files[unfinished.file])
    for file, text in files.items():
        try:
            compile(text, file, "exec", dont_inherit=True)
        except SyntaxError as error:
            raise HandoutError(
                f"{file} would be no Python at line {error.lineno} ({error.msg}); mend what "
                "[handout] puts there"
            ) from None
    return {f"{rules.sample}/{file}": text.encode() for file, text in files.items()}


def _rules(course: Course) -> HandoutRules:
    """What course.toml says of the handout; HandoutError where the solution is not here."""
    rules = course.settings.handout
    if rules is None:
        raise HandoutError("course.toml has no [handout], so nothing says what students get")
    missing = [part for part in rules.secret if not course.path(part).is_dir()]
    if missing:
        raise HandoutError(
            f"this course has no {missing[0]}/: a handout is built where the solution is, not from "
            "a handout"
        )
    return rules


def _left_out(course: Course, rules: HandoutRules) -> tuple[str, ...]:
    """The patterns of files that stay with the staff; each has to fit a file that is there."""
    names = [path.relative_to(course.root).as_posix() for path in _below(_checks(course))]
    for pattern in rules.leave_out:
        if not any(fnmatch(name, pattern) for name in names):
            raise HandoutError(
                f"[handout] leaves out {pattern}, which fits no file; correct the name, lest the "
                "file be handed out under its new one"
            )
    return rules.leave_out


def _files(course: Course, rules: HandoutRules, left_out: tuple[str, ...]) -> dict[str, bytes]:
    """The engine, the course's checks, and what else [handout] names."""
    files = {}
    for path in _below(ENGINE):
        files[f"{ENGINE.name}/{path.relative_to(ENGINE).as_posix()}"] = path.read_bytes()
    templates = course.path(rules.templates) if rules.templates is not None else None
    for path in _below(_checks(course)):
        name = path.relative_to(course.root).as_posix()
        is_template = templates is not None and path.is_relative_to(templates)
        if not is_template and not any(fnmatch(name, pattern) for pattern in left_out):
            files[name] = path.read_bytes()
    for name in rules.also:
        if not course.path(name).is_file():
            raise HandoutError(f"[handout] names {name}, which is not there")
        files[name] = course.path(name).read_bytes()
    return files


def _checks(course: Course) -> Path:
    return course.path(COURSE_FILE.parent.as_posix())


def _below(folder: Path) -> Iterator[Path]:
    """The files of a folder, without hidden ones and what Python compiled."""
    for path in sorted(folder.rglob("*")):
        parts = path.relative_to(folder).parts
        hidden = any(part in SKIPPED or part.startswith(".") for part in parts)
        if path.is_file() and not path.is_symlink() and not hidden:
            yield path


def _templates(course: Course, rules: HandoutRules) -> dict[str, bytes]:
    """Files that students alone get, by their place in the handout; hidden ones too."""
    if rules.templates is None:
        return {}
    folder = course.path(rules.templates)
    if not folder.is_dir():
        raise HandoutError(f"[handout] names {rules.templates}/, which is not there")
    paths = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


def _sample(course: Course, rules: HandoutRules) -> Iterator[tuple[str, str]]:
    """The sample's Python files: their names within it, and their text."""
    folder = course.path(rules.sample)
    for path in _below(folder):
        if path.suffix == ".py":
            yield path.relative_to(folder).as_posix(), path.read_text("utf-8")


def _unfinish(unfinished: Unfinished, text: str) -> str:
    """A file whose function has its signature and docstring, and another body."""
    found = dict(leaks.functions(ast.parse(text))).get(unfinished.function)
    if found is None:
        raise HandoutError(
            f"[handout] names {unfinished.function}, which {unfinished.file} does not define"
        )
    first = found.body[0]
    documented = ast.get_docstring(found) is not None
    kept = int(first.end_lineno or 0) if documented else first.lineno - 1
    if kept < found.lineno or first.lineno == found.lineno:
        raise HandoutError(
            f"{unfinished.function} in {unfinished.file} has its body beside its signature; give "
            "it lines of its own"
        )
    indent = " " * first.col_offset
    lines = text.splitlines(keepends=True)
    body = textwrap.indent(_body(unfinished), indent)
    return "".join([*lines[:kept], body, *lines[found.end_lineno :]])


def _body(unfinished: Unfinished) -> str:
    """What stands in a body's place: what the course hands out, else a hint and an exception."""
    hint = "".join(f"# {line}\n" for line in textwrap.wrap(unfinished.hint, HINT_WIDTH))
    if unfinished.body is not None:
        return hint + textwrap.dedent(unfinished.body).strip("\n") + "\n"
    return hint + f'raise NotImplementedError("{unfinished.function} is not written yet")\n'


def _without(cut: Cut, text: str) -> str:
    """A file with other lines in place of some."""
    first, last = _lines_of(cut, text)
    lines = text.splitlines(keepends=True)
    return "".join([*lines[:first], cut.instead, *lines[last:]])


def _lines_of(cut: Cut, text: str) -> tuple[int, int]:
    """The first line that a cut removes, from 0, and the one after the last."""
    lines = text.splitlines()
    places = []
    for line in (cut.begins, cut.ends):
        if lines.count(line) != 1:
            raise HandoutError(
                f"[handout] cuts {cut.file} at {line!r}, which stands there {lines.count(line)} "
                "times, but should once"
            )
        places.append(lines.index(line))
    if places[0] >= places[1]:
        raise HandoutError(f"[handout] cuts {cut.file} from {cut.begins!r} backwards")
    return places[0], places[1]
