"""Padding between the statement and the result of a derivation, and random mixtures of it.

`python -m tests.padded_derivations 5000 1` draws 5 000 mixtures from seed 1, and shows each that
earns its task without a line that works something out, made as short as it goes.
"""

from __future__ import annotations

import random
import sys
from collections import Counter
from collections.abc import Sequence

from checks.derivations import QUESTIONS
from gradus.derivations.judging import judge
from tests.typed_derivations import typed

LOGISTIC = "C = -(y*ln(yhat) + (1-y)*ln(1-yhat))"
LOGISTIC_CHAIN = "dC/dw_i = dC/dyhat * dyhat/dw_i"
LOGISTIC_END = "dC/dw_i = -(y - yhat)*x_i"
SOFTMAX = "C = -sum(y_k*ln(yhat_k) for k)"
SOFTMAX_CHAIN = "dC/dw_kj = dC/dz_k * dz_k/dw_kj"
SOFTMAX_END = "dC/dw_kj = -x_j*(y_k - yhat_k)"
PENALISED = "J = C + lambda*R"
PENALISED_CHAIN = "dJ/dw = dC/dw + lambda*dR/dw"
PENALISED_END = "dJ/dw = -x^T*(y - yhat)/N + 2*lambda*w"

SOMETHING_ELSE_DERIVED = {
    "twice z": ["dC/dw_i = dC/dz*d(2*z)/d(w_i)/2", "d(2*z)/d(w_i) = 2*x_i"],
    "twice and three times z": [
        "dC/dw_i = -(y-yhat)*d(2*z)/d(w_i)/2",
        "= -(y-yhat)*d(3*z)/d(w_i)/3",
    ],
    "the square of z": [
        "dC/dw_i = dC/dz*d(z^2)/d(w_i)/(2*z)",
        "d(z^2)/d(w_i) = 2*z*x_i",
    ],
    "exp(z)": [
        "dC/dw_i = dC/dz*d(exp(z))/d(w_i)/exp(z)",
        "d(exp(z))/d(w_i) = exp(z)*x_i",
    ],
    "exp(z), put in": [
        "dC/dw_i = dC/dz*d(exp(z))/d(w_i)/exp(z)",
        "= dC/dz*exp(z)*x_i/exp(z)",
    ],
}

