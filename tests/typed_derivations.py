"""Derivations as students type them: many honest ways, for tests."""

from __future__ import annotations

from gradus.answers_toml import TypedDerivation

PYTHON: dict[str, tuple[str, str]] = {
    "1a, each factor in turn": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        d(C)/d(w_i) = d(C)/d(yhat) * d(yhat)/d(w_i)
        = -(y/yhat - (1-y)/(1-yhat)) * d(yhat)/d(w_i)
        = -(y/yhat - (1-y)/(1-yhat)) * yhat*(1-yhat)*x_i
        = -(y*(1-yhat) - (1-y)*yhat)*x_i
        = -(y - yhat)*x_i
        """,
    ),
    "1a, both factors at once": (
        "1a",
        """
        C^n = -(y^n*ln(yhat^n) + (1-y^n)*ln(1-yhat^n))
        d(C^n)/d(w_i) = d(C^n)/d(yhat^n) * d(yhat^n)/d(w_i)
        = (yhat^n - y^n)/(yhat^n*(1-yhat^n)) * yhat^n*(1-yhat^n)*x_i^n
        = (yhat^n - y^n)*x_i^n
        """,
    ),
    "1a, three factors": (
        "1a",
        """
        C = -y*ln(yhat) - (1-y)*ln(1-yhat)
        dC/dw_i = dC/dyhat * dyhat/dz * dz/dw_i
        dC/dyhat = -y/yhat + (1-y)/(1-yhat)
        dyhat/dz = yhat*(1-yhat)
        dz/dw_i = x_i
        dC/dw_i = (-y/yhat + (1-y)/(1-yhat)) * yhat*(1-yhat) * x_i
        dC/dw_i = (-y*(1-yhat) + (1-y)*yhat) * x_i
        dC/dw_i = -(y - yhat)*x_i
        """,
    ),
    "1a, term by term": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        d(C)/d(w_i) = -(y*1/yhat*d(yhat)/d(w_i) - (1-y)*1/(1-yhat)*d(yhat)/d(w_i))
        = -(y*(1-yhat)*x_i - (1-y)*yhat*x_i)
        = -(y - yhat)*x_i
        """,
    ),
    "1a, term by term with the derivative written out": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        d(C)/d(w_i) = -y/yhat*d(yhat)/d(w_i) + (1-y)/(1-yhat)*d(yhat)/d(w_i)
        = -y/yhat*yhat*(1-yhat)*x_i + (1-y)/(1-yhat)*yhat*(1-yhat)*x_i
        = -x_i*(y - yhat)
        """,
    ),
    "1a, through the logit": (
        "1a",
        """
        C = -(y ln(yhat) + (1-y) ln(1-yhat))
        yhat = 1/(1+exp(-z))
        C = -y z + ln(1 + exp(z))
        d(C)/d(w_i) = d(C)/d(z) d(z)/d(w_i)
        = (-y + exp(z)/(1+exp(z))) x_i
        = -(y - yhat) x_i
        """,
    ),
    "1a, with a name of one's own": (
        "1a",
        """
        u = 1 + exp(-z)
        C = y*ln(u) - (1-y)*ln(1 - 1/u)
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        d(C)/d(w_i) = d(C)/d(yhat) * d(yhat)/d(z) * d(z)/d(w_i)
        = -(y/yhat - (1-y)/(1-yhat)) * d(yhat)/d(z) * x_i
        d(yhat)/d(z) = exp(-z)/u^2
        = yhat*(1 - yhat)
        d(C)/d(w_i) = -(y*(1-yhat) - (1-y)*yhat)*x_i
        = -(y - yhat)*x_i
        """,
    ),
    "1a, f for yhat and functions of x": (
        "1a",
        """
        C(w) = -(y ln(f(x)) + (1-y) ln(1-f(x)))
        dC/dw_i = dC/df * df/dw_i
        df/dw_i = x_i f(x) (1-f(x))
        dC/dw_i = -(y/f - (1-y)/(1-f)) * x_i f (1-f)
        = -(y - f) x_i
        """,
    ),
    "1a, a whole vector": (
        "1a",
        """
        C = -(y ln(yhat) + (1-y) ln(1-yhat))
        dC/dw = dC/dz * dz/dw
        dC/dz = dC/dyhat * dyhat/dz
        = -(y/yhat - (1-y)/(1-yhat)) * yhat*(1-yhat)
        = -(y - yhat)
        dz/dw = x
        dC/dw = -(y - yhat)*x
        """,
    ),
    "1a, the mean over a batch": (
        "1a",
        """
        C = 1/N*sum(C^n for n)
        C^n = -(y^n*ln(yhat^n) + (1-y^n)*ln(1-yhat^n))
        d(C)/d(w_i) = 1/N*sum(d(C^n)/d(yhat^n)*d(yhat^n)/d(w_i) for n)
        d(C^n)/d(w_i) = d(C^n)/d(yhat^n)*d(yhat^n)/d(w_i)
        = -(y^n/yhat^n - (1-y^n)/(1-yhat^n))*yhat^n*(1-yhat^n)*x_i^n
        = -(y^n - yhat^n)*x_i^n
        d(C)/d(w_i) = -1/N*sum((y^n - yhat^n)*x_i^n for n)
        """,
    ),
    "1a, the mean without naming each image": (
        "1a",
        """
        C = -1/N*sum(y*ln(yhat) + (1-y)*ln(1-yhat) for n)
        d(C)/d(w_i) = -1/N*sum((y/yhat - (1-y)/(1-yhat))*d(yhat)/d(w_i) for n)
        = -1/N*sum((y/yhat - (1-y)/(1-yhat))*yhat*(1-yhat)*x_i for n)
        = -1/N*sum((y - yhat)*x_i for n)
        """,
    ),
    "1a, the two derivatives first": (
        "1a",
        """
        C = -(y ln yhat + (1-y) ln(1-yhat))
        dC/dyhat = -y/yhat + (1-y)/(1-yhat)
        dyhat/dw_i = x_i yhat (1-yhat)
        dC/dw_i = dC/dyhat dyhat/dw_i
        = (-y/yhat + (1-y)/(1-yhat)) x_i yhat (1-yhat)
        = -(y-yhat) x_i
        """,
    ),
    "1a, other letters": (
        "1a",
        """
        E = -(t ln(a) + (1-t) ln(1-a))
        dE/dw_i = (a - t)/(a (1-a)) * da/dw_i
        = (a-t)/(a(1-a)) * a(1-a) x_i
        = (a-t) x_i
        """,
    ),
    "1a, matrices": (
        "1a",
        """
        C = -1/N*(y^T ln(yhat) + (1-y)^T ln(1-yhat))
        C^n = -(y^n*ln(yhat^n) + (1-y^n)*ln(1-yhat^n))
        d(C^n)/d(w_i) = d(C^n)/d(yhat^n)*d(yhat^n)/d(w_i)
        = -(y^n/yhat^n - (1-y^n)/(1-yhat^n))*yhat^n*(1-yhat^n)*x_i^n
        dC/dw = -1/N*x^T*(y - yhat)
        """,
    ),
    "1a, functions of x and w everywhere": (
        "1a",
        """
        C^n(w) = -(y^n*np.log(f(x^n)) + (1-y^n)*np.log(1-f(x^n)))
        d(C^n(w))/d(w_i) = d(C^n(w))/d(f(x^n)) * d(f(x^n))/d(w_i)
        d(f(x^n))/d(w_i) = x_i^n f(x^n) (1 - f(x^n))
        dC^n(w)/dw_i = -(y^n/f(x^n) - (1-y^n)/(1-f(x^n))) x_i^n f(x^n) (1 - f(x^n))
        => dC^n(w)/dw_i = -(y^n - yhat^n) x_i^n
        """,
    ),
    "1b, the mean over a batch": (
        "1b",
        """
        C = -1/N*sum(sum(y_k^n*ln(yhat_k^n) for k) for n)
        dC/dw_kj = 1/N*sum(sum(d(C^n)/d(yhat_l^n)*d(yhat_l^n)/d(w_kj) for l) for n)
        = -1/N*sum(sum(y_l^n/yhat_l^n*yhat_l^n*(delta_lk - yhat_k^n)*x_j^n for l) for n)
        = -1/N*sum(x_j^n*(y_k^n - yhat_k^n) for n)
        """,
    ),
    "1b, log-sum-exp": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        = -sum(y_k*z_k for k) + ln(sum(exp(z_l) for l))
        d(C)/d(w_kj) = -y_k*d(z_k)/d(w_kj) + 1/sum(exp(z_l) for l)*d(sum(exp(z_l) for l))/d(w_kj)
        = -y_k*x_j + exp(z_k)*x_j/sum(exp(z_l) for l)
        = -x_j*(y_k - yhat_k)
        """,
    ),
    "1b, the Jacobian of yhat": (
        "1b",
        """
        C = -sum(y_k ln(yhat_k) for k)
        d(C)/d(w_kj) = sum(d(C)/d(yhat_l) d(yhat_l)/d(z_k) for l) d(z_k)/d(w_kj)
        d(C)/d(yhat_l) = -y_l/yhat_l
        d(yhat_l)/d(z_k) = yhat_l (delta_lk - yhat_k)
        d(C)/d(w_kj) = -sum(y_l/yhat_l * yhat_l*(delta_lk - yhat_k) for l) x_j
        = -sum(y_l*(delta_lk - yhat_k) for l) x_j
        = -(y_k - yhat_k) x_j
        """,
    ),
    "1b, two cases": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        d(yhat_k)/d(z_i) = yhat_k*(1 - yhat_k) for i = k
        d(yhat_k)/d(z_i) = -yhat_k*yhat_i for i != k
        d(C)/d(w_kj) = -sum(y_l/yhat_l*d(yhat_l)/d(w_kj) for l)
        = -y_k*(1 - yhat_k)*x_j + sum(y_l*yhat_k*x_j for l if l != k)
        = -x_j*(y_k - yhat_k)
        """,
    ),
    "1b, primes": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        C = -sum(y_k*(z_k - ln(sum(exp(z_k') for k'))) for k)
        dC/dw_kj = dC/dz_k * dz_k/dw_kj
        dC/dz_k = -y_k + exp(z_k)/sum(exp(z_k') for k')
        dC/dw_kj = (-y_k + yhat_k)*x_j
        """,
    ),
    "1b, the order of the indices in the code": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        d(C)/d(w_jk) = sum(d(C)/d(yhat_l)*d(yhat_l)/d(w_jk) for l)
        = -sum(y_l/yhat_l*d(yhat_l)/d(w_jk) for l)
        = -sum(y_l/yhat_l*yhat_l*(delta_kl - yhat_k)*x_j for l)
        = -x_j*(y_k - yhat_k)
        """,
    ),
    "1b, weights as columns": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        z_k = w_k^T x
        dC/dw_k = dC/dz_k * dz_k/dw_k
        dC/dz_k = -sum(y_l/yhat_l*d(yhat_l)/d(z_k) for l)
        = -sum(y_l*(delta_kl - yhat_k) for l)
        dC/dw_k = -(y_k - yhat_k)*x
        """,
    ),
    "4a, the penalty written out": (
        "4a",
        """
        J = C + lambda*R
        = C + lambda*sum(w_ij^2 for i, j)
        d(J)/d(w) = d(C)/d(w) + lambda*d(R)/d(w)
        = d(C)/d(w) + 2 lambda w
        = -x^T (y - yhat)/N + 2 lambda w
        """,
    ),
    "4a, index by index for one image": (
        "4a",
        """
        J = C + lambda R
        dJ/dw_kj = dC/dw_kj + lambda dR/dw_kj
        dR/dw_kj = 2 w_kj
        dC/dw_kj = -x_j (y_k - yhat_k)
        dJ/dw_kj = -x_j (y_k - yhat_k) + 2 lambda w_kj
        """,
    ),
    "4a, index by index for a batch": (
        "4a",
        """
        J(w) = C(w) + lambda*R(w)
        d(J)/d(w_kj) = d(C)/d(w_kj) + lambda*d(R)/d(w_kj)
        = -1/N*sum(x_j^n*(y_k^n - yhat_k^n) for n) + lambda*d(R)/d(w_kj)
        = -1/N*sum(x_j^n*(y_k^n - yhat_k^n) for n) + 2*lambda*w_kj
        """,
    ),
    "4a, the later edition": (
        "4a",
        """
        J = C + lambda*R
        J = C + lambda/2*||w||^2
        d(J)/d(w) = d(C)/d(w) + lambda*d(R)/d(w)
        d(R)/d(w) = w
        d(J)/d(w) = d(C)/d(w) + lambda*w
        d(J)/d(w) = -1/N*X.T @ (y - yhat) + lambda*w
        """,
    ),
    "4a, weights of a class in a row": (
        "4a",
        """
        J = C + lambda*R
        d(J)/d(w) = d(C)/d(w) + lambda*d(R)/d(w)
        = -(y - yhat)^T x/N + lambda*d(R)/d(w)
        = -(y - yhat)^T x/N + 2*lambda*w
        """,
    ),
    "1a, quotient rule on one line": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        yhat = 1/(1+exp(-z))
        dyhat/dz = (0*(1+exp(-z)) - 1*(-exp(-z)))/(1+exp(-z))^2
        = exp(-z)/(1+exp(-z))^2
        = yhat*(1-yhat)
        dC/dw_i = dC/dyhat*dyhat/dz*dz/dw_i
        = (-y/yhat + (1-y)/(1-yhat))*yhat*(1-yhat)*x_i
        = (yhat - y)*x_i
        """,
    ),
    "1a, tired": (
        "1a",
        """
        C = -(y ln yhat + (1-y) ln(1-yhat))
        dyhat/dw_i = yhat(1-yhat) x_i
        dC/dw_i = -y/yhat dyhat/dw_i + (1-y)/(1-yhat) dyhat/dw_i
            = -y(1-yhat)x_i + (1-y) yhat x_i = (yhat - y) x_i
        """,
    ),
    "1a, softplus derived by w": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        C = ln(1+exp(-z)) + (1-y)*z
        dC/dw_i = -exp(-z)/(1+exp(-z))*dz/dw_i + (1-y)*dz/dw_i
        = (1 - y - exp(-z)/(1+exp(-z)))*x_i
        = (1 - y - (1-yhat))*x_i
        = (yhat - y)*x_i
        """,
    ),
    "1a, ln yhat derived": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        dC/dw_i = -y*d(ln(yhat))/d(w_i) - (1-y)*d(ln(1-yhat))/d(w_i)
        d(ln(yhat))/d(w_i) = 1/yhat*dyhat/dw_i = (1-yhat)*x_i
        d(ln(1-yhat))/d(w_i) = -1/(1-yhat)*dyhat/dw_i = -yhat*x_i
        dC/dw_i = -y*(1-yhat)*x_i + (1-y)*yhat*x_i
        = -(y-yhat)*x_i
        """,
    ),
    "1a, ln sigma": (
        "1a",
        """
        C = -y ln(sigma(z)) - (1-y) ln(1 - sigma(z))
        d(sigma(z))/d(z) = sigma(z) (1-sigma(z))
        dC/dz = -y (1 - sigma(z)) + (1-y) sigma(z)
        = sigma(z) - y
        dC/dw_i = dC/dz dz/dw_i
        = (sigma(z) - y) x_i
        = (yhat - y) x_i
        """,
    ),
    "1a, batch of vectors": (
        "1a",
        """
        C = -1/N*sum(y^n*ln(yhat^n)+(1-y^n)*ln(1-yhat^n) for n)
        dC/dw = 1/N*sum(dC^n/dz^n*dz^n/dw for n)
        dC^n/dz^n = dC^n/dyhat^n*dyhat^n/dz^n
        = -(y^n/yhat^n - (1-y^n)/(1-yhat^n))*yhat^n*(1-yhat^n)
        = yhat^n - y^n
        dC/dw = 1/N*sum((yhat^n-y^n)*x^n for n)
        """,
    ),
    "1a, by yhat then z then w": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        dC/dyhat = (yhat - y)/(yhat*(1-yhat))
        dC/dz = dC/dyhat*dyhat/dz = (yhat-y)/(yhat*(1-yhat))*yhat*(1-yhat) = yhat - y
        dC/dw_i = dC/dz*dz/dw_i = (yhat - y)*x_i
        """,
    ),
    "1a, u for the logit": (
        "1a",
        """
        u = w^T x
        yhat = 1/(1+exp(-u))
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        dyhat/dw_i = exp(-u)/(1+exp(-u))^2*x_i
        = yhat*(1-yhat)*x_i
        dC/dw_i = -y/yhat*dyhat/dw_i + (1-y)/(1-yhat)*dyhat/dw_i
        = -y*(1-yhat)*x_i + (1-y)*yhat*x_i
        = -(y-yhat)*x_i
        """,
    ),
    "1a, sum in z": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        z = sum(w_k*x_k for k)
        dz/dw_i = x_i
        dC/dw_i = dC/dz*dz/dw_i = dC/dz*x_i
        dC/dz = -y/yhat*dyhat/dz + (1-y)/(1-yhat)*dyhat/dz
        dyhat/dz = yhat*(1-yhat)
        dC/dz = -y*(1-yhat) + (1-y)*yhat
        = yhat - y
        dC/dw_i = (yhat-y)*x_i
        """,
    ),
    "1b, two lines of their own": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        d(yhat_k)/d(z_k) = yhat_k*(1-yhat_k)
        d(yhat_l)/d(z_k) = -yhat_l*yhat_k for l != k
        dC/dz_k = -y_k/yhat_k*dyhat_k/dz_k - sum(y_l/yhat_l*dyhat_l/dz_k for l if l != k)
        = -y_k*(1-yhat_k) + sum(y_l*yhat_k for l if l != k)
        = -y_k + yhat_k*sum(y_l for l)
        = yhat_k - y_k
        dC/dw_kj = dC/dz_k*dz_k/dw_kj
        = (yhat_k - y_k)*x_j
        """,
    ),
    "1b, two lines, jump": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        dyhat_k/dz_k = yhat_k*(1-yhat_k)
        dyhat_l/dz_k = -yhat_l*yhat_k for l != k
        dC/dw_kj = sum(dC/dyhat_l*dyhat_l/dz_k for l)*dz_k/dw_kj
        = -x_j*(y_k - yhat_k)
        """,
    ),
    "1b, log-sum in one line by z": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        C = -sum(y_k*z_k for k) + ln(sum(exp(z_l) for l))
        dC/dz_k = -y_k + exp(z_k)/sum(exp(z_l) for l)
        = yhat_k - y_k
        dC/dw_kj = dC/dz_k*dz_k/dw_kj
        = -x_j*(y_k - yhat_k)
        """,
    ),
    "1b, log-sum in one line, bracketed": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        C = -sum(y_k*z_k for k) + ln(sum(exp(z_l) for l))
        dC/dw_kj = (-y_k + exp(z_k)/sum(exp(z_l) for l))*d(z_k)/d(w_kj)
        = -x_j*(y_k - yhat_k)
        """,
    ),
    "1b, log-sum and the chain rule": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        C = -sum(y_k*z_k for k) + ln(sum(exp(z_l) for l))
        dC/dw_kj = dC/dz_k*dz_k/dw_kj
        = (yhat_k - y_k)*x_j
        """,
    ),
    "1b, vectors of a class": (
        "1b",
        """
        C = -sum(y_k ln(yhat_k) for k)
        dC/dw_k = sum(dC/dz_l*dz_l/dw_k for l)
        dC/dz_l = sum(dC/dyhat_m*dyhat_m/dz_l for m)
        = sum(-y_m/yhat_m*yhat_m*(delta_ml - yhat_l) for m)
        = -y_l + yhat_l*sum(y_m for m)
        = yhat_l - y_l
        dC/dw_k = sum((yhat_l-y_l)*delta_lk*x for l)
        = -(y_k - yhat_k)*x
        """,
    ),
    "1b, quotient rule": (
        "1b",
        """
        dyhat_l/dz_k = (delta_lk*exp(z_l)*sum(exp(z_m) for m)
            - exp(z_l)*exp(z_k))/(sum(exp(z_m) for m))^2
        = yhat_l*(delta_lk - yhat_k)
        C = -sum(y_k*ln(yhat_k) for k)
        dC/dw_kj = -sum(y_l/yhat_l*dyhat_l/dw_kj for l)
        = -sum(y_l/yhat_l*dyhat_l/dz_k*dz_k/dw_kj for l)
        = -sum(y_l*(delta_lk - yhat_k)*x_j for l)
        = -x_j*(y_k - yhat_k)
        """,
    ),
    "1b, ln yhat": (
        "1b",
        """
        ln(yhat_k) = z_k - ln(sum(exp(z_l) for l))
        C = -sum(y_k ln(yhat_k) for k)
        d(ln(yhat_l))/d(z_k) = delta_lk - exp(z_k)/sum(exp(z_m) for m)
        = delta_lk - yhat_k
        dC/dw_kj = -sum(y_l*d(ln(yhat_l))/d(z_k)*d(z_k)/d(w_kj) for l)
        = -sum(y_l*(delta_lk - yhat_k)*x_j for l)
        = -x_j*(y_k - yhat_k)
        """,
    ),
    "1b, S for the sum": (
        "1b",
        """
        S = sum(exp(z_l) for l)
        yhat_k = exp(z_k)/S
        C = -sum(y_k*ln(yhat_k) for k)
        C = -sum(y_k*z_k for k) + ln(S)
        d(S)/d(w_kj) = exp(z_k)*x_j
        dC/dw_kj = -y_k*x_j + 1/S*d(S)/d(w_kj)
        = -y_k*x_j + exp(z_k)/S*x_j
        = -x_j*(y_k-yhat_k)
        """,
    ),
    "1b, batch": (
        "1b",
        """
        C = 1/N*sum(C^n for n)
        C^n = -sum(y_k^n*ln(yhat_k^n) for k)
        dC^n/dw_kj = dC^n/dz_k^n*dz_k^n/dw_kj
        dC^n/dz_k^n = sum(dC^n/dyhat_l^n*dyhat_l^n/dz_k^n for l)
        = -sum(y_l^n/yhat_l^n*yhat_l^n*(delta_lk-yhat_k^n) for l)
        = -y_k^n + yhat_k^n
        dC^n/dw_kj = -x_j^n*(y_k^n-yhat_k^n)
        dC/dw_kj = -1/N*sum(x_j^n*(y_k^n-yhat_k^n) for n)
        """,
    ),
    "1b, log-sum a derivative on its own": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        C = -sum(y_k*z_k for k) + ln(sum(exp(z_l) for l))
        d(ln(sum(exp(z_l) for l)))/d(z_k) = 1/sum(exp(z_l) for l)*d(sum(exp(z_l) for l))/d(z_k)
        = exp(z_k)/sum(exp(z_l) for l)
        = yhat_k
        dC/dz_k = -y_k + d(ln(sum(exp(z_l) for l)))/d(z_k)
        = -y_k + yhat_k
        dC/dw_kj = dC/dz_k*dz_k/dw_kj = -x_j*(y_k-yhat_k)
        """,
    ),
    "4a, sums": (
        "4a",
        """
        J = C + lambda*R
        R = sum(w_kj^2 for k, j)
        dR/dw_kj = 2*w_kj
        dC/dw_kj = -1/N*sum(x_j^n*(y_k^n - yhat_k^n) for n)
        dJ/dw_kj = dC/dw_kj + lambda*dR/dw_kj
        = -1/N*sum(x_j^n*(y_k^n - yhat_k^n) for n) + 2*lambda*w_kj
        """,
    ),
    "4a, logistic": (
        "4a",
        """
        J = C + lambda*sum(w_i^2 for i)
        dJ/dw_i = dC/dw_i + lambda*d(sum(w_k^2 for k))/d(w_i)
        = dC/dw_i + lambda*2*w_i
        = -x_i*(y-yhat) + 2*lambda*w_i
        """,
    ),
    "4a, w^T w": (
        "4a",
        """
        J = C + lambda*w^T*w
        dJ/dw = dC/dw + lambda*d(w^T*w)/d(w)
        = dC/dw + 2*lambda*w
        = -1/N*x^T*(y-yhat) + 2*lambda*w
        """,
    ),
    "1a, softplus by z": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        C = -(y*ln(1/(1+exp(-z))) + (1-y)*ln(exp(-z)/(1+exp(-z))))
        C = (1-y)*z + ln(1+exp(-z))
        dC/dz = (1-y) - exp(-z)/(1+exp(-z))
        = yhat - y
        dC/dw_i = dC/dz*dz/dw_i = (yhat-y)*x_i
        """,
    ),
    "1a, both sides": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        dC/dw_i = dC/dyhat * dyhat/dw_i
        dC/dyhat = (yhat-y)/(yhat*(1-yhat))
        dyhat/dw_i = yhat*(1-yhat)*x_i
        dC/dw_i = (yhat-y)*x_i
        """,
    ),
    "1b, by w, two cases": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        d(yhat_k)/d(w_kj) = yhat_k*(1-yhat_k)*x_j
        d(yhat_l)/d(w_kj) = -yhat_l*yhat_k*x_j for l != k
        dC/dw_kj = -y_k/yhat_k*d(yhat_k)/d(w_kj) - sum(y_l/yhat_l*d(yhat_l)/d(w_kj) for l if l != k)
        = -y_k*(1-yhat_k)*x_j + sum(y_l*yhat_k*x_j for l if l != k)
        = -x_j*(y_k - yhat_k)
        """,
    ),
    "1b, log-sum by w, each term": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        C = -sum(y_k*z_k for k) + ln(sum(exp(z_l) for l))
        dC/dw_kj = -d(sum(y_l*z_l for l))/d(w_kj) + d(ln(sum(exp(z_l) for l)))/d(w_kj)
        = -y_k*x_j + 1/sum(exp(z_l) for l)*sum(exp(z_l)*d(z_l)/d(w_kj) for l)
        = -y_k*x_j + exp(z_k)*x_j/sum(exp(z_l) for l)
        = -x_j*(y_k-yhat_k)
        """,
    ),
    "4a, each square": (
        "4a",
        """
        J = C + lambda*R
        dR/dw_kj = sum(sum(d(w_il^2)/d(w_kj) for l) for i) = 2*w_kj
        dJ/dw_kj = dC/dw_kj + lambda*dR/dw_kj
        = -x_j*(y_k - yhat_k) + 2*lambda*w_kj
        """,
    ),
    "1a, written out at once": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        dC/dw_i = dC/dyhat * dyhat/dw_i
        = -y*1/yhat*yhat*(1-yhat)*x_i + (1-y)*1/(1-yhat)*yhat*(1-yhat)*x_i
        = -y*(1-yhat)*x_i + (1-y)*yhat*x_i
        dC/dw_i = -(y - yhat)*x_i
        """,
    ),
    "1a, by z, a jump": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        dC/dw_i = dC/dz*dz/dw_i
        dC/dz = -y*(1-yhat) + (1-y)*yhat
        = yhat - y
        dC/dw_i = -(y - yhat)*x_i
        """,
    ),
    "1b, by z, a jump": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        dC/dw_kj = dC/dz_k*dz_k/dw_kj
        dC/dz_k = -sum(y_l*(delta_lk - yhat_k) for l)
        = yhat_k*sum(y_l for l) - y_k
        dC/dw_kj = -x_j*(y_k - yhat_k)
        """,
    ),
    "1a, derived by 1+exp(-z)": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        yhat = (1+exp(-z))^(-1)
        dyhat/dw_i = -(1+exp(-z))^(-2)*d(1+exp(-z))/d(w_i)
        = (1+exp(-z))^(-2)*exp(-z)*x_i
        = yhat*(1-yhat)*x_i
        dC/dw_i = (yhat-y)/(yhat*(1-yhat))*dyhat/dw_i
        dC/dw_i = -(y - yhat)*x_i
        """,
    ),
    "1b, u for the exponential": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        yhat_k = exp(z_k)/sum(exp(z_l) for l)
        C = -sum(y_k*(z_k - ln(sum(exp(z_l) for l))) for k)
        = -sum(y_k*z_k for k) + ln(sum(exp(z_l) for l))
        dC/dz_k = -y_k + 1/sum(exp(z_l) for l)*d(sum(exp(z_l) for l))/d(z_k)
        = -y_k + exp(z_k)/sum(exp(z_l) for l)
        = -y_k + yhat_k
        dC/dw_kj = (yhat_k - y_k)*x_j
        """,
    ),
    "1a, f mixed with yhat": (
        "1a",
        """
        C = -(y ln(yhat) + (1-y) ln(1-yhat))
        dC/dw_i = dC/df df/dw_i
        dC/df = -y/f + (1-y)/(1-f)
        df/dw_i = f(1-f) x_i
        dC/dw_i = -(y - yhat) x_i
        """,
    ),
    "1a, sigma notation": (
        "1a",
        """
        C = -y ln(sigma(z)) - (1-y) ln(1-sigma(z))
        dC/dw_i = -y/sigma(z)*d(sigma(z))/d(z)*d(z)/d(w_i)
            + (1-y)/(1-sigma(z))*d(sigma(z))/d(z)*d(z)/d(w_i)
        = -y*(1-sigma(z))*x_i + (1-y)*sigma(z)*x_i
        = (yhat - y)*x_i
        """,
    ),
    "1a, two terms named": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        d(ln(yhat))/d(z) = 1 - yhat
        d(ln(1-yhat))/d(z) = -yhat
        dC/dz = -y*d(ln(yhat))/d(z) - (1-y)*d(ln(1-yhat))/d(z)
        = -y*(1-yhat) + (1-y)*yhat
        = yhat - y
        dC/dw_i = dC/dz*dz/dw_i
        dC/dw_i = -(y - yhat)*x_i
        """,
    ),
    "1a, logit exponentials by w": (
        "1a",
        """
        C = -(y*ln(yhat) + (1-y)*ln(1-yhat))
        C = -y*w^T*x + ln(1+exp(w^T*x))
        dC/dw_i = -y*x_i + 1/(1+exp(w^T*x))*d(exp(w^T*x))/d(w_i)
        = -y*x_i + exp(w^T*x)/(1+exp(w^T*x))*x_i
        = -y*x_i + yhat*x_i
        dC/dw_i = -(y - yhat)*x_i
        """,
    ),
    "1b, one-hot sums": (
        "1b",
        """
        C = -sum(y_k*ln(yhat_k) for k)
        dyhat_l/dz_k = yhat_l*(delta_lk - yhat_k)
        dC/dz_k = -sum(y_l*1/yhat_l*dyhat_l/dz_k for l)
        = -sum(y_l*delta_lk for l) + yhat_k*sum(y_l for l)
        = -y_k + yhat_k
        dC/dw_kj = dC/dz_k*dz_k/dw_kj = x_j*(yhat_k - y_k)
        dC/dw_kj = -x_j*(y_k - yhat_k)
        """,
    ),
    "4a, with C written out": (
        "4a",
        """
        J = -1/N*sum(sum(y_k^n*ln(yhat_k^n) for k) for n) + lambda*sum(w_kj^2 for k, j)
        J = C + lambda*R
        dJ/dw_kj = dC/dw_kj + lambda*dR/dw_kj
        dR/dw_kj = 2*w_kj
        dJ/dw_kj = -1/N*sum(x_j^n*(y_k^n - yhat_k^n) for n) + 2*lambda*w_kj
        """,
    ),
}

LATEX: dict[str, tuple[str, str]] = {
    "1a as in a report": (
        "1a",
        r"""
        \begin{align*}
        C^n(w) &= -\left( y^n \ln(\hat{y}^n) + (1-y^n)\ln(1-\hat{y}^n) \right) \\
        \frac{\partial C^n(w)}{\partial w_i}
          &= \frac{\partial C^n}{\partial \hat{y}^n}
             \cdot \frac{\partial \hat{y}^n}{\partial w_i} \\
          &= -\left[ \frac{y^n}{\hat{y}^n} - \frac{1-y^n}{1-\hat{y}^n} \right]
             \frac{\partial \hat{y}^n}{\partial w_i} \\
          &= -\left( \frac{y^n}{\hat{y}^n} - \frac{1-y^n}{1-\hat{y}^n} \right)
             x_i^n \hat{y}^n (1 - \hat{y}^n) \\
          &= -(y^n - \hat{y}^n)\, x_i^n
        \end{align*}
        """,
    ),
    "1a with d and f(x)": (
        "1a",
        r"""
        C = -(y \log f(x) + (1-y) \log (1-f(x)))
        $\frac{dC}{dw_i} = \frac{dC}{df}\frac{df}{dw_i}$
        = \left(-\frac{y}{f} + \frac{1-y}{1-f}\right) \frac{df}{dw_i}, \text{ by the chain rule}
        = \left(-\frac{y}{f} + \frac{1-y}{1-f}\right) f (1-f) x_i
        = -(y-f) x_i
        """,
    ),
    "1a through sigma": (
        "1a",
        r"""
        \hat{y} = \sigma(z) \\
        C = -y\ln\sigma(z) - (1-y)\ln(1-\sigma(z)) \\
        \frac{\partial C}{\partial w_i}
            = \frac{\partial C}{\partial z}\frac{\partial z}{\partial w_i} \\
        \frac{\partial C}{\partial z}
            = -y\frac{\hat y(1-\hat y)}{\hat y} + (1-y)\frac{\hat y(1-\hat y)}{1-\hat y} \\
        \frac{\partial C}{\partial w_i}
            = \frac{\partial C}{\partial \hat y}\frac{\partial \hat y}{\partial z}
              \frac{\partial z}{\partial w_i} \\
        = -\left(\frac{y}{\hat y} - \frac{1-y}{1-\hat y}\right) \hat y (1-\hat y) x_i \\
        = -(y-\hat y) x_i
        """,
    ),
    "1b, log-sum-exp": (
        "1b",
        r"""
        C &= -\sum_{k=1}^{K} y_k \ln \hat{y}_k \\
        C &= -\sum_k y_k z_k + \ln \sum_{k'} \exp(z_{k'}) \\
        \frac{\partial C}{\partial w_{kj}} &= -\sum_l y_l \frac{\partial z_l}{\partial w_{kj}}
          + \frac{1}{\sum_{l} e^{z_l}} \frac{\partial}{\partial w_{kj}} \sum_{l} e^{z_l} \\
        &= -y_k x_j + \frac{e^{z_k}}{\sum_l e^{z_l}} x_j \\
        &= -x_j (y_k - \hat{y}_k)
        """,
    ),
    "1b, two cases": (
        "1b",
        r"""
        C^n = - \sum_{k} y^n_k \ln(\hat{y}^n_k) \\
        \frac{\partial \hat{y}_l}{\partial z_k} = \hat{y}_k (1 - \hat{y}_k), \quad l = k \\
        \frac{\partial \hat{y}_l}{\partial z_k} = -\hat{y}_l \hat{y}_k \quad \text{for } l \neq k \\
        \frac{\partial C^n}{\partial z_k}
            = \sum_l \frac{\partial C^n}{\partial \hat{y}_l}
              \frac{\partial \hat{y}_l}{\partial z_k} \\
        = -\frac{y_k}{\hat{y}_k} \hat{y}_k (1-\hat{y}_k)
            + \sum_{l \neq k} \frac{y_l}{\hat{y}_l} \hat{y}_l \hat{y}_k \\
        = -y_k + \hat{y}_k \sum_l y_l \\
        = \hat{y}_k - y_k \\
        \frac{\partial C^n}{\partial w_{kj}}
            = \frac{\partial C^n}{\partial z_k} \frac{\partial z_k}{\partial w_{kj}} \\
        = -x^n_j (y^n_k - \hat{y}^n_k)
        """,
    ),
    "1a, the logistic function derived": (
        "1a",
        r"""
        C^n(\mathbf{w}) = -(y^n \ln(\hat{y}^n) + (1-y^n) \ln(1-\hat{y}^n))
        \hat{y}^n = \frac{1}{1+e^{-\mathbf{w}^T \mathbf{x}^n}}
        \frac{\partial \hat{y}^n}{\partial w_i}
            = \frac{e^{-w^T x^n}}{(1+e^{-w^T x^n})^2} x_i^n = x_i^n \hat{y}^n (1-\hat{y}^n)
        \frac{\partial C^n}{\partial w_i}
            = \frac{\partial C^n}{\partial \hat{y}^n} \frac{\partial \hat{y}^n}{\partial w_i}
            = -(y^n - \hat{y}^n) x_i^n
        """,
    ),
    "1b, the logarithm of a quotient": (
        "1b",
        r"""
        C = -\sum_{k} y_k \ln \frac{e^{z_k}}{\sum_{k'} e^{z_{k'}}}
        C = -\sum_{k} y_k \left( z_k - \ln \sum_{k'} e^{z_{k'}} \right)
        \frac{\partial C}{\partial z_k} = -y_k + \sum_i y_i \frac{e^{z_k}}{\sum_{k'} e^{z_{k'}}}
        = -y_k + \hat{y}_k
        \frac{\partial z_k}{\partial w_{kj}} = x_j
        \frac{\partial C}{\partial w_{kj}}
            = \frac{\partial C}{\partial z_k} \cdot \frac{\partial z_k}{\partial w_{kj}}
            = -x_j (y_k - \hat{y}_k)
        """,
    ),
    "1b, samples in brackets": (
        "1b",
        r"""
        C^{(n)} = -\sum_{k} y_k^{(n)} \ln \hat{y}_k^{(n)} \\
        \frac{\partial C^{(n)}}{\partial w_{k,j}}
            = -\sum_{m} \frac{y_m^{(n)}}{\hat{y}_m^{(n)}}
              \frac{\partial \hat{y}_m^{(n)}}{\partial w_{k,j}} \\
        \frac{\partial \hat{y}_m^{(n)}}{\partial w_{k,j}}
            = \hat{y}_m^{(n)} (\delta_{mk} - \hat{y}_k^{(n)}) x_j^{(n)} \\
        \frac{\partial C^{(n)}}{\partial w_{k,j}} = -x_j^{(n)} (y_k^{(n)} - \hat{y}_k^{(n)})
        """,
    ),
    "1a, two equations in a line": (
        "1a",
        r"""
        C(w) = \frac{1}{N}\sum_{n=1}^N C^n(w),\quad C^n = -(y^n\ln f(x^n) + (1-y^n)\ln(1-f(x^n)))
        \Rightarrow \frac{\delta C^n(w)}{\delta w_i} =
            \frac{\delta C^n}{\delta f}\frac{\delta f}{\delta w_i}
        \frac{\partial f(x^n)}{\partial w_i} := x_i^n f(x^n)(1-f(x^n))
        \frac{\partial C^n(w)}{\partial w_i}
            = -\left(\frac{y^n}{f} + \frac{(1-y^n)}{1-f}(-1)\right) x_i^n f(1-f)
        = -(y^n-\hat y^n)x_i^n.
        """,
    ),
    "1b, an index and its prime": (
        "1b",
        r"""
        C^n = -\sum_{k=1}^K y_k^n \ln \hat y_k^n
        \frac{\partial C^n}{\partial w_{kj}}
          = -\frac{\partial}{\partial w_{kj}} \sum_{k=1}^K y_k^n \ln \hat y_k^n \\
        = -\sum_{k'} y_{k'}^n \frac{1}{\hat y_{k'}^n}
            \frac{\partial \hat y_{k'}^n}{\partial w_{kj}} \\
        \frac{\partial \hat y_{k'}^n}{\partial w_{kj}}
            = \hat y_{k'}^n(\delta_{kk'} - \hat y_k^n)x_j^n \\
        \sum_k y_k = 1 \\
        \frac{\partial C^n}{\partial w_{kj}} = -x_j^n(y_k^n - \hat y_k^n)
        """,
    ),
    "4a, logistic regression": (
        "4a",
        r"""
        J(w) = C(w) + \lambda R(w), \quad R(w) = \|w\|_2^2 = \sum_{i} w_i^2
        \frac{\partial J}{\partial w_i} = \frac{\partial C}{\partial w_i}
            + \lambda\frac{\partial R}{\partial w_i}
        \frac{\partial R}{\partial w_i} = 2w_i
        \frac{\partial J}{\partial w_i} = -\frac{1}{N}\sum_{n=1}^N x_i^n(y^n-\hat y^n)
            + 2\lambda w_i
        """,
    ),
    "4a, the norm derived as it stands": (
        "4a",
        r"""
        J(w) := C(w) + \lambda R(w)
        R(w) = ||w||^2 = \sum_{ij} w_{ij}^2
        \frac{\partial \|w\|^2}{\partial w} = 2w
        \frac{\partial J}{\partial w} = \frac{\partial C}{\partial w}
            + \lambda \frac{\partial R}{\partial w}
        = \frac{\partial C}{\partial w} + 2\lambda w = -\frac{1}{N}x^T(y-\hat y) + 2\lambda w
        """,
    ),
    "4a with nabla": (
        "4a",
        r"""
        J = C + \lambda R
        \nabla_w J = \nabla_w C + \lambda \nabla_w R
        \nabla_w R = 2 w
        \nabla_w J = -\frac{1}{N} x^T (y - \hat{y}) + 2 \lambda w
        """,
    ),
    "4a in matrices": (
        "4a",
        r"""
        J(w) &= C(w) + \lambda R(w) \\
        &= C(w) + \lambda \lVert w \rVert^2 \\
        \frac{\partial J}{\partial w}
        &= \frac{\partial C}{\partial w} + \lambda \frac{\partial R}{\partial w} \\
        &= -\frac{1}{N} x^\top (y - \hat{y}) + \lambda \frac{\partial R}{\partial w} \\
        &= -\frac{1}{N} x^T (y - \hat{y}) + 2 \lambda w
        """,
    ),
    "4a over samples": (
        "4a",
        r"""
        J = C + \lambda \sum_{i,j} w_{ij}^2
        \frac{\partial J}{\partial w_{kj}} = \frac{\partial C}{\partial w_{kj}}
            + \lambda \frac{\partial}{\partial w_{kj}} \sum_{i,l} w_{il}^2
        = \frac{\partial C}{\partial w_{kj}} + 2 \lambda w_{kj}
        = -\frac{1}{N} \sum_{n=1}^N x_j^n (y_k^n - \hat{y}_k^n) + 2 \lambda w_{kj}
        """,
    ),
    "1a, three sides": (
        "1a",
        r"""
        C^n(w) = -\left[y^n \ln \hat{y}^n + (1 - y^n) \ln (1-\hat{y}^n)\right]
        \frac{\partial C^n(w)}{\partial w_i} = \frac{\partial C^n(w)}{\partial
            \hat{y}^n}\frac{\partial \hat{y}^n}{\partial z^n}\frac{\partial z^n}{\partial w_i}
        \frac{\partial C^n(w)}{\partial \hat{y}^n} = \frac{\hat{y}^n -
            y^n}{\hat{y}^n(1-\hat{y}^n)}
        \frac{\partial \hat{y}^n}{\partial z^n} = \hat{y}^n(1-\hat{y}^n)
        \frac{\partial z^n}{\partial w_i} = x_i^n
        \Rightarrow \frac{\partial C^n(w)}{\partial w_i} = (\hat{y}^n - y^n)x_i^n
        """,
    ),
    "1a, f from inside": (
        "1a",
        r"""
        f(x) = \frac{1}{1+e^{-w^Tx}}
        \frac{\partial f(x)}{\partial w_i} = \frac{x_i e^{-w^T x}}{(1+e^{-w^T x})^2} = x_i
            f(x)(1-f(x))
        C(w) = -(y \ln f(x) + (1-y)\ln(1-f(x)))
        \frac{\partial C(w)}{\partial w_i} = -\left(y \frac{1}{f(x)}\frac{\partial
            f(x)}{\partial w_i} - (1-y)\frac{1}{1-f(x)}\frac{\partial f(x)}{\partial
            w_i}\right)
        = -\left(y (1-f(x)) x_i - (1-y) f(x) x_i\right)
        = -x_i (y - f(x))
        """,
    ),
    "1a, log-odds": (
        "1a",
        r"""
        C = -(y\ln\hat y + (1-y)\ln(1-\hat y))
        \ln\frac{\hat y}{1-\hat y} = z
        C = -y z - \ln(1-\hat y)
        \frac{\partial C}{\partial w_i} = -y\frac{\partial z}{\partial w_i} + \frac{1}{1-\hat
            y}\frac{\partial \hat y}{\partial w_i}
        = -y x_i + \hat y x_i
        = -(y - \hat y) x_i
        """,
    ),
    "1a, x put in at once": (
        "1a",
        r"""
        C &= -y\log\hat y-(1-y)\log(1-\hat y)\\
        \frac{\partial C}{\partial w_i} &= \frac{\partial C}{\partial z}x_i\\
        \frac{\partial C}{\partial z} &= \frac{\partial C}{\partial\hat y}\hat y(1-\hat y)\\
        &= \frac{\hat y-y}{\hat y(1-\hat y)}\hat y(1-\hat y)\\
        \frac{\partial C}{\partial w_i} &= (\hat y-y)x_i
        """,
    ),
    "1b, ln yhat by w": (
        "1b",
        r"""
        C(w) = -\sum_{k=1}^{K} y_k \ln(\hat{y}_k)
        \ln(\hat{y}_k) = z_k - \ln\sum_{k'} e^{z_{k'}}
        \frac{\partial C}{\partial w_{kj}} = -\sum_{k'} y_{k'} \frac{\partial \ln
            \hat{y}_{k'}}{\partial w_{kj}}
        = -\sum_{k'} y_{k'} \frac{1}{\hat y_{k'}}\frac{\partial \hat{y}_{k'}}{\partial w_{kj}}
        = -\sum_{k'} y_{k'}(\delta_{kk'} - \hat{y}_k) x_j
        = -x_j (y_k - \hat{y}_k)
        """,
    ),
    "1b, cases on lines": (
        "1b",
        r"""
        C = -\sum_k y_k\ln\hat y_k
        \frac{\partial\hat y_k}{\partial z_k} = \hat y_k(1-\hat y_k)
        \frac{\partial\hat y_l}{\partial z_k} = -\hat y_l\hat y_k, \quad l\neq k
        \frac{\partial C}{\partial z_k} = -\frac{y_k}{\hat y_k}\frac{\partial\hat
            y_k}{\partial z_k} - \sum_{l\neq k}\frac{y_l}{\hat y_l}\frac{\partial\hat
            y_l}{\partial z_k} = -y_k(1-\hat y_k)+\hat y_k\sum_{l\neq k}y_l = \hat y_k - y_k
        \frac{\partial C}{\partial w_{kj}} = \frac{\partial C}{\partial z_k}x_j = (\hat
            y_k-y_k)x_j
        """,
    ),
    "4a, half the norm": (
        "4a",
        r"""
        J(w) = C(w) + \lambda R(w)
        R(w) = \frac{1}{2}\sum_{i,j} w_{ij}^2
        \frac{\partial J}{\partial w_{kj}} = \frac{\partial C}{\partial w_{kj}}
            + \lambda \frac{\partial}{\partial w_{kj}} \left(\frac12 \sum_{i,l} w_{il}^2\right)
        = -x_j(y_k - \hat y_k) + \lambda w_{kj}
        """,
    ),
    "4a, 1b cited": (
        "4a",
        r"""
        J = C + \lambda R
        \frac{\partial C}{\partial w_{kj}} = -x_j(y_k-\hat y_k) \text{ by task 1b}
        \frac{\partial J}{\partial w_{kj}} = \frac{\partial C}{\partial w_{kj}} +
            \lambda\frac{\partial R}{\partial w_{kj}} = -x_j(y_k-\hat y_k) + 2\lambda w_{kj}
        """,
    ),
    "1a, one line": (
        "1a",
        r"""
        C = -(y\ln\hat y + (1-y)\ln(1-\hat y))
        \frac{\partial C}{\partial w_i} = \frac{\partial C}{\partial \hat y}\frac{\partial
            \hat y}{\partial z}\frac{\partial z}{\partial w_i} = -\left(\frac{y}{\hat
            y}-\frac{1-y}{1-\hat y}\right)\cdot\hat y(1-\hat y)\cdot x_i = -(y-\hat y)x_i
        """,
    ),
    "1b, p and t": (
        "1b",
        r"""
        C=-\sum_k t_k\ln p_k
        \frac{\partial C}{\partial z_j}=\sum_k\frac{\partial C}{\partial p_k}\frac{\partial
            p_k}{\partial z_j}
        =-\sum_k\frac{t_k}{p_k}p_k(\delta_{kj}-p_j)
        =-t_j+p_j\sum_k t_k
        =p_j-t_j
        \frac{\partial C}{\partial w_{ji}}=\frac{\partial C}{\partial z_j}\frac{\partial
            z_j}{\partial w_{ji}}=(p_j-t_j)x_i
        """,
    ),
    "4a, nabla logistic": (
        "4a",
        r"""
        J = C + \lambda w^\top w
        \nabla_w J = \nabla_w C + \lambda \nabla_w (w^\top w)
        = \nabla_w C + 2\lambda w
        = -\frac{1}{N}x^\top(y-\hat y) + 2\lambda w
        """,
    ),
    "4a, the sum rule on one line": (
        "4a",
        r"""
        J = C + \lambda R, \quad R = \sum_{i,j} w_{ij}^2
        \frac{\partial J}{\partial w} = \frac{\partial}{\partial w}\left(C + \lambda R\right)
            = \frac{\partial C}{\partial w} + \lambda\frac{\partial R}{\partial w}
        \frac{\partial R}{\partial w} = 2w
        \frac{\partial J}{\partial w} = -\frac{1}{N}x^T(y-\hat y) + 2\lambda w
        """,
    ),
    "1b, a batch": (
        "1b",
        r"""
        C = \frac1N\sum_{n=1}^N C^n, \quad C^n = -\sum_{k=1}^K y_k^n\ln\hat y_k^n
        \frac{\partial C^n}{\partial w_{kj}} = \sum_{k'}\frac{\partial C^n}{\partial\hat
            y_{k'}^n}\frac{\partial\hat y_{k'}^n}{\partial z_k^n}\frac{\partial
            z_k^n}{\partial w_{kj}}
        = -\sum_{k'}\frac{y_{k'}^n}{\hat y_{k'}^n}\hat y_{k'}^n(\delta_{kk'}-\hat y_k^n)x_j^n
        = -x_j^n(y_k^n-\hat y_k^n)
        """,
    ),
    "1a, inner first, x outside": (
        "1a",
        r"""
        C = -[y\ln f + (1-y)\ln(1-f)]
        \frac{df}{dz} = \frac{e^{-z}}{(1+e^{-z})^2} = f(1-f)
        \frac{dC}{dw_i} =
            \left[-\frac{y}{f}+\frac{1-y}{1-f}\right]\frac{df}{dz}\frac{dz}{dw_i}
        = \left[-\frac{y}{f}+\frac{1-y}{1-f}\right]f(1-f)x_i
        = [-y(1-f)+(1-y)f]x_i = (f-y)x_i
        """,
    ),
    "1b, the full chain": (
        "1b",
        r"""
        C = -\sum_{k} y_k \ln \hat{y}_k
        \frac{\partial C}{\partial w_{kj}} = \sum_{i} \frac{\partial C}{\partial \hat{y}_i}
            \frac{\partial \hat{y}_i}{\partial z_k} \frac{\partial z_k}{\partial w_{kj}}
        \frac{\partial C}{\partial \hat{y}_i} = -\frac{y_i}{\hat{y}_i}
        \frac{\partial z_k}{\partial w_{kj}} = x_j
        \frac{\partial \hat{y}_i}{\partial z_k} = \hat{y}_i (\delta_{ik} - \hat{y}_k)
        \frac{\partial C}{\partial w_{kj}} = -x_j (y_k - \hat{y}_k)
        """,
    ),
    "1b, log-sum by z": (
        "1b",
        r"""
        C = -\sum_k y_k \ln \hat{y}_k = -\sum_k y_k z_k + \ln\sum_{k} e^{z_k}
        \frac{\partial C}{\partial z_k} = -y_k + \frac{e^{z_k}}{\sum_{l} e^{z_l}} = -y_k +
            \hat{y}_k
        \frac{\partial C}{\partial w_{kj}} = \frac{\partial C}{\partial z_k} x_j = -x_j(y_k -
            \hat{y}_k)
        """,
    ),
    "4a, logistic mean": (
        "4a",
        r"""
        J(w) = C(w) + \lambda\|w\|^2
        \nabla_w J = \nabla_w C + \lambda\nabla_w\|w\|^2
        = -\frac{1}{N}x^\top(y-\hat y) + \lambda\nabla_w\|w\|^2
        = -\frac{1}{N}x^\top(y-\hat y) + 2\lambda w
        """,
    ),
    "1a, line broken by a text": (
        "1a",
        r"""
        C = -(y\ln\hat y+(1-y)\ln(1-\hat y)) \\
        \text{By the chain rule} \\
        \frac{\partial C}{\partial w_i} = \frac{\partial C}{\partial\hat y}\frac{\partial\hat
            y}{\partial w_i} \\
        \text{where} \\
        \frac{\partial C}{\partial\hat y} = -\frac{y}{\hat y}+\frac{1-y}{1-\hat y}, \quad
            \frac{\partial\hat y}{\partial w_i} = \hat y(1-\hat y)x_i \\
        \text{so} \\
        \frac{\partial C}{\partial w_i} = -(y-\hat y)x_i
        """,
    ),
}


def typed(text: str, notation: str = "python") -> TypedDerivation:
    """A derivation of these lines."""
    lines = tuple(line.strip() for line in text.strip().splitlines() if line.strip())
    return TypedDerivation.model_validate({"notation": notation, "lines": lines})
