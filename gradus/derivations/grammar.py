"""Tokens of either notation into equations, by recursive descent with a bound on depth.

equation   = [expression] "=" expression { "=" expression } [ "," | "for" condition ]
expression = term { ("+" | "-") term }
term       = factor { ["*" | "/"] factor }        a missing sign is a product
factor     = ["-"] primary [ "^" factor ]
"""

from __future__ import annotations

from collections.abc import Sequence
from fractions import Fraction

from gradus.derivations.expressions import (
    FUNCTIONS,
    MINUS_ONE,
    Add,
    Delta,
    Deriv,
    Equation,
    Expr,
    Func,
    Mul,
    NotUnderstood,
    Num,
    Pow,
    Sum,
    Sym,
    Transpose,
    free_letters,
    inverse,
    negative,
)
from gradus.derivations.tokens import SAMPLE, Token, shown

MAX_DEPTH = 40
_CONDITIONS = ("for", "if", "when")


def equations(
    tokens: Sequence[Token], before: Equation | None, applied: frozenset[str] = frozenset()
) -> list[Equation]:
    """The equations of one line: `a = b = c` are two, with `a` on the left of both.

    A line that begins with `=` continues the equation `before` it. `applied` are names that may
    be written as functions of other names, as in `f(x)`, and mean the same without. Raises
    NotUnderstood.
    """
    return _Parser(tokens, applied).line(before)