PADDING: dict[str, list[str]] = {
    **SOMETHING_ELSE_DERIVED,
    "nothing": [],
    "the question again": ["dC/dw_i = d(C)/d(w_i)", "= d(C)/d(w_i)*1"],
    "the result again": ["dC/dw_i = x_i*(yhat - y)", "= -(-(-(y-yhat)*x_i))", "= x_i*yhat - y*x_i"],
    "zeros and ones": ["dC/dw_i = -(y - yhat)*x_i + 0", "= -(y - yhat)*x_i*1 + z - z"],
    "the statement again": [
        LOGISTIC + " + 0",
        "C = -((1-y)*ln(1-yhat)+y*ln(yhat))",
        LOGISTIC_CHAIN,
    ],
    "the chain rule alone": [LOGISTIC_CHAIN],
    "the chain rule twice": [LOGISTIC_CHAIN, "= d(C)/d(yhat)*d(yhat)/d(z)*d(z)/d(w_i)"],
    "the chain rule with x put in": [
        "dC/dw_i = d(C)/d(yhat)*d(yhat)/d(z)*d(z)/d(w_i)",
        "= d(C)/d(yhat)*d(yhat)/d(z)*x_i",
        "dz/dw_i = x_i",
    ],
    "the chain rule and the result multiplied out": [LOGISTIC_CHAIN, "= -y*x_i + yhat*x_i"],
    "a derivative by itself cancelled": [
        "dC/dw_i = -(y-yhat)*x_i*d(yhat)/d(w_i)/(d(yhat)/d(w_i))",
        "= -(y-yhat)*x_i*yhat/yhat",
    ],
    "a derivative added and taken away": [
        "dC/dw_i = -(y-yhat)*x_i + d(yhat)/d(w_i) - d(yhat)/d(w_i)",
        "= -(y-yhat)*x_i + yhat*(1-yhat)*x_i - yhat*(1-yhat)*x_i",
    ],
    "a derivative against its value": [
        "dC/dw_i = -(y-yhat)*x_i + yhat*d(yhat)/d(w_i) - yhat*yhat*(1-yhat)*x_i",
        "= -(y-yhat)*x_i*yhat*(1-yhat)/(yhat*(1-yhat))",
    ],
    "a derivative that is one": [
        "dC/dw_i = d(C)/d(w_i)*d(z)/d(z)",
        "= d(C)/d(w_i)*d(yhat)/d(yhat)",
        "= -(y - yhat)*x_i*exp(0)",
    ],
    "a true line that nothing needs": [
        "dC/dw_i = dC/dz*dz/dw_i",
        "d(yhat)/d(z) = yhat*(1-yhat)",
        "dz/dw_i = x_i",
    ],
    "the result as the derivative by the logit": [
        "dC/dw_i = dC/dz*dz/dw_i",
        "dC/dz = yhat - y",
        "dz/dw_i = x_i",
        "dC/dw_i = (yhat - y)*dz/dw_i",
        "= -y*x_i + yhat*x_i",
    ],
    "the same by names of one's own": [
        "u = yhat - y",
        "dC/dw_i = dC/dz*dz/dw_i",
        "= u*dz/dw_i",
        "= u*x_i",
    ],
    "the statement derived term by term": [
        "dC/dw_i = d(-(y*ln(yhat) + (1-y)*ln(1-yhat)))/d(w_i)",
        "= -y*d(ln(yhat))/d(w_i) - (1-y)*d(ln(1-yhat))/d(w_i)",
    ],
    "equation 1 put in backwards": ["dC/dw_i = dC/dz*dz/dw_i", "= (1/(1+exp(-z)) - y)*x_i"],
    "equation 1 in the statement": [
        "C = -(y*ln(1/(1+exp(-z))) + (1-y)*ln(1-1/(1+exp(-z))))",
        "dC/dw_i = dC/dz*dz/dw_i",
    ],
    "logarithms of exponentials": [
        LOGISTIC_CHAIN,
        "= -exp(ln(y/yhat*yhat))*x_i + yhat*x_i",
        "= -(y-yhat)*x_i*exp(z)/exp(z)",
    ],
    "names of one's own": ["u = 1", "dC/dw_i = dC/dyhat*dyhat/dw_i*u^3", "= -(y-yhat)*x_i*u"],
    "the right factors over themselves": [
        LOGISTIC_CHAIN,
        "= -(y-yhat)*x_i*yhat*(1-y)/yhat/(1-y)*d(z)/d(z)",
    ],
    "C in exponentials, z^2": [
        "C = -(y*ln(1/(1+exp(-z))) + (1-y)*ln(1-1/(1+exp(-z))))",
        "dC/dw_i = dC/dz*d(z^2)/d(w_i)/(2*z)",
        "= (1/(1+exp(-z)) - y)*x_i",
    ],
    "C in exponentials, exp(z) on the side": [
        "C = -(y*ln(1/(1+exp(-z))) + (1-y)*ln(1-1/(1+exp(-z))))",
        "dC/dw_i = dC/dz*d(exp(z))/d(w_i)/exp(z)",
        "d(exp(z))/d(w_i) = exp(z)*x_i",
    ],
    "C squared": [
        "dC/dw_i = d(C^2)/d(w_i)/(2*C)",
        "= d(C^2)/d(z)*d(z)/d(w_i)/(2*C)",
    ],
    "u three times z": [
        "u = 3*z",
        "dC/dw_i = dC/dz*d(u)/d(w_i)/3",
        "d(u)/d(w_i) = 3*x_i",
    ],
    "u the cube of z": [
        "u = z^3",
        "dC/dw_i = dC/dz*d(u)/d(w_i)/(3*z^2)",
        "d(u)/d(w_i) = 3*z^2*x_i",
    ],
    "the cube of z and the result": [
        "dC/dw_i = -(y-yhat)*d(z^3)/d(w_i)/(3*z^2)",
        "= -(y-yhat)*3*z^2*x_i/(3*z^2)",
    ],
    "u cubed and the result": [
        "u = z^3",
        "dC/dw_i = (yhat-y)*d(u)/d(w_i)/(3*z^2)",
        "d(u)/d(w_i) = 3*z^2*x_i",
    ],
    "a name for the result": [
        "u_i = (yhat-y)*x_i",
        "dC/dw_i = dC/dyhat*dyhat/dw_i",
        "= u_i",
    ],
    "divided by a derivative": [
        "dC/dw_i = (yhat-y)*x_i*yhat*(1-yhat)/(d(yhat)/d(z))",
        "= (yhat-y)*x_i*yhat*(1-yhat)/(yhat*(1-yhat))",
    ],
    "a derivative minus its value": [
        "dC/dw_i = dC/dyhat*dyhat/dw_i + d(yhat)/d(z) - yhat*(1-yhat)",
        "= dC/dyhat*dyhat/dw_i",
    ],
    "only chain rules": [
        "dC/dw_i = dC/dyhat*dyhat/dw_i",
        "= dC/dyhat*dyhat/dz*x_i",
        "= dC/dz*x_i",
        "= yhat*x_i - y*x_i",
    ],
    "dC/dz as the result": [
        "dC/dw_i = dC/dz*dz/dw_i",
        "dC/dz = dC/dyhat*dyhat/dz",
        "= yhat - y",
        "dz/dw_i = x_i",
    ],
    "y times C": [
        "dC/dw_i = d(y*C)/d(w_i)/y",
        "= y*dC/dz*dz/dw_i/y",
    ],
    "zero times a derivative": [
        "dC/dw_i = (yhat-y)*x_i + 0*d(yhat)/d(w_i)",
        "= (yhat-y)*x_i + 0*yhat*(1-yhat)*x_i",
    ],
    "one as y and what is left": [
        "dC/dw_i = dC/dyhat*dyhat/dw_i*(y + (1-y))",
        "= y*(yhat-y)*x_i + (1-y)*(yhat-y)*x_i",
    ],
    "a chain of chains": [
        "dC/dw_i = dC/dyhat*dyhat/dw_i",
        "dyhat/dw_i = dyhat/dz*dz/dw_i",
        "dz/dw_i = x_i",
    ],
    "u is yhat": [
        "u = yhat",
        "dC/dw_i = dC/dyhat*d(u)/d(w_i)",
        "= dC/dyhat*d(u)/d(z)*x_i",
    ],
    "a chain that nothing needs": [
        "dC/dw_i = dC/dz*dz/dw_i",
        "dyhat/dw_i = dyhat/dz*dz/dw_i",
        "dyhat/dz = yhat*(1-yhat)",
    ],
    "u on the path by force": [
        "u = z^2",
        "yhat = 1/(1+exp(-z*u/u))",
        "dC/dw_i = -(y-yhat)*d(u)/d(w_i)/(2*z)",
        "d(u)/d(w_i) = 2*z*x_i",
    ],
    "split by yhat": [
        "dC/dw_i = dC/dyhat*dyhat/dw_i*yhat + dC/dyhat*dyhat/dw_i*(1-yhat)",
        "= dC/dyhat*dyhat/dw_i",
    ],
    "a value added and multiplied out": [
        LOGISTIC_CHAIN,
        "= (yhat-y)*x_i + yhat*(1-yhat)*x_i - yhat*x_i + yhat^2*x_i",
    ],
    "divided derivatives": [
        "dC/dw_i = dC/dz*dz/dw_i",
        "= dC/dz*(dyhat/dw_i)/(dyhat/dz)",
    ],
    "the inverse function": [
        "dC/dw_i = dC/dz*dz/dw_i",
        "= dC/dz*(dyhat/dw_i)/(yhat*(1-yhat))",
    ],
    "chain, chain, chain": [
        "dC/dw_i = dC/dyhat*dyhat/dz*dz/dw_i",
        "= (dC/dyhat*dyhat/dz)*x_i",
        "= dC/dz*x_i",
    ],
    "log-odds added": [
        "C = -(y*ln(yhat) + (1-y)*ln(1-yhat)) + ln(yhat/(1-yhat)) - z",
        "dC/dw_i = dC/dz*dz/dw_i",
    ],
    "equation 1 put in, both": [
        "C = y*ln(1+exp(-z)) + (1-y)*ln(1+exp(z))",
        "dC/dw_i = dC/dz*dz/dw_i",
    ],
    "the statement's terms": [
        "dC/dw_i = -d(y*ln(yhat))/d(w_i) - d((1-y)*ln(1-yhat))/d(w_i)",
        "= dC/dz*dz/dw_i",
    ],
    "z written out": [
        "dC/dw_i = (yhat-y)*d(z)/d(w_i)",
        "= (yhat-y)*d(sum(w_k*x_k for k))/d(w_i)",
    ],
    "a name for a derivative": [
        "v = d(yhat)/d(z)",
        "dC/dw_i = dC/dyhat*dyhat/dz*dz/dw_i",
        "dyhat/dz = v",
    ],
    "a name for a factor": [
        "v = yhat*(1-yhat)",
        LOGISTIC_CHAIN,
        "= dC/dyhat*dyhat/dw_i*v/v",
    ],
    "the result as the outer derivative": [
        "dC/dw_i = dC/dyhat*dyhat/dz*dz/dw_i",
        "= (yhat-y)*dz/dw_i",
    ],
    "yhat cubed": [
        "dC/dw_i = dC/dyhat*d(yhat^3)/d(w_i)/(3*yhat^2)",
        "d(yhat^3)/d(w_i) = 3*yhat^3*(1-yhat)*x_i",
    ],
    "1-yhat by itself": ["dC/dw_i = dC/dz*dz/dw_i", "= (yhat-y)*x_i*(1-yhat)/(1-yhat)"],
    "exp of ln": ["dC/dw_i = dC/dz*d(ln(exp(z)))/d(w_i)", "d(ln(exp(z)))/d(w_i) = x_i"],
    "the mean of two": [
        "dC/dw_i = 1/2*dC/dz*dz/dw_i + 1/2*dC/dyhat*dyhat/dw_i",
        "= 1/2*(yhat-y)*x_i + 1/2*(yhat-y)*x_i",
    ],
    "half open": ["dC/dw_i = 1/2*dC/dyhat*dyhat/dw_i + 1/2*(yhat-y)*x_i", "= dC/dyhat*dyhat/dw_i"],
    "by the other weight": ["dC/dw_i = x_i*d(C)/d(w_j)/x_j", "= x_i*dC/dyhat*d(yhat)/d(w_j)/x_j"],
}

