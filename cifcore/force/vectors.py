"""Several mechanical coordinates at once: M x'' + nu x' + k x = F(x, bias), with matrices M, nu, k.

Out of equilibrium the force of the electrons is no gradient: its curl can feed a motion in circles.
"""

from abc import ABC, abstractmethod
from typing import Any

import numpy as np
from numpy.polynomial.chebyshev import chebvander
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.electrons.friction import electronic_tensors
from cifcore.electrons.junction import RESOLVED, Junction
from cifcore.force.molecule import integrated

_MOST = 40_000  # nodes of a table


class VectorResponse(ABC):
    """A force on n coordinates, as `Response` is of one: they stand last in positions, (..., n).

    A subclass defines `force` and `current`, and may define `friction_and_noise`, for `simulate`,
    `langevin` and `rest_points`. n is `coordinates`; the force changes over `length`, in a.

    Parameters
    ----------
    k, M, nu : float or array, shape (n,) or (n, n)
        Springs, which rest at zero, masses and friction of the bath, in gamma0/a^2,
        hbar^2/(gamma0 a^2) and hbar/a^2: a number, one each, or a symmetric matrix, of which k and
        M have positive eigenvalues, and nu no negative one.

    Examples
    --------
    A force that goes round in circles:

    >>> class Round(VectorResponse):
    ...     def force(self, x, bias):
    ...         return np.multiply(bias, np.asarray(x)[..., ::-1] * [-1, 1])
    ...     def current(self, x, bias):
    ...         return 0.0 * np.asarray(x)[..., 0]
    >>> f"{Round(2, k=1.0).curl([0.0, 0.0], 0.5)[1, 0]:.6f}"
    '1.000000'
    """

    def __init__(
        self, coordinates: int, *, k: Any, M: Any = 1000.0, nu: Any = 0.0, length: float = 1.0
    ) -> None:
        n = self.coordinates = _check.whole("coordinates", coordinates, 1)
        self.k, self.M, self.nu = (_matrix(*one, n) for one in (("k", k), ("M", M), ("nu", nu)))
        self.length = _check.real("length", length, *_check.POSITIVE)

    @property
    def fastest(self) -> float:
        """Largest frequency of the free oscillators, in gamma0/hbar."""
        return float(np.sqrt(np.max(np.linalg.eigvals(np.linalg.solve(self.M, self.k)).real)))

    @abstractmethod
    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Force at positions (..., n) under biases (...), shape (..., n), in gamma0/a."""

    @abstractmethod
    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Current per spin, shape (...)."""

    def jacobian(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF_i/dx_j, shape (..., n, n), by five-point differences."""
        x, bias = _check.real_array("x", x), _check.real_array("bias", bias)
        if not x.ndim or x.shape[-1] != self.coordinates:
            raise ValueError(f"x of shape {x.shape}: must end with {self.coordinates} coordinates")
        step = 1e-3 * self.length
        ways = step * np.array([-2, -1, 1, 2])[:, None, None] * np.eye(self.coordinates)
        force = self.force(x[..., None, None, :] + ways, bias[..., None, None])
        return np.einsum("s,...sji->...ij", np.array([1, -8, 8, -1]) / (12 * step), force)

    def curl(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF_i/dx_j - dF_j/dx_i, shape (..., n, n): zero where the force is a gradient."""
        jacobian = self.jacobian(x, bias)
        return jacobian - np.swapaxes(jacobian, -1, -2)

    def friction_and_noise(self, x: ArrayLike, bias: float) -> tuple[Any, Any]:
        """`friction` and `noise`, from the same work."""
        raise NotImplementedError(f"{type(self).__name__} has no friction and noise of its own")

    def friction(self, x: ArrayLike, bias: float) -> Any:
        """Friction beside the bath's, with an antisymmetric (Berry) part, shape (..., n, n)."""
        return self.friction_and_noise(x, bias)[0]

    def noise(self, x: ArrayLike, bias: float) -> Any:
        """Strength of the force noise that belongs to `friction`, shape (..., n, n)."""
        return self.friction_and_noise(x, bias)[1]


class VectorJunction(VectorResponse):
    """`FullJunction` of several coordinates, with the friction and noise of `electronic_tensors`.

    Parameters
    ----------
    junction : Junction
        With `coordinates` of at least one.
    kT : float, zero or at least 1e-10
        Temperature of the electrons.
    **mechanics
        `k`, `M`, `nu`, `length`: see `VectorResponse`.

    Examples
    --------
    A level that one coordinate lifts, and its hop to another site, which the second one changes:

    >>> from cifcore.electrons.leads import WideBand
    >>> def H(x):
    ...     return np.array([[x[0], -0.4 - x[1]], [-0.4 - x[1], -x[0]]])
    >>> leads = [(WideBand(0.2), 0), (WideBand(0.2), 1)]
    >>> pair = VectorJunction(Junction(H, leads=leads, coordinates=2), k=0.5)
    >>> pair.force([0.1, 0.0], 0.8).round(4).tolist(), f"{pair.curl([0.1, 0.0], 0.8)[1, 0]:.4f}"
    ([0.0066, -0.3806], '-1.6015')
    """

    def __init__(self, junction: Junction, *, kT: float = 0.0, **mechanics: Any) -> None:
        if not isinstance(junction, Junction) or not junction.coordinates:
            raise TypeError(f"junction = {junction!r}: must be a cifcore Junction of coordinates")
        super().__init__(junction.coordinates, **mechanics)
        self.junction = junction
        self.kT = _check.real("kT", kT, *RESOLVED)

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return integrated(self.junction, self.kT, x, bias, current=False)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return integrated(self.junction, self.kT, x, bias, current=True)

    def friction_and_noise(self, x: ArrayLike, bias: float) -> tuple[Any, Any]:
        found = electronic_tensors(self.junction, x, bias, self.kT)
        return found.friction + found.berry, found.noise


class VectorTable(VectorResponse):
    """Another response under one bias, by Chebyshev polynomials in a box: for long motions.

    ValueError for another bias, or a position outside.

    Parameters
    ----------
    response : VectorResponse
        With friction and noise of its own.
    low, high : float or array, shape (n,)
        Corners of the box.
    tolerance : float
        Largest error at random places, relative to the largest value of force, current, friction
        or noise, each by itself; ArithmeticError if that takes too many nodes.

    Examples
    --------
    >>> from cifcore.electrons.leads import WideBand
    >>> leads = [(WideBand(0.5), 0), (WideBand(0.5), 0)]
    >>> level = Junction(lambda x: x[:, None], leads=leads, coordinates=1)
    >>> molecule = VectorJunction(level, k=2.0, kT=0.1)
    >>> table = VectorTable(molecule, 0.4, -0.1, 0.1, 1e-4)
    >>> bool(abs(table.current([0.05], 0.4) / molecule.current([0.05], 0.4) - 1) < 1e-4)
    True
    """

    def __init__(
        self, response: VectorResponse, bias: float, low: Any, high: Any, tolerance: float = 1e-6
    ) -> None:
        _check.instance("response", response, VectorResponse)
        n, one = response.coordinates, response
        super().__init__(n, k=one.k, M=one.M, nu=one.nu, length=one.length)
        self.response, self.bias = response, _check.real("bias", bias)
        self.low = np.broadcast_to(_check.real_array("low", low), (n,))
        self.high = np.broadcast_to(_check.real_array("high", high), (n,))
        _check.within("high", self.high, lambda a: a > self.low, f"above low = {self.low}")
        _check.within("tolerance", tolerance, lambda a: (a >= 1e-12) & (a < 1), "from 1e-12 to 1")
        # columns of force, current, friction and noise, side by side
        self._kinds = slice(n), slice(n, n + 1), slice(-2 * n * n, -n * n), slice(-n * n, None)
        probes = np.random.default_rng(0).uniform(self.low, self.high, (32, n))
        exact, degree, self.error = self._values(probes), 8, np.inf
        while self.error > tolerance:
            if (degree + 1) ** n > _MOST:
                raise ArithmeticError(
                    f"tolerance = {tolerance}: not reached with {degree} polynomials a coordinate"
                )
            self._coefficients = self._fitted(degree)
            missed = exact - np.hstack([self._kind(probes, self.bias, kind) for kind in range(4)])
            off, size = np.max(np.abs([missed, exact]), axis=1)
            self.error = max(float(max(off[own]) / max(*size[own], 1e-300)) for own in self._kinds)
            degree = 3 * degree // 2

    def _values(self, x: Array) -> Array:
        one, bias, n = self.response, self.bias, self.coordinates
        wide = [part.reshape(-1, n * n) for part in one.friction_and_noise(x, bias)]
        return np.column_stack([one.force(x, bias), one.current(x, bias), *wide])

    def _fitted(self, degree: int) -> Array:
        """Coefficients, an axis a coordinate, from the values at Chebyshev's nodes."""
        at = np.cos(np.pi * (np.arange(degree + 1) + 0.5) / (degree + 1))
        grid = np.stack(np.meshgrid(*[at] * self.coordinates, indexing="ij"), axis=-1)
        x = self.low + (grid.reshape(-1, self.coordinates) + 1) / 2 * (self.high - self.low)
        values = self._values(x).reshape(*grid.shape[:-1], -1)
        into = np.linalg.inv(chebvander(at, degree))
        for axis in range(self.coordinates):
            values = np.moveaxis(np.tensordot(into, values, (1, axis)), 0, axis)
        return values

    def _kind(self, x: ArrayLike, bias: ArrayLike, kind: int) -> Array:
        """Force, current, friction or noise at positions (..., n), as shape (..., m)."""
        if np.any(np.asarray(bias) != self.bias):
            raise ValueError(f"bias = {bias!r}: must be the one of the table, {self.bias}")
        x = np.asarray(x, float)
        at = (2 * x - self.low - self.high) / (self.high - self.low)
        if np.any(np.abs(at) > 1 + 1e-9):
            raise ValueError(f"x = {x!r}: must be in the box from {self.low} to {self.high}")
        flat = np.clip(at, -1, 1).reshape(-1, self.coordinates)
        powers = chebvander(flat, len(self._coefficients) - 1)
        found: Any = np.tensordot(powers[:, 0], self._coefficients[..., self._kinds[kind]], (1, 0))
        for axis in range(1, self.coordinates):
            found = np.einsum("po,po...->p...", powers[:, axis], found)
        return found.reshape(*x.shape[:-1], -1)

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return self._kind(x, bias, 0)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return self._kind(x, bias, 1)[..., 0]

    def friction(self, x: ArrayLike, bias: float) -> Any:
        return self._kind(x, bias, 2).reshape(*np.shape(x), -1)

    def noise(self, x: ArrayLike, bias: float) -> Any:
        return self._kind(x, bias, 3).reshape(*np.shape(x), -1)


def _matrix(name: str, value: Any, n: int) -> Array:
    one = _check.real_array(name, value)
    if one.shape not in ((), (n,), (n, n)):
        raise ValueError(f"{name} of shape {one.shape}: must be (), ({n},) or ({n}, {n})")
    matrix = one if one.ndim == 2 else one * np.eye(n)
    low = np.min(np.linalg.eigvalsh(matrix))
    if not np.allclose(matrix, matrix.T) or low < 0 or (low == 0 and name != "nu"):
        sign = "no negative eigenvalue" if name == "nu" else "positive eigenvalues"
        raise ValueError(f"{name} = {value!r}: must be symmetric, with {sign}")
    return matrix
