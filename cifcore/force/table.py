"""A response from a table: as fast as the linear closed form, for long motions and ensembles.

Cubic polynomials on equal cells in x, a table for each bias. The cells are halved until the error,
measured between the points that define the polynomials, is small enough.
"""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response, Sloped, check_response

_AT = np.array([0.0, 0.25, 0.75, 1.0])  # Chebyshev-Lobatto points of a cell
_PROBES = np.array([0.1, 0.5, 0.9])  # near the extrema of t (t - 1/4)(t - 3/4)(t - 1)
_POWERS = np.array([3, 2, 1, 0])
_TO_COEFFICIENTS = np.linalg.inv(_AT[:, None] ** _POWERS)
_FEWEST, _MOST = 256, 2**14


class Tabulated(Sloped):
    """What `tabulated` returns. It can be asked for its `biases` only.

    Outside of `low` to `high` it calls the other response. `error` are the largest errors measured
    of force and current, relative to the largest of each. The slope is that of the polynomials:
    good for Newton's method, less exact than the force.
    """

    def __init__(
        self, response: Response, biases: Array, low: float, high: float, tolerance: float
    ) -> None:
        self.response, self.device = response, response.device
        self.length, self.resolved = response.length, response.resolved
        self.biases, self.low, self.high = biases, low, high
        self.cells, self.error = _FEWEST // 2, (np.inf,)
        while max(self.error) > tolerance:
            if self.cells >= _MOST:
                raise ArithmeticError(
                    f"tolerance = {tolerance}: not reached with {self.cells} cells, the errors of"
                    f" force and current are {self.error}; narrow low to high, or allow more"
                )
            self.cells *= 2
            self._per_length = self.cells / (high - low)
            built = {float(bias): self._built(bias) for bias in biases}
            self._table = {bias: table for bias, (table, _) in built.items()}
            size, error = np.max([measured for _, measured in built.values()], axis=0)
            self.error = tuple((error / np.where(size > 0, size, 1.0)).tolist())

    def _built(self, bias: float) -> tuple[Array, Array]:
        """Coefficients of force and current, four each of a cell; their sizes, and errors."""
        left, halves, measured = np.arange(self.cells)[:, None], [], np.zeros((2, 2))
        points, probes = (self.low + (left + at) / self._per_length for at in (_AT[:3], _PROBES))
        # the last point of a cell is the first of the next
        both = (self.response.force_and_current(at, bias) for at in (points, self.high, probes))
        for which, (inner, end, seen) in enumerate(zip(*both, strict=True)):
            values = np.column_stack([inner, np.append(inner[1:, 0], end)])
            coefficients = values @ _TO_COEFFICIENTS.T
            off = coefficients @ (_PROBES[:, None] ** _POWERS).T - seen
            if not np.all(np.isfinite(off)):
                raise ArithmeticError(
                    f"the response's {('force', 'current')[which]} is not finite everywhere "
                    f"between low = {self.low} and high = {self.high} at the bias {bias}"
                )
            halves.append(coefficients)
            measured[:, which] = np.max(np.abs(values)), np.max(np.abs(off))
        return np.ascontiguousarray(np.concatenate(halves, axis=1)), measured

    def of(self, device: Any) -> Response:
        """The response that the table was made from, of another device."""
        return self.response.of(device)

    def _under(self, x: Array, bias: float, names: tuple[str, ...]) -> tuple[Any, ...]:
        """What is asked for, under one bias, from one search in its table."""
        if bias not in self._table:
            raise ValueError(
                f"bias = {bias!r}: must be one of the tabulated values {self.biases.tolist()}"
            )
        u = (x - self.low) * self._per_length
        cell, outside = u.astype(np.intp), None
        if u.size and (u.min() < 0 or u.max() >= self.cells):
            outside = (u < 0) | (u >= self.cells)
            cell = np.where(outside, 0, cell)
        rows, t = np.take(self._table[bias], cell, axis=0), u - cell
        found: list[Any] = []
        for name in names:
            first = 4 if name == "current" else 0
            a, b, c, d = (rows[..., column] for column in range(first, first + 4))
            if name == "force_slope":
                found.append(((3 * a * t + 2 * b) * t + c) * self._per_length)
            else:
                found.append(((a * t + b) * t + c) * t + d)
            if outside is not None:
                found[-1] = np.array(found[-1])
                found[-1][outside] = getattr(self.response, name)(x[outside], bias)
        return tuple(part[()] for part in found)

    def parts(self, x: ArrayLike, bias: ArrayLike, *names: str) -> tuple[Any, ...]:
        x, bias = np.asarray(x, float), np.asarray(bias, float)
        if bias.ndim == 0:
            return self._under(x, float(bias), names)
        x, bias = np.broadcast_arrays(x, bias)
        out = np.empty((len(names), *x.shape))
        for value in np.unique(bias):
            here = bias == value
            out[:, here] = self._under(x[here], float(value), names)
        return tuple(out)

    def transmission(self, x: ArrayLike) -> Any:
        return self.response.transmission(x)

    def nodes(self) -> Array:
        return self.response.nodes()

    @property
    def origin(self) -> Any:
        return self.response.origin


def tabulated(
    response: Response, biases: ArrayLike, low: float, high: float, tolerance: float = 1e-8
) -> Tabulated:
    """Force and current of a single device's response, tabulated for some values of the bias.

    Parameters
    ----------
    response : Response
    biases : array_like
        For instance those of a sequence of pulses.
    low, high : float
        Range of positions, in a.
    tolerance : float
        Largest error of force and current, relative to the largest of each over the table;
        ArithmeticError where it is not reached, as at a kink.
    """
    check_response(response, single=True)
    values = np.unique(np.atleast_1d(_check.real_array("biases", biases)))
    low = _check.real("low", low)
    high = _check.real("high", high, lambda a: a > low, f"above low = {low}")
    allowed = (lambda a: (a >= 1e-12) & (a < 1), "from 1e-12 to 1")
    tolerance = _check.real("tolerance", tolerance, *allowed)
    return Tabulated(response, values, low, high, tolerance)
