"""A response from a table: as fast as the linear closed form, for long motions and ensembles."""

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Joint, Response

_FEWEST, _MOST = 256, 2**15


class Tabulated(Joint):
    """Force and current of a single device's response, by a cubic spline for each of `biases`.

    It can be asked for these only; outside of `low` to `high` it calls the other response. Its
    equal cells are halved until the largest errors in their middles, `error`, are in `tolerance`.

    Parameters
    ----------
    response : Response
    biases : array_like
        For instance those of a sequence of pulses.
    low, high : float
        Range of positions, in a.
    tolerance : float
        Relative to the largest force or current; ArithmeticError where not reached, as at a kink.
    """

    def __init__(
        self, response: Response, biases: Any, low: float, high: float, tolerance: float = 1e-8
    ) -> None:
        _check.instance("response", response, Response, single=True)
        self.response, self.device = response, response.device
        self.length, self.resolved = response.length, response.resolved
        self.biases = np.unique(np.atleast_1d(_check.real_array("biases", biases)))
        self.low = _check.real("low", low)
        self.high = _check.real("high", high, lambda a: a > self.low, f"above low = {low}")
        _check.real("tolerance", tolerance, lambda a: (a >= 1e-12) & (a < 1), "from 1e-12 to 1")
        self.cells, self.error = _FEWEST // 2, (np.inf,)
        while max(self.error) > tolerance:
            if self.cells >= _MOST:
                raise ArithmeticError(
                    f"tolerance = {tolerance}: not reached with {self.cells} cells, the errors of"
                    f" force and current are {self.error}; narrow low to high, or allow more"
                )
            self.cells *= 2
            self._width = (self.high - self.low) / self.cells
            built = {float(bias): self._built(bias) for bias in self.biases}
            self._table = {bias: table for bias, (table, _) in built.items()}
            size, error = np.max([measured for _, measured in built.values()], axis=0)
            self.error = tuple((error / np.where(size > 0, size, 1.0)).tolist())

    def _built(self, bias: float) -> tuple[Array, Array]:
        """Coefficients of force and current, four each of a cell; their sizes, and errors."""
        spline = _check.library("scipy.interpolate", "Tabulated").CubicSpline
        halves = np.linspace(self.low, self.high, 2 * self.cells + 1)
        values = np.stack(np.broadcast_arrays(*self.response.force_and_current(halves, bias)))
        if not np.all(finite := np.all(np.isfinite(values), axis=1)):
            raise ArithmeticError(
                f"the response's {('force', 'current')[np.argmin(finite)]} is not finite "
                f"everywhere between low = {self.low} and high = {self.high} at the bias {bias}"
            )
        curve = spline(halves[::2], values[:, ::2], axis=1)
        off = np.max(np.abs(curve(halves[1::2]) - values[:, 1::2]), axis=1)
        table = np.moveaxis(curve.c, 1, 0).reshape(self.cells, 8, order="F")
        return np.ascontiguousarray(table), np.array([np.max(np.abs(values), axis=1), off])

    def of(self, device: Any) -> Response:
        """The response that the table was made from, of another device."""
        return self.response.of(device)

    def _under(self, x: Array, bias: float, names: tuple[str, ...]) -> tuple[Any, ...]:
        """What is asked for, under one bias, from one search in its table."""
        if bias not in self._table:
            raise ValueError(
                f"bias = {bias!r}: must be one of the tabulated values {self.biases.tolist()}"
            )
        away = x - self.low
        cell, outside = (away / self._width).astype(np.intp), None
        if x.size and (away.min() < 0 or cell.max() >= self.cells):
            outside = (away < 0) | (cell >= self.cells)
            cell = np.where(outside, 0, cell)
        rows, t, found = np.take(self._table[bias], cell, axis=0), away - cell * self._width, []
        for name in names:
            first = 4 if name == "current" else 0
            a, b, c, d = (rows[..., column] for column in range(first, first + 4))
            value = ((a * t + b) * t + c) * t + d
            if outside is not None:
                value = np.array(value)
                value[outside] = getattr(self.response, name)(x[outside], bias)
            found.append(value[()])
        return tuple(found)

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
