"""The notation of derivations: what is read, what is refused, and that nothing else happens."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import assume, example, given, settings
from hypothesis import strategies as st

from gradus.answers_toml import TypedDerivation
from gradus.derivations import latex, normal, notation
from gradus.derivations.budget import Budget
from gradus.derivations.evaluation import evaluate
from gradus.derivations.expressions import (
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
    inverse,
    negative,
)
from gradus.derivations.grammar import equations
from gradus.derivations.indices import Context
from gradus.derivations.judging import Question, judge
from gradus.derivations.readings import Point, Quantity, Reading, Values

APPLIED = frozenset({"C", "f"})


def number(value: int) -> Num:
    return Num(Fraction(value))


def python(text: str) -> Expr:
    """The expression that is typed on the right of `a =`."""
    return equations(notation.tokens(f"a = {text}"), None, APPLIED)[0].right


def tex(text: str) -> Expr:
    return equations(latex.tokens(f"a &= {text}"), None, APPLIED)[0].right


a, b, y, z = Sym("a"), Sym("b"), Sym("y"), Sym("z")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a + b", Add((a, b))),
        ("a - b", Add((a, negative(b)))),
        ("-a*b", Mul((number(-1), a, b))),
        ("a/b*y", Mul((a, inverse(b), y))),
        ("a/(b y)", Mul((a, inverse(Mul((b, y)))))),
        ("2 lambda w", Mul((number(2), Sym("lambda"), Sym("w")))),
        ("a (1 - b)", Mul((a, Add((number(1), negative(b)))))),
        ("a^2", Pow(a, number(2))),
        ("a**2**b", Pow(a, Pow(number(2), b))),
        ("0.25 a", Mul((Num(Fraction(1, 4)), a))),
        ("w_kj", Sym("w", ("k", "j"))),
        ("z_k' + z_l''", Add((Sym("z", ("k'",)), Sym("z", ("l''",))))),
        ("x_i^n", Sym("x", ("i",), "n")),
        ("yhat_n", Sym("yhat", (), "n")),
        ("ŷ_k", Sym("yhat", ("k",))),
        ("x^T y", Mul((Transpose(Sym("x")), y))),
        ("x.T @ y", Mul((Transpose(Sym("x")), y))),
        ("ln(a)", Func("ln", a)),
        ("log a * b", Mul((Func("ln", a), b))),
        ("exp(-z)", Func("exp", negative(z))),
        ("e^(-z)", Func("exp", negative(z))),
        ("sigma(z)", Func("sigmoid", z)),
        ("||w||^2", Pow(Func("norm", Sym("w")), number(2))),
        ("C(w) f(x)", Mul((Sym("C"), Sym("f")))),
        ("f(1 - f)", Mul((Sym("f"), Add((number(1), negative(Sym("f"))))))),
        ("sum(y_k for k)", Sum("k", Sym("y", ("k",)))),
        ("sum(y_k for k if k != l)", Sum("k", Sym("y", ("k",)), ("l",))),
        ("sum(w_ij^2 for i, j)", Sum("i", Sum("j", Pow(Sym("w", ("i", "j")), number(2))))),
        ("delta_kl", Delta("k", "l")),
        ("delta(k, l')", Delta("k", "l'")),
        ("d(C)/d(w_i)", Deriv(Sym("C"), Sym("w", ("i",)))),
        ("dC/dw_i", Deriv(Sym("C"), Sym("w", ("i",)))),
        ("∂C/∂w_i", Deriv(Sym("C"), Sym("w", ("i",)))),
        ("d(a*b)/d(z) y", Mul((Deriv(Mul((a, b)), z), y))),
        ("nabla_w C", Deriv(Sym("C"), Sym("w"))),
        ("a − b·y", Add((a, Mul((number(-1), b, y))))),
        ("a  # why", a),
    ],
)  # fmt: skip
def test_the_python_like_notation_is_read(text: str, expected: Expr) -> None:
    assert python(text) == expected


@pytest.mark.parametrize(
    ("text", "same"),
    [
        (r"\frac{a}{b}", "a/b"),
        (r"\tfrac12 a", "1/2*a"),
        (r"-\left( a - b \right) \cdot y", "-(a - b)*y"),
        (r"\left[ a \right]^{2}", "a^2"),
        (r"\hat{y}_k", "yhat_k"),
        (r"\hat y^n_k", "yhat_k^n"),
        (r"\hat{y}_k^{(n)}", "yhat_k^n"),
        (r"w_{kj}", "w_kj"),
        (r"w_{k,j}^2", "w_kj^2"),
        (r"z_{k'}", "z_k'"),
        (r"\mathbf{x}^T y", "x^T*y"),
        (r"x^\top y", "x^T*y"),
        (r"\ln \hat{y}", "ln(yhat)"),
        (r"\log(1 - a) b", "ln(1 - a)*b"),
        (r"e^{-z}", "exp(-z)"),
        (r"\exp(z_k)", "exp(z_k)"),
        (r"\sum_k y_k z_k + a", "sum(y_k*z_k for k) + a"),
        (r"\sum_{k=1}^{K} y_k", "sum(y_k for k)"),
        (r"\sum_{l \neq k} y_l", "sum(y_l for l if l != k)"),
        (r"\sum_{i,j} w_{ij}", "sum(w_ij for i, j)"),
        (r"\lVert w \rVert^2", "||w||^2"),
        (r"\|w\|^2", "||w||^2"),
        (r"|w|^2", "||w||^2"),
        (r"\frac{\partial C}{\partial w_{kj}}", "d(C)/d(w_kj)"),
        (r"\frac{d C}{d w_i}", "d(C)/d(w_i)"),
        (r"\frac{\mathrm{d}C}{\mathrm{d}w}", "d(C)/d(w)"),
        (r"\frac{\partial}{\partial z} (a b) y", "d(a*b*y)/d(z)"),
        (r"\partial C / \partial z", "d(C)/d(z)"),
        (r"\nabla_w C", "nabla_w C"),
        (r"\delta_{kl} \lambda", "delta_kl*lambda"),
        (r"\sigma(z)", "sigma(z)"),
        (r"\mathcal{L} \ell", "L*l"),
        (r"a \qquad \text{by equation 1} \nonumber", "a"),
        (r"a, \label{eq:one} \tag{1}", "a"),
        (r"a. \\", "a"),
        (r"$a\,b$ % why", "a b"),
    ],
)
def test_latex_means_the_same_as_the_python_like_notation(text: str, same: str) -> None:
    assert normal.key(tex(text)) == normal.key(python(same))


def test_a_line_may_hold_several_equations_and_continue_the_one_before() -> None:
    first = equations(notation.tokens("C = a = b"), None)
    assert first == [Equation(Sym("C"), a), Equation(Sym("C"), b)]
    assert equations(notation.tokens("= y"), first[-1]) == [Equation(Sym("C"), y)]


@pytest.mark.parametrize("condition", ["for k != l", ", k != l", "if (k != l)", ", for k ≠ l"])
def test_an_equation_may_speak_of_different_indices_alone(condition: str) -> None:
    found = equations(notation.tokens(f"w_kl = b {condition}"), None)
    assert found == [Equation(Sym("w", ("k", "l")), b, (("k", "l"),))]


def test_what_follows_a_comma_may_be_another_equation() -> None:
    found = equations(notation.tokens("a = b, y = z"), None)
    assert found == [Equation(a, b), Equation(y, z)]


REFUSED = [
    ("__import__('os').system('true')", "index"),
    ("a = __import__('os')", "index"),
    ("a = x.__class__", "`.`"),
    ("a = (lambda: 0)()", "`:`"),
    ("a = [b for b in c]", "stands where"),
    ("a = open('/etc/passwd')", "is not"),
    ("a = b; c", "`;`"),
    ("a = `b`", "not part of the notation"),
    ("a = \x1b[31mb", "U+001B"),
    ("a = у", "CYRILLIC SMALL LETTER U"),
    ("a = ｘ", "FULLWIDTH LATIN SMALL LETTER X"),
    ("a = ℯ^z", "SCRIPT SMALL E"),
    ("a = ٣", "ARABIC-INDIC DIGIT THREE"),
    ("a = \u202eb", "RIGHT-TO-LEFT OVERRIDE"),
    ("a", "there is no `=`"),
    ("a = ", "the end of the line"),
    ("a = (b", "an opened bracket"),
    ("a = b)", "`)` is not understood"),
    ("a = b +* y", "stands where"),
    ("a = d(C)", "followed by `/d(...)`"),
    ("a = sum(y_k)", "a sum names its index"),
    ("a = w_ijkl", "one to three letters"),
    ("a = 9999999999", "more than nine digits"),
    ("a = " + "(" * 100 + "b" + ")" * 100, "nested more than 40 deep"),
    ("a = " + "ln " * 100 + "b", "nested more than 40 deep"),
    ("a = " + "b+" * 700 + "b", "more than 600 parts"),
    ("= b", "begins with `=`"),
]


@pytest.mark.parametrize(("line", "says"), REFUSED)
def test_anything_else_is_refused_in_one_sentence(line: str, says: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        equations(notation.tokens(line), None)
    assert says in str(refused.value)
    assert str(refused.value).isprintable()
    assert len(str(refused.value)) < 200


@pytest.mark.parametrize(
    ("line", "says"),
    [
        (r"a = \input{/etc/passwd}", r"the macro `\input`"),
        (r"\def\a{\a\a} a = \a", r"the macro `\def`"),
        (r"a = \write18{true}", r"the macro `\write`"),
        (r"a = {", "no LaTeX"),
        (r"a = b}", "no LaTeX"),
        (r"a = " + "{" * 200 + "b" + "}" * 200, "braces are nested"),
        (r"a = \frac{b}", "no LaTeX"),
        (r"a = \hat{x}", r"`\hat` stands over"),
        (r"a = b_k_l", "follow one another"),
        (r"a = (b)_k", "stands behind no symbol"),
        (r"a = \sum y", "a sum names its index below"),
        ("a = b & c ` d", "not"),
    ],
)
def test_other_latex_is_refused_in_one_sentence(line: str, says: str) -> None:
    with pytest.raises(NotUnderstood) as refused:
        equations(latex.tokens(line), None)
    assert says in str(refused.value)
    assert str(refused.value).isprintable()


PIECES = st.sampled_from(
    [
        "a",
        "y_k",
        "yhat",
        "w_kj",
        "x^T",
        "^n",
        "^",
        "*",
        "/",
        "+",
        "-",
        "=",
        "(",
        ")",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'",
        "d(",
        "/d(",
        "ln",
        "exp",
        "sum(",
        "for k",
        "if",
        "!=",
        "delta_kl",
        "||",
        "2",
        "\\frac{",
        "}{",
        "\\sum_k",
        "\\sum_{",
        "\\partial",
        "\\hat{y}",
        "\\left(",
        "\\right)",
        "&",
        "\\\\",
        "\\text{",
        "$",
        "_",
        ".",
        "0.5",
        "e^{",
        "\\nabla_w",
        "sigma(z)",
        "@",
        "#",
        "%",
        "~",
        "\x00",
        "é",
        "�",
    ]
)


@settings(max_examples=150, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(PIECES, max_size=25).map(" ".join)))
@example("\\" * 50)
@example("a = " + "\\hat" * 300)
@example("a = " + "\\sqrt[" * 300)
@example("a = " + "\\text{" * 20 + "}" * 20)
def test_readers_raise_their_own_error_alone(text: str) -> None:
    for read in (notation.tokens, latex.tokens):
        says = None
        try:
            found = equations(read(text), Equation(a, b), APPLIED)
        except NotUnderstood as refused:
            found, says = [], str(refused)
        assert found or (says and says.isprintable())


# A small question of its own: half the square of the error of yhat = exp(w . x)


def output(values: Values) -> np.ndarray:
    return np.exp(values["z"])


def error(values: Values) -> np.ndarray:
    return 0.5 * (values["y"] - values["yhat"]) ** 2


SMALL_READING = Reading(
    says="one sample",
    sizes={"inputs": 3},
    quantities=(
        Quantity("x", ("x",), ("inputs",), None, ("inputs", None)),
        Quantity("w", ("w",), ("inputs",), None, ("inputs", None)),
        Quantity("y", ("y",)),
        Quantity("z", ("z",), (), lambda v: (v["w"] * v["x"]).sum(axis=-1)),
        Quantity("yhat", ("yhat",), (), output),
        Quantity("C", ("C",), (), error),
    ),
    draw=lambda random, points: {
        "x": random.uniform(-1, 1, (points, 3)),
        "w": random.uniform(-1, 1, (points, 3)),
        "y": random.uniform(0, 1, points),
    },
    objective="C",
    variable="w",
)
QUESTION = Question((SMALL_READING,), frozenset({"x", "y", "yhat"}), "C")


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(["python", "latex"]),
    st.lists(
        st.one_of(st.text(max_size=30), st.lists(PIECES, max_size=12).map(" ".join)), max_size=5
    ),
)
def test_judging_never_raises_for_what_is_typed(written: str, lines: list[str]) -> None:
    typed = TypedDerivation.model_validate({"notation": written, "lines": lines})
    assert judge(typed, QUESTION, 0).lacks is not None


def test_a_question_of_another_kind_can_be_asked() -> None:
    lines = (
        "C = 1/2*(y - yhat)^2",
        "d(C)/d(w_i) = d(C)/d(yhat) * d(yhat)/d(w_i)",
        "d(C)/d(yhat) = -(y - yhat)",
        "d(C)/d(w_i) = -(y - yhat)*yhat*x_i",
    )
    assert judge(TypedDerivation(lines=lines), QUESTION, 0).lacks is None


# Values


POINT = Point.draw(SMALL_READING, 5)
SMALL = st.recursive(
    st.sampled_from(["y", "yhat", "2", "0.5", "C"]),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(["+", "-", "*"]), inner).map(" ".join).map("({})".format),
        inner.map("exp({}/9)".format),
        inner.map("ln(1 + ({})^2)".format),
    ),
    max_leaves=6,
)


@settings(max_examples=40, deadline=None)
@given(SMALL)
def test_derivatives_agree_with_difference_quotients(text: str) -> None:
    """Fourth-order central differences: off by h^4 f'''''/30 and rounding / h, here under 1e-6."""
    expr, h = python(text), 1e-3
    exact = evaluate(Deriv(expr, Sym("yhat")), {}, Context(POINT))

    def at(step: float) -> np.ndarray:
        return evaluate(expr, {}, Context(POINT.moved("yhat", (), step))).real

    assume(np.abs(at(0)).max() < 1e3)  # so that higher derivatives are not much larger still
    quotient = (8 * (at(h) - at(-h)) - (at(2 * h) - at(-2 * h))) / (12 * h)
    np.testing.assert_allclose(exact, quotient, rtol=1e-6, atol=1e-6)


@settings(max_examples=60, deadline=None)
@given(SMALL, SMALL)
def test_trivial_rewriting_leaves_an_expression_as_it_is(one: str, other: str) -> None:
    plain = normal.bag(python(f"({one}) * ({other})"), Budget())
    for rewritten in (
        f"({other})*({one})",
        f"1*({one})*({other}) + 0",
        f"-(-({one})*({other}))",
        f"({one})*({other}) + y - y",
        f"({one})*({other})*yhat/yhat",
        f"ln(exp(({one})*({other})))",
    ):
        assert normal.bag(python(rewritten), Budget()).net == plain.net


@settings(max_examples=60, deadline=None)
@given(SMALL)
def test_multiplying_out_changes_no_value(text: str) -> None:
    expr = python(text)
    tidy = normal.tidied(expr)
    values = [evaluate(one, {}, Context(POINT)) for one in (expr, tidy)]
    np.testing.assert_allclose(*values, rtol=1e-9, atol=1e-9)
