"""Why a law fails: which named mistake explains it, else what the result has in common with the
right one, else that nothing known fits.

Nothing of this runs while laws hold. After the first failure in a piece its answers on fixed cases
are compared with every mistake's, as compiled into a table; a mistake is named only where it
explains all of them. A wrong name is worse than none. The mistakes' programs have no part in this:
a student, who has none, is told what the staff is told.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from types import ModuleType
from typing import Any

from gradus import residuals
from gradus.answers import Observation, fingerprint, raised
from gradus.catalogue import Catalogue, FaultLike, Probe, compile_catalogue, digest_of
from gradus.course import Course, CourseError, DiagnosisRules, Said
from gradus.expect import NotWritten, Violation
from gradus.law import Law
from gradus.results import Diagnosis
from gradus.worker.failures import Place, StudentError, WorkerFailure

Error = Violation | StudentError | WorkerFailure


class Diagnoser:
    """Diagnoses one submission's failing laws, at most once for each piece."""

    def __init__(self, course: Course, subject: Any, oracle: Any, faults: bool = True) -> None:
        self._course = course
        self._subject = subject
        self._oracle = oracle
        self._with_faults = faults
        self._done: set[str] = set()

    def __call__(self, law: Law, case: Any, error: Error) -> tuple[Diagnosis, ...]:
        """What explains that the law failed on this case with this error; nothing if unscored."""
        rules = self._course.settings.diagnosis
        if rules is None or law.kind != "scored" or law.piece in self._done:
            return ()
        self._done.add(law.piece)
        if isinstance(error, WorkerFailure):
            return tuple(self._raised(rules, law, error.kind, error.message, _place(error)))
        if isinstance(error, StudentError):
            told = tuple(self._raised(rules, law, error.type, error.message, _place(error)))
            if told or error.kind != "raised" or error.type == "NotImplementedError":
                return told
        probe = self._probes.PROBES.get(law.piece)
        if probe is None:
            return ()
        kept = self._subject.trace
        try:
            found = self._explained(rules, law, probe)
        except WorkerFailure:
            found = ()
        finally:
            self._subject.trace = kept
        if isinstance(error, NotWritten):
            return tuple(each for each in found if each.kind == "mistake")
        if found or isinstance(error, StudentError):
            return found
        return tuple(self._text(rules, law.piece, "unknown", "unknown"))

    @cached_property
    def catalogue(self) -> Catalogue:
        """What mistakes answer: as compiled, else worked out from their programs, else empty."""
        rules = self._course.settings.diagnosis
        if rules is None or not self._with_faults:
            return Catalogue()
        if rules.table is not None and self._course.path(rules.table).is_file():
            return Catalogue.load(self._course.path(rules.table))
        return compiled(self._course, self._oracle)

    @property
    def _probes(self) -> ModuleType:
        rules = self._course.settings.diagnosis
        assert rules is not None
        return self._course.module(rules.probes)

    def _explained(self, rules: DiagnosisRules, law: Law, probe: Probe) -> tuple[Diagnosis, ...]:
        visible = list(self._probes.visible(self._subject, law.piece))
        overwritten = [each for each in visible if each[0] == "overwritten"]
        if overwritten:
            return tuple(self._visible(rules, law.piece, overwritten[:1]))
        world = self._probes.World(self._subject)
        cases = probe.fixed()
        observed = [observe(probe, world, each) for each in cases]
        named = self._named(law.piece, probe, cases, observed)
        if named:
            sentences = self.catalogue.sentences
            return tuple(
                Diagnosis(fault=id, says=sentences[id][0], fix=sentences[id][1]) for id in named
            )
        if visible:
            return tuple(self._visible(rules, law.piece, visible[:1]))
        hint = residuals.hint(rules, probe, world, cases, observed)
        if hint is not None:
            name, said = hint
            return (
                Diagnosis(fault=f"{law.piece}.{name}", says=said.says, fix=said.fix, kind="hint"),
            )
        if probe.second_look is not None:
            try:
                looked = probe.second_look(world)
            except (StudentError, Violation):
                looked = None
            if looked is not None:
                return tuple(self._text(rules, law.piece, looked, "hint"))
        return ()

    def _named(
        self,
        piece: str,
        probe: Probe,
        cases: tuple[Any, ...],
        observed: list[Observation],
    ) -> tuple[str, ...] | None:
        digest = digest_of(cases)

        def known(seen: list[Observation]) -> tuple[str, ...] | None:
            for view in (lambda seen: seen, *probe.views):
                prints = [
                    fingerprint(view(each), probe.slack(case))
                    for each, case in zip(seen, cases, strict=True)
                ]
                named = self.catalogue.named(piece, prints, digest)
                if named is not None:
                    return named
            return None

        named = known(observed)
        for fault, without in probe.undone if named is None else ():
            rest = [seen for seen in map(without, observed) if seen is not None]
            beneath = known(rest) if len(rest) == len(observed) else None
            if beneath is not None and fault in self.catalogue.sentences:
                return (fault, *beneath)
        return named

    def _raised(
        self, rules: DiagnosisRules, law: Law, type: str, message: str, place: str
    ) -> Iterator[Diagnosis]:
        """What an exception or an end of this type with this message usually means."""
        for each in rules.raised:
            said = each.said_of(type, message, place)
            if said is not None:
                yield Diagnosis(
                    fault=f"{law.piece}.raised",
                    says=said.says,
                    fix=said.fix,
                    kind="hint",
                    numpy=each.numpy,
                )
                return

    def _visible(
        self, rules: DiagnosisRules, piece: str, seen: list[tuple[str, str, int]]
    ) -> Iterator[Diagnosis]:
        for what, file, line in seen:
            for each in self._text(rules, piece, what, "mistake"):
                place = f"{file}, line {line}"
                yield each.model_copy(
                    update={
                        "says": each.says.replace("{place}", place),
                        "fix": each.fix.replace("{place}", place),
                    }
                )

    def _text(self, rules: DiagnosisRules, piece: str, name: str, kind: str) -> Iterator[Diagnosis]:
        said: Said | None = rules.texts.get(name)
        if said is not None:
            yield Diagnosis.model_validate(
                {"fault": f"{piece}.{name}", "says": said.says, "fix": said.fix, "kind": kind}
            )