OTHER_PADDING: list[tuple[str, list[str]]] = [
    ("1b", [SOFTMAX, SOFTMAX_CHAIN, SOFTMAX_END]),
    (
        "1b",
        [
            SOFTMAX,
            SOFTMAX_CHAIN,
            "= sum(dC/dyhat_l*dyhat_l/dz_k for l)*dz_k/dw_kj",
            SOFTMAX_END,
        ],
    ),
    ("1b", [SOFTMAX, SOFTMAX_CHAIN, "= -x_j*(y_k - yhat_k*sum(y_l for l))", SOFTMAX_END]),
    (
        "1b",
        [SOFTMAX, SOFTMAX_CHAIN, "= -x_j*(y_k - exp(z_k)/sum(exp(z_l) for l))", SOFTMAX_END],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "C = -sum(y_k*ln(yhat_k) for k)*sum(y_k for k)",
            SOFTMAX_CHAIN,
            "= -x_j*(y_k - yhat_k*sum(yhat_l for l))",
            SOFTMAX_END,
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "dC/dw_kj = sum(dC/dz_l*dz_l/dw_kj for l)",
            "dC/dz_l = yhat_l - y_l",
            "dC/dw_kj = sum((yhat_l - y_l)*dz_l/dw_kj for l)",
            "= sum((yhat_l - y_l)*delta_lk*x_j for l)",
            "= -y_k*x_j + yhat_k*x_j",
            SOFTMAX_END,
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "dC/dw_kj = dC/dz_k*d(2*z_k)/d(w_kj)/2",
            "d(2*z_k)/d(w_kj) = 2*x_j",
            SOFTMAX_END,
        ],
    ),
    ("4a", [PENALISED, PENALISED_END]),
    ("4a", [PENALISED, PENALISED_CHAIN, PENALISED_END]),
    (
        "4a",
        [
            PENALISED,
            "J = lambda*R + C",
            PENALISED_CHAIN,
            "= lambda*dR/dw + dC/dw",
            PENALISED_END,
        ],
    ),
    ("4a", [PENALISED, "dJ/dw = d(C + lambda*R)/d(w)", "= d(J)/d(w)", PENALISED_END]),
    (
        "1b",
        [
            SOFTMAX,
            "C = -sum(y_k*ln(exp(z_k)/sum(exp(z_l) for l)) for k)",
            "dC/dw_kj = dC/dz_k*d(exp(z_k))/d(w_kj)/exp(z_k)",
            "d(exp(z_k))/d(w_kj) = exp(z_k)*x_j",
            SOFTMAX_END,
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "C = -sum(y_k*ln(exp(z_k)/sum(exp(z_l) for l)) for k)",
            "dC/dw_kj = dC/dz_k*d(z_k^2)/d(w_kj)/(2*z_k)",
            "= (exp(z_k)/sum(exp(z_l) for l) - y_k)*x_j",
            SOFTMAX_END,
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "C = -sum(y_k*ln(exp(z_k)/sum(exp(z_l) for l)) for k)",
            "dC/dw_kj = dC/dz_k*dz_k/dw_kj",
            "= (exp(z_k)/sum(exp(z_l) for l) - y_k)*x_j",
            SOFTMAX_END,
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "d(yhat_l)/d(z_k) = yhat_l*(delta_lk - yhat_k)",
            "dC/dw_kj = dC/dz_k*dz_k/dw_kj",
            "= (yhat_k-y_k)*dz_k/dw_kj",
            SOFTMAX_END,
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "dC/dw_kj = sum(dC/dz_l*dz_l/dw_kj for l)*sum(y_l for l)",
            "= (yhat_k-y_k)*sum(y_l*dz_k/dw_kj for l)",
            SOFTMAX_END,
        ],
    ),
    (
        "4a",
        [
            PENALISED,
            "dJ/dw_kj = -y_k*d(z_k)/d(w_kj) + yhat_k*x_j + 2*lambda*w_kj",
            "= -y_k*x_j + yhat_k*x_j + 2*lambda*w_kj",
            "= -x_j*(y_k-yhat_k) + 2*lambda*w_kj",
        ],
    ),
    (
        "4a",
        [
            PENALISED,
            "dJ/dw_kj = dC/dw_kj + lambda*dR/dw_kj",
            "= dC/dw_kj + lambda*dR/dw_kj + d(z_k)/d(w_kj) - x_j",
            "= -x_j*(y_k-yhat_k) + 2*lambda*w_kj",
        ],
    ),
    (
        "4a",
        [
            PENALISED,
            "dJ/dw_kj = -x_j*(y_k-yhat_k) + 2*lambda*w_kj*d(yhat_k)/d(z_k)/(yhat_k*(1-yhat_k))",
            "d(yhat_k)/d(z_k) = yhat_k*(1-yhat_k)",
            "dJ/dw_kj = -x_j*(y_k-yhat_k) + 2*lambda*w_kj",
        ],
    ),
    (
        "4a",
        [
            PENALISED,
            "J = lambda*R + C*1",
            "dJ/dw_kj = d(J)/d(w_kj)",
            "= d(C + lambda*R)/d(w_kj)",
            "= -x_j*(y_k-yhat_k) + 2*lambda*w_kj",
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "C = -sum(y_k*ln(yhat_k) for k)*sum(y_l for l)",
            "dC/dw_kj = dC/dz_k*dz_k/dw_kj",
            "= (yhat_k*sum(y_l for l) - y_k)*x_j",
            SOFTMAX_END,
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "dC/dw_kj = sum(dC/dz_l*dz_l/dw_kj for l)",
            "= sum((yhat_l - y_l)*dz_l/dw_kj for l)",
            SOFTMAX_END,
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "dC/dw_kj = dC/dz_k*dz_k/dw_kj",
            "dC/dz_k = sum(dC/dyhat_l*dyhat_l/dz_k for l)",
            "= yhat_k - y_k",
            SOFTMAX_END,
        ],
    ),
    ("4a", [PENALISED, PENALISED_CHAIN, "= 1*dC/dw + lambda*dR/dw + 0", PENALISED_END]),
    ("4a", [PENALISED, "J = C + lambda*R*exp(ln(N))/N", PENALISED_CHAIN, PENALISED_END]),
    (
        "4a",
        [
            PENALISED,
            "dJ/dw_kj = dC/dw_kj + lambda*d(w_kj^3)/d(w_kj)*2/(3*w_kj)",
            "= dC/dw_kj + 2*lambda*w_kj^2/w_kj",
            "dJ/dw_kj = -x_j*(y_k-yhat_k) + 2*lambda*w_kj",
        ],
    ),
    (
        "4a",
        [
            PENALISED,
            "dJ/dw_kj = dC/dw_kj + 2*lambda*w_kj*d(w_kj)/d(w_kj)",
            "= -x_j*(y_k-yhat_k) + 2*lambda*w_kj*d(w_kj)/d(w_kj)",
            "dJ/dw_kj = -x_j*(y_k-yhat_k) + 2*lambda*w_kj",
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "dC/dw_kj = sum(delta_lk*dC/dz_l*dz_l/dw_kj for l)",
            "= sum(delta_lk*(yhat_l-y_l)*x_j for l)",
            SOFTMAX_END,
        ],
    ),
    (
        "1b",
        [
            SOFTMAX,
            "dC/dw_kj = dC/dz_k*dz_k/dw_kj",
            "dC/dz_k = exp(z_k)/sum(exp(z_l) for l) - y_k",
            SOFTMAX_END,
        ],
    ),
    ("4a", [PENALISED, "R = R*1", PENALISED_CHAIN, PENALISED_END]),
    ("4a", [PENALISED, "z_k = sum(w_kj*x_j for j)", PENALISED_CHAIN, PENALISED_END]),
]

