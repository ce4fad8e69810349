r"""Lines of LaTeX, as they stand in a report, into the tokens of the notation.

pylatexenc reads the LaTeX into nodes; here the nodes become tokens. What only sets type (`&`,
`\left`, `\quad`, `\label{...}`) is left out, what is words (`\text{...}`) ends an equation, and a
macro that is not known is refused by its name. No macro is ever expanded, so that none can define
another or grow.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pylatexenc.latexwalker import (
    LatexCharsNode,
    LatexCommentNode,
    LatexGroupNode,
    LatexMacroNode,
    LatexSpecialsNode,
    LatexWalker,
    LatexWalkerError,
)

from gradus.derivations.expressions import NotUnderstood
from gradus.derivations.tokens import MAX_TOKENS, SAMPLE, Token, letters_of, name, shown, unknown

MAX_BRACES = 25
_ENVIRONMENT = re.compile(r"\\(?:begin|end)\s*\{[A-Za-z]{1,20}\*?\}(?:\{\d\})?|\\[\[\]()](?!\d)|\$")
_TYPESETTING = re.compile(
    r"\\(?:label|tag|tag\*|eqref|ref|cite)\s*\{[^{}]*\}"
    r"|\\(?:left|right|[bB]igg?[lr]?)\s*\.|\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])"
    r"|\\\\(?:\[[^\]]{0,20}\])?\s*$|\\(?:nonumber|notag|displaystyle|limits|nolimits)(?![A-Za-z])"
)
_FOLLOWS = frozenset(
    {"implies", "Rightarrow", "Longrightarrow", "rightarrow", "iff", "Leftrightarrow", "therefore"}
)
_SUM_INDEX = re.compile(r"((?:[A-Za-z]'{0,3}(?:=[01])?,?){1,3})((?:≠[A-Za-z]'{0,3}){0,3})")
_IGNORED = frozenset({",", ";", ":", "!", " ", "quad", "qquad", "hspace", "vspace", "nobreak"})
_STYLES = frozenset(
    {"mathbf", "mathrm", "boldsymbol", "bm", "mathcal", "mathit", "mathsf", "mathbb", "vec"}
    | {"operatorname", "underline"}
)
_TEXT = frozenset(["text", "textrm", "textit", "mbox", "textbf"])
_SIGNS = {
    "cdot": "*",
    "times": "*",
    "neq": "!=",
    "ne": "!=",
    "equiv": "=",
    "coloneqq": "=",
    "triangleq": "=",
    "lbrace": "(",
    "rbrace": ")",
    "{": "(",
    "}": ")",
    "lbrack": "(",
    "rbrack": ")",
    "|": "||",
    "Vert": "||",
    "lVert": "||",
    "rVert": "||",
    "vert": "||",
}
_NAMES = {
    "ln": "ln",
    "log": "ln",
    "exp": "exp",
    "partial": "d",
    "lambda": "lambda",
    "sigma": "sigma",
    "delta": "delta",
    "theta": "theta",
    "ell": "l",
    "nabla": "nabla",
}
_TRANSPOSED = frozenset({"T", "⊤"})
_WORDS = ("exp", "log", "ln", "yhat")


@dataclass(frozen=True)
class _Item:
    """A character, a macro with its arguments, or what stands between braces."""

    kind: str
    text: str
    inner: tuple[tuple[_Item, ...], ...] = ()


def is_environment(line: str) -> bool:
    """Whether a line only begins or ends an environment."""
    return not _ENVIRONMENT.sub("", line).strip()


def tokens(line: str) -> list[Token]:
    """The tokens of one line of LaTeX. Raises NotUnderstood."""
    text = _ENVIRONMENT.sub(" ", _TYPESETTING.sub(" ", line))
    _check_braces(text)
    try:
        nodes, _, _ = LatexWalker(text, tolerant_parsing=False).get_latex_nodes()
        found = [*_Reader(tuple(_items(nodes))).read(), Token("end", "")]
    except LatexWalkerError:
        raise NotUnderstood("the line is no LaTeX: braces or arguments do not match") from None
    except RecursionError:
        raise NotUnderstood("the line is nested too deeply") from None
    if len(found) > MAX_TOKENS:
        raise NotUnderstood(f"the line has more than {MAX_TOKENS} parts; split it")
    return found


def _check_braces(text: str) -> None:
    depth = 0
    for character in text:
        depth += (character == "{") - (character == "}")
        if depth > MAX_BRACES:
            raise NotUnderstood(f"braces are nested more than {MAX_BRACES} deep")


def _items(nodes: Iterable[Any] | None) -> Iterator[_Item]:
    for node in nodes or ():
        if isinstance(node, LatexCharsNode):
            for character in node.chars:
                yield _Item("character", character)
        elif isinstance(node, LatexGroupNode):
            yield _Item("group", "", (tuple(_items(node.nodelist)),))
        elif isinstance(node, LatexMacroNode):
            arguments = node.nodeargd.argnlist if node.nodeargd else ()
            inner = tuple(_argument(one) for one in arguments if one is not None)
            yield _Item("macro", node.macroname, inner)
        elif isinstance(node, LatexSpecialsNode):
            if node.specials_chars not in ("&", "~"):
                raise NotUnderstood(f"{shown(node.specials_chars)} is not part of the notation")
        elif not isinstance(node, LatexCommentNode):
            raise NotUnderstood("an environment within a line is not part of the notation")


def _argument(node: Any) -> tuple[_Item, ...]:
    """What stands in a macro's argument, with or without braces."""
    return tuple(_items(node.nodelist if isinstance(node, LatexGroupNode) else [node]))