def _place(error: StudentError | WorkerFailure) -> str:
    """Where it happened, in words; an import that failed has its place in its details."""
    details = error.details if isinstance(error, StudentError) else {}
    file = error.file or details.get("file")
    line = error.line if error.file else details.get("line")
    return str(Place(file, line)) if file else "your files"


def observe(probe: Probe, world: Any, case: Any) -> Observation:
    """What a world answers on a case; an exception is an answer."""
    try:
        return probe.observe(world, case)
    except StudentError as error:
        return raised(error)


def faults_of(course: Course) -> tuple[FaultLike, ...]:
    """The course's named mistakes, none where it has no programs of them (a handout)."""
    rules = course.settings.diagnosis
    if rules is None or rules.faults is None or not course.path(rules.faults).is_file():
        return ()
    found: tuple[FaultLike, ...] = course.module(rules.faults).FAULTS
    return found


def compiled(course: Course, oracle: Any) -> Catalogue:
    """The catalogue, worked out anew from the mistakes' programs."""
    rules = course.settings.diagnosis
    if rules is None:
        raise CourseError("course.toml has no [diagnosis], so there are no mistakes to compile")
    probes, faults = course.module(rules.probes), faults_of(course)
    injection = course.optional(rules.injection)
    if injection is None or not faults:
        return Catalogue()
    return compile_catalogue(
        faults,
        {piece: _observing(probe) for piece, probe in probes.PROBES.items()},
        lambda piece, program: injection.bare_worlds(oracle, piece, program),
    )


def table_path(course: Course) -> Path | None:
    """Where the compiled catalogue is kept."""
    rules = course.settings.diagnosis
    return course.path(rules.table) if rules is not None and rules.table else None


def _observing(probe: Probe) -> Probe:
    """The probe with exceptions as answers."""
    return replace(probe, observe=lambda world, case: observe(probe, world, case))