FRAMES = {
    "1a": (LOGISTIC, LOGISTIC_END),
    "1b": (SOFTMAX, SOFTMAX_END),
    "4a": (PENALISED, PENALISED_END),
}
"""What the assignment states, and the result."""

GENUINE = {
    "1a": {
        "= -(y-yhat)*x_i*yhat*(1-yhat)/(yhat*(1-yhat))",
        "= (yhat-y)*x_i*yhat*(1-yhat)/(yhat*(1-yhat))",
        "d(yhat)/d(z) = yhat*(1-yhat)",
        "dyhat/dz = yhat*(1-yhat)",
        "dC/dyhat = -y/yhat + (1-y)/(1-yhat)",
        "= (1-y)*yhat*x_i - y*(1-yhat)*x_i",
        "C = -y*z + ln(1 + exp(z))",
    },
    "1b": {
        "d(yhat_l)/d(z_k) = yhat_l*(delta_lk - yhat_k)",
        "= -sum(y_l/yhat_l*d(yhat_l)/d(w_kj) for l)",
        "= -y_k*(1-yhat_k)*x_j + sum(y_l*yhat_k*x_j for l if l != k)",
        "C = -sum(y_k*z_k for k) + ln(sum(exp(z_l) for l))",
    },
    "4a": {
        "dR/dw = 2*w",
        "= dC/dw + 2*lambda*w",
        "= dC/dw_kj + 2*lambda*w_kj^2/w_kj",
        "dJ/dw_kj = dC/dw_kj + 2*lambda*w_kj*d(w_kj)/d(w_kj)",
        "dJ/dw = -x^T*(y - yhat)/N + lambda*dR/dw",
        "J = C + lambda*sum(w_ij^2 for i, j)",
        "dC/dw = -x^T*(y - yhat)/N",
    },
}
"""Lines that work something out: beside a use of the chain rule they are an honest author's."""

