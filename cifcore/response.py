"""What a bias does to the dot: the force on it and the current through it.

`Response` is the seam of the package. Equilibria, rectification, motion and Langevin
ensembles take a response and never ask which one it is: the paper's linear response
(`LinearBias`, `LinearThermal`), the exact expressions (`FullBias`, `FullThermal` in
`cifcore.full`), or one of the reader's own.

Units: gamma0 = a = hbar = e = kB = 1; currents per spin.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from . import _check, chain
from .device import Array, Device, check_device


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


class _MidBandEnsemble(Ensemble):
    """The same for a bias voltage at mu0 = 0, in place and in as few passes as numpy allows.

    With z = abs(E_dot)/S, whose sign is that of -E_dot here, F is bias (b/a0)/pi z/(1 + z^2)
    and T = (4 P/E_dot^2) z^2/(1 + z^2) = (4 P/E_dot^2) (1 - 1/(1 + z^2)): what is summed up
    is bias/(1 + z^2), which the force needs anyway.
    """

    def __init__(self, response: Response, n: int, scale: float) -> None:
        super().__init__(response, scale)
        device = response.device
        root = device.gamma**2 * (1 - device.lam**2)  # the square root of P
        self._rate, self._offset = 2 * device.b / device.a0, 2 * np.arctanh(device.lam)
        self._height = -device.E_dot / (2 * root)
        self._force = scale * device.b / device.a0 / np.pi
        self._spring = scale * device.k
        self._transmission = (2 * root / device.E_dot) ** 2
        self._sum, self._bias = np.zeros(n), 0.0
        self._z, self._q, self._kick = np.empty(n), np.empty(n), np.empty(n)

    def kick(self, x: Array, bias: float, weight: float) -> Array:
        z, q, kick = self._z, self._q, self._kick
        np.multiply(x, self._rate, out=z)
        if self._offset:
            np.subtract(z, self._offset, out=z)
        np.cosh(z, out=z)
        np.divide(self._height, z, out=z)
        np.multiply(z, z, out=q)
        np.add(q, 1.0, out=q)
        np.divide(bias * self._force, q, out=q)
        np.multiply(z, q, out=kick)
        np.multiply(x, self._spring, out=z)
        np.subtract(kick, z, out=kick)
        if weight != 1.0:
            np.multiply(q, weight, out=q)
        np.add(self._sum, q, out=self._sum)
        self._bias += weight * bias
        return kick

    def current(self) -> Any:
        return self._transmission / (2 * np.pi) * (self._bias - self._sum / self._force)


class _Chain(Response):
    """What the responses of the dot between two chains share."""

    def __init__(self, device: Device) -> None:
        check_device(device)
        self.device = device

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.device!r})"

    def of(self, device: Device) -> _Chain:
        """The same response of another device."""
        return type(self)(device)

    def _bias(self, x: ArrayLike, bias: ArrayLike) -> Array:
        """The bias, checked; its shape must fit those of `x` and the device."""
        bias = _check.real_array("bias", bias)
        _check.common_shape(x=np.shape(x), bias=bias.shape, device=self.device.shape)
        return bias

    def transmission(self, x: ArrayLike) -> Any:
        """Transmission at the Fermi energy mu0 (Eq. 20)."""
        return chain.transmission(self.device, x, self.device.mu0)


class LinearBias(_Chain):
    """First order in a bias voltage, `bias` = eV (Eqs. 12, 17 and 19).

    The chemical potentials are mu0 + eV/2 on the left and mu0 - eV/2 on the right.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> response = LinearBias(paper_device("2b"))
    >>> f"{response.force(0.0, 0.2):.4f} {response.current(0.0, 0.2):.2e}"
    '0.0186 8.10e-05'
    """

    proportional = True

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """(eV/2 pi)(F_L - F_R) at mu0 (Eq. 12), which is Eq. 17 = B6 at mu0 = 0."""
        kernel = chain.bias_kernel(self.device, x, self.device.mu0)
        return self._bias(x, bias) / (2 * np.pi) * kernel

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF/dx, analytic."""
        slope = chain.bias_kernel_slope(self.device, x, self.device.mu0)
        return self._bias(x, bias) / (2 * np.pi) * slope

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Charge current I = T eV / 2 pi per spin (Landauer), in e gamma0/hbar."""
        return self.transmission(x) * self._bias(x, bias) / (2 * np.pi)

    def force_and_current(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        """Both at once (Eqs. 12 and 19), at half the price."""
        kernel, transmission = self._loop.kernel_and_transmission(x)
        scale = np.divide(bias, 2 * np.pi)
        return scale * kernel, scale * transmission

    def force_and_slope(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        """Both at once, at half the price."""
        kernel, slope = self._loop.kernel_and_slope(x)
        scale = np.divide(bias, 2 * np.pi)
        return scale * kernel, scale * slope

    def ensemble(self, n: int, scale: float) -> Ensemble:
        """Inner loop of an ensemble of `n` positions of a single device."""
        device = self.device
        widest = 2 * device.gamma**2 * (1 - device.lam**2)
        # closer to resonance 1 - 1/(1 + z^2) would lose digits
        if device.mu0 == 0 and device.b > 0 and widest < 100 * abs(device.E_dot):
            return _MidBandEnsemble(self, n, scale)
        return super().ensemble(n, scale)

    def inflections(self) -> Array | None:
        """In closed form at mu0 = 0 (`cifcore.chain.BiasLoop.inflections`)."""
        return self._loop.inflections()

    @cached_property
    def _loop(self) -> chain.BiasLoop:
        return chain.BiasLoop(self.device, self.device.mu0)


class LinearThermal(_Chain):
    """First order in a temperature difference, `bias` = delta T / T0 (Eqs. 13 and 23).

    The leads' temperatures are T0 + delta T/2 on the left and T0 - delta T/2 on the right.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> response = LinearThermal(paper_device("3"))
    >>> f"{response.force(0.0, 0.5):.2e} {response.current(0.0, 0.5):.2e}"
    '2.93e-03 7.31e-07'
    """

    proportional = True

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """(pi/3)(kB T0)^2 (delta T/2 T0) d(F_L - F_R)/deps at mu0 (Eq. 13)."""
        derivative = chain.bias_kernel_energy_derivative(self.device, x, self.device.mu0)
        return self._scale(x, bias) * derivative

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF/dx, analytic."""
        slope = chain.bias_kernel_energy_derivative_slope(self.device, x, self.device.mu0)
        return self._scale(x, bias) * slope

    def _scale(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return np.pi / 6 * np.square(self.device.kT0) * self._bias(x, bias)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Heat current J = (pi kB T0)^2/(3 h) T delta T/T0 per spin (Eq. 23), in gamma0^2/hbar."""
        return self.transmission(x) * self._scale(x, bias)