class _Reader:
    """Reads items from the left."""

    def __init__(self, items: tuple[_Item, ...]) -> None:
        self._items = items
        self._position = 0

    def read(self) -> Iterator[Token]:
        while self._position < len(self._items):
            yield from self._one()

    # Items

    def _peek(self) -> _Item | None:
        return self._items[self._position] if self._position < len(self._items) else None

    def _skip_spaces(self) -> None:
        while (item := self._peek()) is not None and (
            (item.kind == "character" and item.text.isspace())
            or (item.kind == "macro" and item.text in _IGNORED)
        ):
            self._position += 1

    def _argument(self) -> tuple[_Item, ...]:
        """What a script or a macro without known arguments is followed by: a group or one item."""
        self._skip_spaces()
        item = self._peek()
        if item is None:
            raise NotUnderstood("the line ends where a group should follow")
        self._position += 1
        return item.inner[0] if item.kind == "group" else (item,)

    def _one(self) -> Iterator[Token]:
        self._skip_spaces()
        item = self._peek()
        if item is None:
            return
        self._position += 1
        if item.kind == "group":
            yield Token("sign", "(")
            yield from _Reader(item.inner[0]).read()
            yield Token("sign", ")")
            yield from self._powers(self._scripts())
        elif item.kind == "macro":
            yield from self._macro(item)
        else:
            yield from self._character(item.text)

    def _character(self, character: str) -> Iterator[Token]:
        if character.isascii() and character.isdigit():
            yield self._number(character)
            yield from self._powers(self._scripts())
        elif character.isascii() and character.isalpha():
            yield from self._named(self._word(character))
        elif character in "ŷλσδ":
            yield from self._named(character)
        elif character in "+-*/=,":
            yield Token("sign", character)
        elif character in "([":
            yield Token("sign", "(")
        elif character in ")]":
            yield Token("sign", ")")
            yield from self._powers(self._scripts())
        elif character == "|":
            following = self._peek()
            if following is not None and following.text == "|":
                self._position += 1
            yield Token("sign", "||")
            yield from self._norm_powers()
        elif self._says_nothing(character):
            return
        elif not character.isascii():
            raise unknown(character)
        else:
            raise NotUnderstood(f"{shown(character)} is not understood where it stands")

    def _says_nothing(self, character: str) -> bool:
        """A colon before an equals sign, and the full stop of a sentence."""
        rest = "".join(item.text for item in self._rest()).strip()
        return (character == ":" and rest.startswith("=")) or (character in ".;" and not rest)

    def _rest(self) -> tuple[_Item, ...]:
        return self._items[self._position :]

    def _number(self, first: str) -> Token:
        digits = first
        while (item := self._peek()) is not None and item.kind == "character":
            if not (item.text.isascii() and (item.text.isdigit() or item.text == ".")):
                break
            digits += item.text
            self._position += 1
        digits = digits.rstrip(".")
        if len(digits) > 18 or digits.count(".") > 1:
            raise NotUnderstood(f"the number {shown(digits)} should have at most 18 digits")
        return Token("number", digits)

    def _word(self, first: str) -> str:
        """`ln`, `exp` and the like typed without a backslash; else the one letter."""
        rest = "".join(i.text if i.kind == "character" else " " for i in self._rest()[:3])
        for word in _WORDS:
            if (first + rest).startswith(word):
                self._position += len(word) - 1
                return word
        return first

    # Macros

    def _macro(self, item: _Item) -> Iterator[Token]:
        macro = item.text
        if macro in ("frac", "dfrac", "tfrac", "cfrac"):
            arguments = list(item.inner) or [self._argument(), self._argument()]
            if len(arguments) != 2:
                raise NotUnderstood("a fraction needs a numerator and a denominator")
            yield Token("sign", "frac")
            for argument in arguments:
                yield Token("sign", "(")
                yield from _Reader(argument).read()
                yield Token("sign", ")")
            yield from self._powers(self._scripts())
        elif macro == "sum":
            yield self._sum()
        elif macro in ("hat", "widehat"):
            inside = _text(item.inner[0] if item.inner else self._argument())
            if inside != "y":
                raise NotUnderstood(f"`\\hat` stands over {shown(inside)}, but only over `y` here")
            yield from self._named("yhat")
        elif macro in _STYLES:
            inside = _text(item.inner[0] if item.inner else self._argument())
            if not re.fullmatch(r"[A-Za-z]{1,12}", inside):
                raise NotUnderstood(f"`\\{macro}` stands over {shown(inside)}, not over a letter")
            yield from self._named(inside)
        elif macro in _TEXT or macro in _FOLLOWS:
            yield Token("sign", ",")
        elif macro == "sqrt":
            yield name("sqrt")
            yield Token("sign", "(")
            yield from _Reader(item.inner[-1] if item.inner else self._argument()).read()
            yield Token("sign", ")")
        elif macro in _NAMES:
            yield from self._named(_NAMES[macro])
        elif macro in _SIGNS:
            yield Token("sign", _SIGNS[macro])
            if _SIGNS[macro] == ")":
                yield from self._powers(self._scripts())
            elif _SIGNS[macro] == "||":
                yield from self._norm_powers()
        elif macro not in _IGNORED:
            raise NotUnderstood(f"the macro {shown(chr(92) + macro)} is not part of the notation")

    def _sum(self) -> Token:
        below, _ = self._scripts()
        text = _text(below).replace(" ", "")
        match = _SUM_INDEX.fullmatch(text)
        if match is None:
            raise NotUnderstood(
                "a sum names its index below, as in `\\sum_k` or `\\sum_{k=1}^K`, not "
                f"{shown(text)}"
            )
        without = tuple(letter for letter in match[2].split("≠") if letter)
        letters = letters_of(re.sub("=[01]", "", match[1]))
        return Token("sign", "sum", letters, None, without)

    # Names, subscripts and superscripts

    def _named(self, word: str) -> Iterator[Token]:
        below, above = self._scripts()
        if word == "delta" and not below:
            word = "d"  # written for a derivative's sign
        primes = "".join(item.text for item in above if item.text == "'")
        above = tuple(item for item in above if item.text != "'")
        text = _text(above)
        sample = SAMPLE if text in (SAMPLE, f"({SAMPLE})") else None
        subscript = _text(below).replace(" ", "")
        indices = letters_of(subscript + primes) if subscript else ()
        yield name(word if subscript else word + primes, indices, sample)
        if sample is None:
            yield from self._powers((below[:0], above))

    def _scripts(self) -> tuple[tuple[_Item, ...], tuple[_Item, ...]]:
        """The items below and above, in whichever order they were typed; primes are above."""
        below: tuple[_Item, ...] = ()
        above: tuple[_Item, ...] = ()
        while True:
            start = self._position
            self._skip_spaces()
            item = self._peek()
            if item is None or item.kind != "character" or item.text not in ("_", "^", "'"):
                self._position = start
                return below, above
            self._position += 1
            if item.text == "'":
                above = (*above, item)
            elif item.text == "_" and not below:
                below = self._argument()
            elif item.text == "^" and not _text(above).strip("'"):
                above = (*above, *self._argument())
            else:
                raise NotUnderstood(f"two {shown(item.text)} follow one another; group with braces")

    def _norm_powers(self) -> Iterator[Token]:
        """Behind a bar: the Euclidean norm may say that it is one."""
        below, above = self._scripts()
        yield from self._powers(((), above) if _text(below) in ("2", "F") else (below, above))

    def _powers(self, scripts: tuple[tuple[_Item, ...], tuple[_Item, ...]]) -> Iterator[Token]:
        below, above = scripts
        if below:
            raise NotUnderstood(f"the index {shown(_text(below))} stands behind no symbol")
        if not above:
            return
        yield Token("sign", "^")
        yield Token("sign", "(")
        if _text(above) in _TRANSPOSED:
            yield name("T")
        else:
            yield from _Reader(above).read()
        yield Token("sign", ")")


def _text(items: Iterable[_Item]) -> str:
    """The characters of a short group."""
    written = []
    for item in items:
        if item.kind == "character":
            written.append(item.text)
        elif item.kind == "group" or item.text in _STYLES:
            written.append("".join(_text(inner) for inner in item.inner))
        elif item.text in ("prime",):
            written.append("'")
        elif item.text in ("neq", "ne"):
            written.append("≠")
        elif item.text in ("top", "intercal"):
            written.append("⊤")
        elif item.text == "ell":
            written.append("l")
        elif item.text not in _IGNORED:
            written.append(f"\\{item.text}")
    return "".join(written).strip()