POOLS = {
    task: sorted(
        {
            *frame,
            *GENUINE[task],
            *(line for lines in PADDING.values() for line in lines if task == "1a"),
            *(line for of, lines in OTHER_PADDING for line in lines if of == task),
        }
    )
    for task, frame in FRAMES.items()
}


def earns(task: str, between: Sequence[str]) -> bool:
    """Whether lines between the statement and the result earn a task."""
    first, last = FRAMES[task]
    return judge(typed("\n".join([first, *between, last])), QUESTIONS[task], 0).lacks is None


def shortened(task: str, between: Sequence[str]) -> list[str]:
    """Lines that earn a task, without those that it does not take."""
    left = list(between)
    at = 0
    while at < len(left):
        fewer = left[:at] + left[at + 1 :]
        if earns(task, fewer):
            left, at = fewer, 0
        else:
            at += 1
    return left


def main(mixtures: int, seed: int) -> int:
    """Draw mixtures for each task, and print those that earn it; 1 where padding alone does."""
    draw = random.Random(seed)
    padding_won = 0
    for task, pool in POOLS.items():
        won: Counter[tuple[str, ...]] = Counter()
        for _ in range(mixtures):
            lines = draw.choices(pool, k=draw.randint(1, 8))
            if earns(task, lines):
                won[tuple(shortened(task, lines))] += 1
        padding = [lines for lines in won if not GENUINE[task] & set(lines)]
        padding_won += len(padding)
        print(f"{task}: {won.total()} of {mixtures} mixtures earn, {len(padding)} without any work")
        for needed in padding:
            print("   ", *needed, sep="\n        ")
    return min(padding_won, 1)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]), int(sys.argv[2])))
