"""Rest points of several coordinates, k x = F(x, bias), and the small motions about them."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from cifcore import _check
from cifcore.device import Array
from cifcore.force.vectors import VectorResponse


@dataclass(frozen=True)
class RestPoints:
    """What `rest_points` returns: m points of n coordinates, and the small motions about them.

    Attributes
    ----------
    x : array, shape (m, n)
        Ascending in the first coordinate.
    stable : array, shape (m,)
        Whether every small motion dies out.
    rates : complex array, shape (m, 2n)
        The s of M s^2 + (nu + friction) s + k - dF/dx, of exp(s t), largest real part first.
    """

    x: Array
    stable: NDArray[np.bool_]
    rates: NDArray[np.complex128]


def rest_points(
    response: VectorResponse,
    bias: float,
    near: ArrayLike | None = None,
    *,
    friction: Callable[[Array, float], Any] | None = None,
) -> RestPoints:
    """Rest points of several coordinates, by Newton's method (scipy's), and their stability.

    Parameters
    ----------
    response, bias : VectorResponse, float
    near : array, shape (n,) or (p, n), optional
        Where to start; by default where the springs rest. Unlike `equilibria` this finds what
        Newton's method comes to from there, each point once; ArithmeticError if that is none.
    friction : callable, optional
        Friction matrix beside the bath's, as `response.friction`.

    Examples
    --------
    Two levels between wide bands; the bias turns one of two modes into a circle that grows:

    >>> from cifcore import Junction, VectorJunction
    >>> from cifcore.electrons.leads import WideBand
    >>> def H(x):
    ...     return np.array([[x[0], -0.4 - x[1]], [-0.4 - x[1], -x[0]]])
    >>> leads = [(WideBand(0.4), 0), (WideBand(0.4), 1)]
    >>> pair = VectorJunction(Junction(H, leads=leads, coordinates=2), k=3.0, nu=10.0, kT=0.05)
    >>> for eV in 0.4, 0.8:
    ...     rest = rest_points(pair, eV, friction=pair.friction)
    ...     print(rest.x.round(3).tolist(), rest.stable.tolist())
    [[-0.005, -0.012]] [True]
    [[-0.027, -0.041]] [False]
    """
    _check.instance("response", response, VectorResponse)
    bias, n = _check.real("bias", bias), response.coordinates
    starts = _check.real_array("near", np.zeros(n) if near is None else near)
    if starts.ndim not in (1, 2) or starts.shape[-1] != n:
        raise ValueError(f"near of shape {starts.shape}: must be ({n},) or (p, {n})")
    _check.function("friction", friction, "position and bias", needed=False)
    root = _check.library("scipy.optimize", "rest_points").root
    soft = np.linalg.inv(response.k)

    def away(x: Array) -> tuple[Any, Any]:
        return x - soft @ response.force(x, bias), np.eye(n) - soft @ response.jacobian(x, bias)

    found: list[Array] = []
    for start in np.atleast_2d(starts):
        end = root(away, start, jac=True, options={"xtol": 1e-13})
        soften = away(end.x)[1]
        # springs that are all but taken away leave no balance to be told from rounding
        if np.linalg.norm(soften, -2) < 1e-9:
            continue
        left = np.max(np.abs(np.linalg.solve(soften, end.fun)))
        close = [np.max(np.abs(end.x - one)) < 1e-6 * response.length for one in found]
        if left < 1e-7 * response.length and not any(close):
            found.append(end.x)
    if not found:
        raise ArithmeticError(f"near = {near!r}: Newton's method comes to rest from no start")
    points = np.array(sorted(found, key=tuple))
    rates = np.array([small_motions(response, bias, x, friction) for x in points])
    return RestPoints(points, np.max(rates.real, axis=-1) < 0, rates)


def small_motions(response: VectorResponse, bias: float, x: Array, friction: Any = None) -> Any:
    """The `rates` of `RestPoints` about one rest point, shape (2n,)."""
    one, inverse = np.eye(len(x)), np.linalg.inv(response.M)
    drag = response.nu if friction is None else response.nu + friction(x, bias)
    pull = inverse @ (response.jacobian(x, bias) - response.k)
    rates = np.linalg.eigvals(np.block([[0 * one, one], [pull, -inverse @ drag]])).astype(complex)
    return rates[np.lexsort((rates.imag, -rates.real.round(12)))]