class _Parser:
    def __init__(self, tokens: Sequence[Token], applied: frozenset[str]) -> None:
        self._tokens = tokens
        self._applied = applied
        self._position = 0
        self._depth = 0
        self._open_norms = 0

    # Tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._position]

    def _ahead(self, steps: int) -> Token:
        return self._tokens[min(self._position + steps, len(self._tokens) - 1)]

    def _take(self) -> Token:
        token = self._next
        if token.kind != "end":
            self._position += 1
        return token

    def _is(self, *signs: str) -> bool:
        return self._next.kind == "sign" and self._next.text in signs

    def _is_word(self, *words: str) -> bool:
        return _is_plain(self._next) and self._next.text in words

    def _expect(self, sign: str, after: str) -> None:
        if not self._is(sign):
            raise NotUnderstood(f"{_named(self._next)} stands where `{sign}` should, after {after}")
        self._take()

    # Lines

    def line(self, before: Equation | None) -> list[Equation]:
        while self._is(","):
            self._take()
        continues = self._is("=")
        if continues and before is None:
            raise NotUnderstood("the line begins with `=`, but no line before it has a left side")
        left = before.left if continues and before is not None else self._expression()
        sides = []
        while self._is("="):
            self._take()
            sides.append(self._expression())
        if not sides:
            at = "" if self._next.kind == "end" else f" before {_named(self._next)}"
            raise NotUnderstood(f"there is no `=`{at}")
        letters = set[str]().union(*map(free_letters, (left, *sides)))
        unequal, equal = self._conditions(letters)
        if continues and before is not None and not unequal and not equal:
            unequal, equal = before.unequal, before.equal
        found = [Equation(left, side, unequal, equal) for side in sides]
        if self._next.kind == "end":
            return found
        if self._tokens[self._position - 1].text != ",":
            raise NotUnderstood(f"{_named(self._next)} is not understood where it stands")
        return found + self.line(None)

    def _conditions(
        self, letters: set[str]
    ) -> tuple[tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]:
        """Pairs of letters that differ, and that are the same, behind an equation."""
        unequal: list[tuple[str, str]] = []
        equal: list[tuple[str, str]] = []
        while self._is(",") or self._is_word(*_CONDITIONS):
            said = self._take().text != ","
            if self._next.kind == "end" or self._is(",") or self._is_word(*_CONDITIONS):
                continue
            opened = 1 if self._is("(") else 0
            first, sign, second = (self._ahead(opened + i) for i in range(3))
            speaks = first.text in letters and second.text in letters
            if not said and not (speaks and sign.text in ("=", "!=")):
                break  # another equation follows the comma
            self._position += opened
            pair, sign = [self._letter()], self._take()
            if sign.text not in ("=", "!="):
                raise NotUnderstood(f"{_named(sign)} stands where `=` or `!=` should")
            pair.append(self._letter())
            (equal if sign.text == "=" else unequal).append((pair[0], pair[1]))
            if opened:
                self._expect(")", "a condition")
        return tuple(unequal), tuple(equal)

    def _letter(self) -> str:
        token = self._take()
        if not _is_plain(token) or len(token.text.rstrip("'")) != 1:
            raise NotUnderstood(f"{_named(token)} should be the letter of an index, such as `k`")
        return token.text

    # Expressions

    def _expression(self) -> Expr:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotUnderstood(f"the line is nested more than {MAX_DEPTH} deep")
        terms = [self._term(self._sign())]
        while self._is("+", "-"):
            terms.append(self._term(self._sign()))
        self._depth -= 1
        return terms[0] if len(terms) == 1 else Add(tuple(terms))

    def _sign(self) -> bool:
        """Whether the signs that stand here make what follows negative."""
        minus = False
        while self._is("+", "-"):
            minus ^= self._take().text == "-"
        return minus

    def _term(self, minus: bool) -> Expr:
        factors: list[Expr] = [MINUS_ONE] if minus else []
        factors.append(self._factor())
        while True:
            if self._is("*", "/"):
                divided = self._take().text == "/"
                if self._sign():
                    factors.append(MINUS_ONE)
                factor = self._factor()
                factors.append(inverse(factor) if divided else factor)
            elif self._begins_factor():
                factors.append(self._factor())
            else:
                return factors[0] if len(factors) == 1 else Mul(tuple(factors))

    def _begins_factor(self) -> bool:
        if self._next.kind == "number":
            return True
        if self._next.kind == "name":
            return not self._is_word(*_CONDITIONS)
        return self._is("(", "frac", "sum") or (self._is("||") and self._open_norms == 0)

    def _factor(self) -> Expr:
        self._depth += 1
        if self._depth > MAX_DEPTH:
            raise NotUnderstood(f"the line is nested more than {MAX_DEPTH} deep")
        base = self._primary()
        while self._is("^"):
            self._take()
            base = self._raised(base)
        self._depth -= 1
        return base

    def _raised(self, base: Expr) -> Expr:
        inner = self._ahead(1) if self._is("(") else self._next
        closed = not self._is("(") or self._ahead(2).text == ")"
        if closed and _is_plain(inner) and inner.text in ("T", SAMPLE):
            is_label = inner.text == SAMPLE
            if is_label and not (isinstance(base, Sym) and base.sample is None):
                raise NotUnderstood(f"`^{SAMPLE}` names a sample, and stands behind a symbol only")
            for _ in range(3 if self._is("(") else 1):
                self._take()
            if is_label and isinstance(base, Sym):
                if base.name in self._applied:
                    self._skip_arguments()
                return Sym(base.name, base.indices, SAMPLE)
            return Transpose(base)
        exponent = negative(self._factor()) if self._sign() else self._factor()
        if base == Sym("e"):
            return Func("exp", exponent)
        return Pow(base, exponent)

    def _primary(self) -> Expr:
        token = self._take()
        if token.kind == "number":
            return Num(Fraction(token.text))
        if token.kind == "name":
            return self._named(token)
        match token.text:
            case "(":
                inner = self._expression()
                self._expect(")", "an opened bracket")
                return inner
            case "||":
                self._open_norms += 1
                inner = self._expression()
                self._expect("||", "an opened norm")
                self._open_norms -= 1
                return Func("norm", inner)
            case "frac":
                return self._fraction()
            case "sum":
                return _summed(self._term(minus=False), token.indices, token.without)
        raise NotUnderstood(f"{_named(token)} stands where a number, a name or `(` should")

    def _named(self, token: Token) -> Expr:
        word, plain = token.text, _is_plain(token)
        if plain and word == "d":
            return self._derivative()
        if word[0] == "d" and len(word) > 1 and word != "delta":
            start = self._position
            of = self._differential(token)
            if self._is("/") and self._is_differential(1):
                self._take()
                return Deriv(of, self._by())
            self._position = start
        if word == "delta":
            return self._delta(token)
        if word == "nabla" and len(token.indices) == 1:
            return Deriv(self._factor(), Sym(token.indices[0]))
        if plain and word == "sum":
            return self._sum()
        if plain and word == "sigma" and self._is("("):
            word = "sigmoid"
        if plain and word in FUNCTIONS:
            # Without brackets a function takes the one factor that follows it.
            return Func(word, self._factor())
        if word in self._applied:
            self._skip_arguments()
        return Sym(word, token.indices, token.sample)

    def _skip_arguments(self) -> None:
        """`(x)` or `(w, x^n)` behind the name of a function: names alone."""
        end = 0
        while self._ahead(end).text in ("(", ",") and self._ahead(end + 1).kind == "name":
            end += 2
            if self._ahead(end).text == "^" and self._ahead(end + 1).text == SAMPLE:
                end += 2
        if self._is("(") and end and self._ahead(end).text == ")":
            self._position += end + 1

    def _delta(self, token: Token) -> Expr:
        letters = token.indices
        if not letters:
            self._expect("(", "`delta`")
            first = self._letter()
            self._expect(",", "the first index of `delta`")
            letters = (first, self._letter())
            self._expect(")", "the second index of `delta`")
        if len(letters) != 2:
            raise NotUnderstood("`delta` needs two indices, as in `delta_kl`")
        return Delta(*letters)

    def _sum(self) -> Expr:
        self._expect("(", "`sum`")
        body = self._expression()
        if not self._is_word("for"):
            raise NotUnderstood("a sum names its index, as in `sum(y_k for k)`")
        self._take()
        letters, without = [self._letter()], []
        while self._is(","):
            self._take()
            letters.append(self._letter())
        if self._is_word("if"):
            self._take()
            if self._letter() != letters[-1]:
                raise NotUnderstood("a condition begins with the index of its sum, as in `l != k`")
        while self._is("!="):
            self._take()
            without.append(self._letter())
        self._expect(")", "the index of a sum")
        return _summed(body, tuple(letters), tuple(without))

    # Derivatives

    def _is_differential(self, ahead: int) -> bool:
        token = self._ahead(ahead)
        return token.kind == "name" and token.text[0] == "d" and token.text != "delta"

    def _derivative(self) -> Expr:
        """What follows a `d`: d(of)/d(by), or d of/d by."""
        of = self._primary()
        while self._is("^"):
            self._take()
            of = self._raised(of)
        if not self._is("/") or not self._is_differential(1):
            raise NotUnderstood("`d(...)` should be followed by `/d(...)`, as in `d(C)/d(w)`")
        self._take()
        return Deriv(of, self._by())

    def _by(self) -> Sym:
        if self._is_word("d"):
            self._take()
            by = self._factor()
        elif self._is_differential(0):
            by = self._differential(self._take())
        else:
            raise NotUnderstood(f"{_named(self._next)} stands where `d(...)` should")
        if not isinstance(by, Sym):
            raise NotUnderstood("what is derived by should be a symbol, as in `d(C)/d(w)`")
        return by

    def _differential(self, token: Token) -> Sym:
        """The symbol of a name such as `dyhat`."""
        symbol = Sym(token.text[1:], token.indices, token.sample)
        if symbol.sample is None and self._is("^") and self._ahead(1).text == SAMPLE:
            self._position += 2
            symbol = Sym(symbol.name, symbol.indices, SAMPLE)
        if symbol.name in self._applied:
            self._skip_arguments()
        return symbol

    def _fraction(self) -> Expr:
        self._expect("(", "a fraction")
        if self._is_differential(0) and self._denominator_is_differential():
            return self._fraction_of_differentials()
        numerator = self._expression()
        self._expect(")", "a numerator")
        self._expect("(", "a numerator")
        denominator = self._expression()
        self._expect(")", "a denominator")
        return Mul((numerator, inverse(denominator)))

    def _denominator_is_differential(self) -> bool:
        depth, ahead = 1, 0
        while depth and self._ahead(ahead).kind != "end":
            depth += {"(": 1, ")": -1}.get(self._ahead(ahead).text, 0)
            ahead += 1
        return self._is_differential(ahead + 1)

    def _fraction_of_differentials(self) -> Expr:
        token = self._take()
        of: Expr | None = None
        if token.text != "d":
            of = self._differential(token)
        elif not self._is(")"):
            of = self._expression()
        self._expect(")", "a numerator")
        self._expect("(", "a numerator")
        by = self._by()
        self._expect(")", "a denominator")
        # Without anything above the line it acts on the product that follows.
        return Deriv(self._term(minus=False) if of is None else of, by)


def _summed(body: Expr, letters: tuple[str, ...], without: tuple[str, ...]) -> Expr:
    for letter in reversed(letters):
        body = Sum(letter, body, without)
        without = ()
    return body


def _is_plain(token: Token) -> bool:
    return token.kind == "name" and not token.indices and token.sample is None


def _named(token: Token) -> str:
    return "the end of the line" if token.kind == "end" else shown(token.text)
