"""Linear response of a molecule of the reader's own: a `Junction` on a spring."""

from __future__ import annotations

from copy import copy
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.bond import Bond, difference
from cifcore.device import Array, Mechanics
from cifcore.electrons.junction import Junction, Matrix, trace
from cifcore.force.response import Response

# kernels at so many positions are kept, of so many sets: a search at another bias asks again
_MANY, _KEPT = 64, 64


class LinearJunction(Response):
    """First order in a bias voltage, `bias` = eV, for any junction (Eqs. 12 and 20).

    The spring rests at x = 0: write H(x) with x the displacement from there.

    Parameters
    ----------
    junction : Junction
        The local Hamiltonian and its contacts; its `mu0` is the Fermi energy.
    k, M, zeta, bond
        Spring, mass, damping and bare potential of the coordinate x, see `Mechanics`.
    length : float, > 0
        Distance over which H(x) changes, in a: the scale of what counts as a small step.
    positions : array, ascending
        Where to look for rest positions, in a, from below zero to above it: dense enough to
        resolve the force, wide enough to enclose every rest position (`largest_bias`). The
        effective potential is counted from the first of them.

    Examples
    --------
    A bond between two unlike atoms, stretched by x:

    >>> import numpy as np
    >>> from cifcore import Junction, equilibria
    >>> bond = lambda x: -0.5 * np.exp(-2 * x)
    >>> def matrix(x):
    ...     return np.array([[0.4, bond(x)], [bond(x), -0.4]])
    >>> x = np.linspace(-3, 3, 241)
    >>> molecule = LinearJunction(Junction(matrix), k=0.05, length=0.5, positions=x)
    >>> equilibria(molecule, 0.1).x.round(3).tolist()
    [0.098]
    """

    proportional = True

    def __init__(
        self,
        junction: Junction,
        *,
        k: float,
        length: float,
        positions: ArrayLike,
        M: float = 1000.0,
        zeta: float = 0.1,
        bond: Bond | None = None,
    ) -> None:
        if not isinstance(junction, Junction):
            raise TypeError(f"junction = {junction!r}: must be a cifcore Junction")
        nodes = _check.real_array("positions", positions)
        if nodes.ndim != 1 or len(nodes) < 3 or np.any(np.diff(nodes) <= 0):
            raise ValueError(f"positions = {positions!r}: must be an ascending sequence")
        if not nodes[0] < 0 < nodes[-1]:
            raise ValueError(
                f"positions run from {nodes[0]} to {nodes[-1]}: must begin below zero, where the "
                "spring rests, and end above it"
            )
        self.junction = junction
        self._known: dict[Any, tuple[Any, Any, Any]] = {}
        self.length = _check.real("length", length, *_check.POSITIVE)
        # a node beside zero would make the interval between the two a matter of rounding
        away = nodes[np.abs(nodes) > 1e-9 * self.length]
        self._nodes = np.sort(np.append(away, 0.0))
        values = {"k": k, "M": M, "zeta": zeta}
        single = {name: _check.real(name, value) for name, value in values.items()}
        self.device = Mechanics(**single, bond=bond)

    def of(self, device: Mechanics) -> LinearJunction:
        """The same junction with the spring or bond, mass and damping of another device."""
        if not isinstance(device, Mechanics) or device.shape:
            raise TypeError(f"device = {device!r}: must be a single cifcore Mechanics or Device")
        other = copy(self)
        other.device = Mechanics(device.k, device.M, device.zeta, device.bond)
        return other

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """(eV/2 pi) (F_L - F_R) at mu0, F_alpha = Tr[Lambda G Gamma_alpha G^+] (Eq. 12)."""
        return self._times(bias, self._kernels(x, slope=False)[0])

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """I = T(x) eV/2 pi, per spin (Eq. 17)."""
        return self._times(bias, self.transmission(x))

    def transmission(self, x: ArrayLike) -> Any:
        """Transmission at mu0 (Eq. 20)."""
        return self._kernels(x, slope=False)[1]

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF/dx by dG/dx = -G Lambda G.

        d2H/dx2 is a central difference of eighth order. With l the length over which H changes,
        its error relative to H/l^2 is about (step/l)^8/1000, and that of rounding
        1e-16 (l/step)^2, or 1e-16 l/step of a junction with a gradient.
        """
        return self._times(bias, self._kernels(x, slope=True)[2])

    def force_and_slope(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        force, _, slope = self._kernels(x, slope=True)
        return self._times(bias, force), self._times(bias, slope)

    def force_and_current(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        force, transmission, _ = self._kernels(x, slope=False)
        return self._times(bias, force), self._times(bias, transmission)

    @staticmethod
    def _times(bias: ArrayLike, kernel: Any) -> Any:
        bias = _check.real_array("bias", bias)
        _check.common_shape(x=np.shape(kernel), bias=bias.shape)
        return (bias * kernel / (2 * np.pi))[()]

    def _kernels(self, x: ArrayLike, slope: bool) -> tuple[Any, Any, Any]:
        """At mu0: F_L - F_R, the transmission, and if asked for, the slope of the first."""
        x = _check.real_array("x", x)
        if not x.size:
            return x, x, x
        if x.size < _MANY:
            return self._kernels_anew(x, slope)
        asked = x.tobytes(), x.shape, slope
        if asked not in self._known:
            if len(self._known) >= _KEPT:
                self._known.pop(next(iter(self._known)))
            self._known[asked] = self._kernels_anew(x, slope)
        return self._known[asked]

    def _kernels_anew(self, x: Array, slope: bool) -> tuple[Any, Any, Any]:
        junction = self.junction
        green = junction.green(x, junction.mu0)
        operator = junction.force_operator(x)
        left, right = junction.spectral(x, junction.mu0)
        odd, change = left - right, None
        if slope:
            change = -trace(operator @ green @ operator, odd) - trace(self._bend(x), odd) / 2
        return trace(operator, odd) / 2, junction.transmission(x, junction.mu0), change

    def _bend(self, x: Array) -> Matrix:
        """d2H/dx2 = -dLambda/dx."""
        step, points = self.junction.step, x[..., None] + self.junction.step * np.arange(-4, 5)
        if self.junction.gradient is not None:
            operator = self.junction.force_operator(points)
            return -difference(lambda n: operator[..., n + 4, :, :]) / step
        matrix = self.junction.matrix(points)
        return difference(lambda n: matrix[..., n + 4, :, :], order=2) / step**2

    def nodes(self) -> Array:
        """The positions that were given, and zero."""
        return self._nodes

    @property
    def largest_bias(self) -> float:
        """Largest abs(bias) at which the spring outweighs the force at both ends of `nodes`.

        Beyond it a rest position has left the range that is searched: give wider positions.
        """
        ends = self.ends()
        with np.errstate(divide="ignore"):
            return float(np.min(np.abs(self.device.tension(ends) / self.force(ends, 1.0))))
