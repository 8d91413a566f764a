"""What a bias does to the dot: the force on it and the current through it.

`Response` is the seam of the package. Equilibria, rectification, motion and Langevin
ensembles take a response and never ask which one it is: the paper's linear response
(`LinearBias`, `LinearThermal`), the exact expressions (`FullBias`, `FullThermal` in
`cifcore.force.exact`), or one of the reader's own.

Units: gamma0 = a = hbar = e = kB = 1; currents per spin.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device


class Response:
    """A nonequilibrium force and a current, as functions of position and bias.

    A subclass sets `device` (for the spring, the mass and the friction), `force` and
    `current`; it may override the rest to be faster or more exact.

    Attributes
    ----------
    device : Device
    proportional : bool
        True if `force(x, bias)` is `bias * force(x, 1)`. Then the whole branch of rest
        positions is explicit, bias = k x / force(x, 1), and nothing has to be searched.

    Examples
    --------
    A push to the right that falls off with distance:

    >>> import numpy as np
    >>> from cifcore import equilibria, paper_device
    >>> class Push(Response):
    ...     proportional = True
    ...
    ...     def __init__(self, device):
    ...         self.device = device
    ...
    ...     def force(self, x, bias):
    ...         return bias / np.cosh(x)
    ...
    ...     def current(self, x, bias):
    ...         return bias / np.cosh(x)
    ...
    >>> equilibria(Push(paper_device("2a")), 0.05).x.round(3).tolist()
    [1.285]
    """

    device: Device
    proportional: bool = False

    def of(self, device: Device) -> Response:
        """The same response of another device."""
        raise NotImplementedError

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Nonequilibrium force at `x` under `bias`, in gamma0/a; zero at zero bias."""
        raise NotImplementedError

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Current (of charge or heat, per spin) at `x` under `bias`."""
        raise NotImplementedError

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF/dx. By default a five-point difference with a relative error of about 1e-10."""
        x = _check.real_array("x", x)
        step = 1e-3 * self.length
        near = self.force(x + step, bias) - self.force(x - step, bias)
        far = self.force(x + 2 * step, bias) - self.force(x - 2 * step, bias)
        return (8 * near - far) / (12 * step)

    def force_and_current(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        """Both at once, for loops that need both; a subclass may share the work.

        A subclass may take the arguments as they are, arrays of numbers, without checks.
        """
        return self.force(x, bias), self.current(x, bias)

    def force_and_slope(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        """Force and dF/dx at once, for Newton's method; a subclass may share the work.

        A subclass may take the arguments as they are, arrays of numbers, without checks.
        """
        return self.force(x, bias), self.force_slope(x, bias)

    def ensemble(self, n: int, scale: float) -> Ensemble:
        """Inner loop of an ensemble of `n` positions of a single device."""
        return Ensemble(self, scale)

    def inflections(self) -> Array | None:
        """Positions between which force(x, 1) is convex or concave, ascending, if known.

        Shape (*device.shape, m). Of a response proportional to the bias; None has the
        equilibria looked for on `nodes` instead.
        """
        return None

    def transmission(self, x: ArrayLike) -> Any:
        """Transmission at the Fermi energy mu0."""
        raise NotImplementedError

    @property
    def length(self) -> Any:
        """Distance over which the force changes, in a: a0/(2 b) for the chain."""
        with np.errstate(divide="ignore"):
            natural = np.divide(self.device.a0, 2 * np.asarray(self.device.b))
        return np.minimum(natural, 1e6)[()]

    def nodes(self) -> Array:
        """Positions that resolve the force and enclose every equilibrium, ascending.

        Shape (*device.shape, n). Between two neighbours the force is smooth enough for a
        change of sign, or a touch, not to be missed; beyond the last it is negligible.
        """
        inner, w_centre, length, gamma = self._scales()
        core = np.linspace(0, 1, int(np.ceil(np.max(inner / gamma) / 0.1)) + 1)[1:]
        tail = np.geomspace(0.2, 60, 40)
        side = np.concatenate([inner * core, inner + tail], axis=-1)
        w = np.concatenate([-side, 0 * inner, side], axis=-1)
        x = (w_centre + w) * length
        return np.sort(np.concatenate([x, 0 * inner], axis=-1), axis=-1)

    def ends(self) -> Array:
        """The first and the last of `nodes`; shape (*device.shape, 2)."""
        inner, w_centre, length, _ = self._scales()
        return (w_centre + np.array([-1.0, 1.0]) * (inner + 60)) * length

    def _scales(self) -> tuple[Array, Array, Array, Array]:
        """In w = (x - centre)/length: where the features end; the centre; length; Gamma."""
        device = self.device
        # The force is a function of exp(w): its features lie where S = gL^2 + gR^2 meets
        # energies of order one, the narrowest as wide as the leads' Gamma(mu0), and beyond it
        # falls off as exp(-abs(w)).
        gamma = np.sqrt(1 - np.square(device.mu0) / 4)
        symmetric = np.square(device.gamma) * (1 - np.square(device.lam))
        detuning = np.maximum(np.abs(np.subtract(device.mu0, device.E_dot)), 1e-9)
        inner = 5 + np.abs(np.log(symmetric)) + np.abs(np.log(detuning))
        parts = (inner, 2 * np.arctanh(device.lam), self.length, gamma)
        inner, centre, length, gamma = (
            np.broadcast_to(part, device.shape)[..., None] for part in parts
        )
        return inner, centre, length, gamma


def check_response(response: object, single: bool = False) -> None:
    """Refuse what is not a `Response`; with `single`, also one of a family of devices."""
    if not isinstance(response, Response):
        raise TypeError(
            f"response = {response!r}: must be a cifcore Response (LinearBias, FullBias ...)"
        )
    if single and response.device.shape:
        raise ValueError(
            f"response.device has shape {response.device.shape}: must be a single device"
        )


class Ensemble:
    """Force and current along an ensemble's way in time, for the inner loop of `langevin`.

    Parameters
    ----------
    response : Response
        Of a single device.
    scale : float
        What forces are multiplied with.
    """

    def __init__(self, response: Response, scale: float) -> None:
        self._response, self._scale = response, scale
        self._sum: Any = 0.0

    def kick(self, x: Array, bias: float, weight: float) -> Array:
        """(F(x, bias) - k x) scale; it adds the current, times `weight`, to the sum.

        The array that is returned holds until the next call.
        """
        force, current = self._response.force_and_current(x, bias)
        self._sum = self._sum + weight * current
        return (force - self._response.device.k * x) * self._scale

    def current(self) -> Any:
        """Weighted sum of the currents so far."""
        return self._sum
