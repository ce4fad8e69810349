"""What each named mistake answers on fixed cases: compiled once, compared with a submission.

The compiled table holds fingerprints and two sentences for each mistake and no code, so it can be
handed out; a submission is diagnosed by it alike with and without the mistakes' programs.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import numpy as np

from gradus.answers import Array, Fingerprint, Observation, agree, fingerprint
from gradus.draws import draw
from gradus.law import Cases

FIXED_SEED = 1
MOST_FIXED_CASES = 7


class FaultLike(Protocol):
    """What the engine asks of a course's named mistake; see the course's own declaration."""

    id: str
    says: str
    fix: str
    programs: tuple[Callable[..., Any], ...]
    after: Callable[[Array, int, int], Array] | None

    @property
    def piece(self) -> str: ...


@dataclass(frozen=True)
class Probe:
    """How a piece is looked at.

    observe(world, case): what a piece answers on a case, by name; `world` is the submission, or a
        mistake's program in its place.
    truth(world, case): what `main`, one of these, should be.
    size(case): N and K.
    changes: the entries that a mistake after another one changes.
    views: what else an observation may be taken for: the same in another accepted convention.
    undone: mistakes that hide any other of the piece, each with what was seen without it, or None
        where that is not this mistake.
    weights(case): the weights of a case, where a multiple of them can be what is left over.
    second_look(world): names a text for a failure that no mistake explains; None, or a Violation,
        where there is none.
    more_cases: that tell mistakes apart where those of the laws do not.
    slack(case): by how much more than usual an honest answer may be off.
    """

    cases: Cases
    observe: Callable[[Any, Any], Observation]
    truth: Callable[[Any, Any], Array] | None = None
    main: str = ""
    size: Callable[[Any], tuple[int, int]] = lambda case: (1, 1)
    changes: tuple[str, ...] = ()
    views: tuple[Callable[[Observation], Observation], ...] = ()
    undone: tuple[tuple[str, Callable[[Observation], Observation | None]], ...] = ()
    weights: Callable[[Any], Array] | None = None
    second_look: Callable[[Any], str | None] | None = None
    more_cases: tuple[Any, ...] = ()
    slack: Callable[[Any], float] = lambda case: 0.0

    def fixed(self) -> tuple[Any, ...]:
        """The cases on which mistakes are compared: the known killers, then some of every size."""
        return (*fixed_cases(self.cases), *self.more_cases)


def fixed_cases(cases: Cases) -> tuple[Any, ...]:
    """The same few cases on every machine, whatever seed a run has."""
    drawn = draw(cases, FIXED_SEED)[: -len(cases.large) or None]
    always = drawn[: len(cases.always)][:3]
    # Hypothesis begins with its simplest cases; the later ones tell mistakes apart.
    return (*always, *drawn[::-1][: MOST_FIXED_CASES - len(always)])


@dataclass(frozen=True)
class Row:
    """What one mistake, or two at once, answer on the fixed cases of a piece."""

    faults: tuple[str, ...]
    kinds: tuple[str, ...]
    numbers: tuple[Array, ...]

    def explains(self, observed: Iterable[Fingerprint]) -> bool:
        pairs = zip(observed, self.kinds, self.numbers, strict=True)
        return all(agree(seen, kind, numbers) for seen, kind, numbers in pairs)


@dataclass(frozen=True)
class Catalogue:
    """Rows by piece, in the order in which they are named; sentences by mistake.

    digests: of each piece's fixed cases, since a prediction for other cases means nothing.
    """

    rows: Mapping[str, tuple[Row, ...]] = field(default_factory=dict)
    sentences: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    digests: Mapping[str, str] = field(default_factory=dict)

    def named(self, piece: str, observed: list[Fingerprint], digest: str) -> tuple[str, ...] | None:
        """The first mistake that explains all of this, or two together, or None."""
        if self.digests.get(piece) != digest:
            return None
        for row in self.rows.get(piece, ()):
            if row.explains(observed):
                return row.faults
        return None

    def save(self, path: Path) -> None:
        """As an .npz without pickles; the same catalogue gives the same arrays."""
        arrays: dict[str, Array] = {
            "faults": np.array(list(self.sentences)),
            "says": np.array([says for says, _ in self.sentences.values()]),
            "fix": np.array([fix for _, fix in self.sentences.values()]),
            "pieces": np.array(list(self.rows)),
        }
        for piece, rows in self.rows.items():
            width = max(len(numbers) for row in rows for numbers in row.numbers)
            arrays[f"{piece}/faults"] = np.array(["+".join(row.faults) for row in rows])
            kinds, places = np.unique([row.kinds for row in rows], return_inverse=True)
            arrays[f"{piece}/kinds"] = kinds
            arrays[f"{piece}/kind"] = places.reshape(len(rows), -1).astype(np.uint8)
            arrays[f"{piece}/numbers"] = np.array(
                [[np.pad(n, (0, width - len(n))) for n in row.numbers] for row in rows]
            )
            arrays[f"{piece}/length"] = np.array(
                [[len(n) for n in row.numbers] for row in rows], dtype=np.uint8
            )
            arrays[f"{piece}/digest"] = np.array(self.digests[piece])
        np.savez_compressed(path, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Catalogue:
        """Read what `save` wrote."""
        with np.load(path, allow_pickle=False) as file:
            table = dict(file)
        rows, digests = {}, {}
        for piece in table["pieces"].tolist():
            kinds, kind = table[f"{piece}/kinds"], table[f"{piece}/kind"]
            numbers, length = table[f"{piece}/numbers"], table[f"{piece}/length"]
            rows[piece] = tuple(
                Row(
                    tuple(str(faults).split("+")),
                    tuple(str(kinds[place]) for place in kind[i]),
                    tuple(n[:size] for n, size in zip(numbers[i], length[i], strict=True)),
                )
                for i, faults in enumerate(table[f"{piece}/faults"])
            )
            digests[piece] = str(table[f"{piece}/digest"])
        sentences = {
            str(id): (str(says), str(fix))
            for id, says, fix in zip(table["faults"], table["says"], table["fix"], strict=True)
        }
        return cls(rows, sentences, digests)


def compile_catalogue(
    faults: Iterable[FaultLike],
    probes: Mapping[str, Probe],
    world: Callable[[str, Callable[..., Any]], Iterable[Any]],
) -> Catalogue:
    """Run every mistake on the fixed cases of its piece: singles first, then two at once.

    world(piece, program): the program as something a probe can observe, once for each convention
        in which it answers differently.
    """
    faults = list(faults)
    rows: dict[str, tuple[Row, ...]] = {}
    digests: dict[str, str] = {}
    for piece, probe in probes.items():
        own = [fault for fault in faults if fault.piece == piece]
        cases = probe.fixed()
        answers: list[tuple[str, list[Observation]]] = []
        for number in range(max((len(fault.programs) for fault in own), default=0)):
            for fault in own:
                for each in (
                    world(piece, fault.programs[number]) if number < len(fault.programs) else ()
                ):
                    answers.append((fault.id, [probe.observe(each, case) for case in cases]))
        found = [_row((id,), observed) for id, observed in answers]
        right: list[Array] = []
        if own and probe.truth is not None:
            any_world = next(iter(world(piece, own[0].programs[0])))
            right = [probe.truth(any_world, case) for case in cases]
        found += _pairs(own, answers, probe, cases, right)
        if found:
            rows[piece], digests[piece] = tuple(found), digest_of(cases)
    return Catalogue(rows, {f.id: (f.says, f.fix) for f in faults}, digests)


def digest_of(cases: Iterable[Any]) -> str:
    """Of every array and number in these cases, in their order."""
    digest = hashlib.sha256()
    for case in cases:
        for name, value in sorted(vars(case).items()):
            if isinstance(value, np.ndarray):
                digest.update(f"{name} {value.shape} {value.dtype}".encode())
                digest.update(np.ascontiguousarray(value).tobytes())
            elif isinstance(value, (int, float, tuple)):
                digest.update(f"{name} {value!r}".encode())
    return digest.hexdigest()[:16]


def _pairs(
    own: list[FaultLike],
    answers: list[tuple[str, list[Observation]]],
    probe: Probe,
    cases: tuple[Any, ...],
    right: list[Array],
) -> list[Row]:
    """Each mistake with each that can come after it, where both together can be computed."""
    firsts: dict[str, list[Observation]] = {}
    for id, observed in answers:
        firsts.setdefault(id, observed)
    found = []
    for second in own:
        for id, observed in firsts.items():
            if second.after is None or second.id == id:
                continue
            changed = [
                _changed(second, each, probe, case)
                for each, case in zip(observed, cases, strict=True)
            ]
            told = [each[probe.main] for each in changed if each is not None]
            if len(told) == len(cases) and not _constant(told) and not _equal(told, right):
                both = tuple(sorted((id, second.id)))
                found.append(_row(both, [each for each in changed if each is not None]))
    return found


def _equal(answers: list[Any], right: list[Array]) -> bool:
    """Whether two mistakes make up for one another, as dividing by N and not dividing do."""
    return bool(right) and all(
        np.shape(answer) == np.shape(should) and np.allclose(answer, should, rtol=1e-9, atol=1e-12)
        for answer, should in zip(answers, right, strict=True)
    )


def _constant(answers: list[Any]) -> bool:
    """Whether every case has the same answer: any placeholder gives that, so it names nothing."""
    first = np.asarray(answers[0])
    return first.size == 1 and all(np.array_equal(first, np.asarray(each)) for each in answers)


def _changed(second: FaultLike, seen: Observation, probe: Probe, case: Any) -> Observation | None:
    assert second.after is not None
    N, K = probe.size(case)
    changed = dict(seen)
    for name in probe.changes:
        value = changed.get(name)
        if not isinstance(value, (np.ndarray, float, int, np.generic)):
            return None
        try:
            changed[name] = second.after(np.asarray(value, dtype=np.float64), N, K)
        except (ValueError, IndexError):
            return None
    return changed


def _row(faults: tuple[str, ...], observed: list[Observation]) -> Row:
    prints = [fingerprint(each) for each in observed]
    return Row(faults, tuple(p.kind for p in prints), tuple(p.numbers for p in prints))
