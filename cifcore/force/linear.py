"""The paper's linear response: first order in a bias voltage or in a temperature difference."""

import math
from collections.abc import Callable
from functools import cached_property
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons import chain
from cifcore.force.response import Ensemble, Response

_ROWS = 768  # at a time, of an energy window each: arrays that are cheap to make anew


class _MidBandEnsemble(Ensemble):
    """That of a bias voltage at mu0 = 0, in place and in as few passes as numpy allows.

    With z = -E_dot/S and q = bias/(1 + z^2), F = (b/a0)/pi z q, bias T = (4 P/E_dot^2) (bias - q).
    """

    def __init__(self, response: "LinearBias", n: int, scale: float) -> None:
        super().__init__(response, scale)
        device, dot = response.device, chain.Dot(response.device)
        self._rate, self._offset = dot.rate, dot.offset
        self._height = -device.E_dot / (2 * dot.root)
        self._force = scale * response.spins * device.b / device.a0 / np.pi
        self._spring = scale * device.k
        self._transmission = response.spins * (2 * dot.root / device.E_dot) ** 2
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


class ChainResponse(Response):
    """What the responses of the dot between two chains share; of `spins`, 1 or 2, that push."""

    device: Device
    resolved = True  # the nodes follow from the closed form
    max_bias = 1e20  # up to which they enclose every rest position
    _options: tuple[str, ...] = ("spins",)  # arguments beside the device

    def __init__(self, device: Device, spins: int = 1) -> None:
        _check.instance("device", device, Device)
        self.device = device
        self.spins = _check.whole("spins", spins, 1, 2)

    def __repr__(self) -> str:
        options = ", ".join(f"{name}={getattr(self, name)!r}" for name in self._options)
        return f"{type(self).__name__}({self.device!r}, {options})"

    def of(self, device: Device) -> Self:
        return type(self)(device, **{name: getattr(self, name) for name in self._options})

    def _checked(self, x: ArrayLike, bias: ArrayLike) -> tuple[Array, Array]:
        """Position and bias; their shapes must fit each other and the device."""
        x, bias = _check.real_array("x", x), self._check_bias(bias)
        _check.common_shape(x=x.shape, bias=bias.shape, device=self.device.shape)
        return x, bias

    def _check_bias(self, bias: ArrayLike) -> Array:
        return _check.real_array("bias", bias)

    def _in_rows(
        self, what: Callable[..., Any], x: ArrayLike, bias: ArrayLike, block: int, results: int = 1
    ) -> Any:
        """The `results` of `what` for device, x and bias, about `block` elements at a time.

        Each row of x shares device and bias: the axes along which they stay the same go last.
        """
        device, x, bias = self.device, _check.real_array("x", x), self._check_bias(bias)
        shape = _check.common_shape(x=x.shape, bias=bias.shape, device=device.shape)
        many = np.broadcast_shapes(bias.shape, device.shape)
        own, n = (1,) * (len(shape) - len(many)) + many, math.prod(many)
        order = sorted(range(len(shape)), key=lambda axis: own[axis] == 1)
        moved = np.broadcast_to(x, shape).transpose(order)
        rows = moved.reshape(n, moved.size // max(n, 1))
        under = np.broadcast_to(bias, many).reshape(n, 1)
        member: Any = device.members(many) if device.shape else under
        out = np.empty((results, *rows.shape))
        step = max(1, min(_ROWS, block // max(rows.shape[1], 1)))
        for i in range(0, n, step):
            one = device.select(member[i : i + step]).stretched()
            for j in range(0, rows.shape[1], block):
                at = slice(i, i + step), slice(j, j + block)
                out[:, *at] = what(one, rows[at], under[at[0]])
        back = 0, *(1 + order.index(axis) for axis in range(len(shape)))
        return out.reshape(results, *moved.shape).transpose(back)

    @property
    def length(self) -> Any:
        """Distance over which the force changes, in a: a0/(2 b)."""
        with np.errstate(divide="ignore"):
            return np.minimum(np.divide(self.device.a0, 2 * np.asarray(self.device.b)), 1e6)[()]

    @property
    def origin(self) -> Any:
        return -self.device.a0  # where Eq. 28 begins to count

    def nodes(self) -> Array:
        inner, w_centre, length, gamma = self._scales()
        core = np.linspace(0, 1, int(np.ceil(np.max(inner / gamma, initial=0.0) / 0.1)) + 1)[1:]
        tail = np.geomspace(0.2, 60, 40)
        side = np.concatenate([inner * core, inner + tail], axis=-1)
        x = (w_centre + np.concatenate([-side, 0 * inner, side], axis=-1)) * length
        return np.sort(np.concatenate([x, 0 * inner], axis=-1), axis=-1)

    def ends(self) -> Array:
        inner, w_centre, length, _ = self._scales()
        return (w_centre + np.array([-1.0, 1.0]) * (inner + 60)) * length

    def _scales(self) -> tuple[Array, ...]:
        """In w = (x - centre)/length: where the features end; the centre; length; Gamma."""
        # features lie where S meets energies of order one, the narrowest as wide as Gamma(mu0)
        device, dot = self.device, chain.Dot(self.device)
        detuning = np.maximum(np.abs(np.subtract(device.mu0, device.E_dot)), 1e-9)
        inner = 5 + np.abs(np.log(dot.root)) + np.abs(np.log(detuning))
        parts = inner, dot.offset, self.length, np.sqrt(1 - np.square(device.mu0) / 4)
        return tuple(np.broadcast_to(part, device.shape)[..., None] for part in parts)

    def _nodes_beside(self, places: Array, near: Array) -> Array:
        """Those of any chain, and some `near` each of `places`, of shape (..., m), in w."""
        _, centre, length, _ = self._scales()
        w = (centre + places)[..., None] + np.concatenate([-near, [0.0], near])
        more = w.reshape(*self.device.shape, w.shape[-2] * w.shape[-1]) * length
        return np.sort(np.concatenate([ChainResponse.nodes(self), more], axis=-1), axis=-1)

    def transmission(self, x: ArrayLike) -> Any:
        return chain.transmission(self.device, x, self.device.mu0)


class _Linear(ChainResponse):
    """A kernel at mu0 and the transmission, times what the bias sets."""

    proportional = True
    _scale: Callable[[Any], Any]
    _kernels: Callable[[Any, bool], tuple[Any, Any]]  # one, and its slope in x or transmission

    @cached_property
    def _loop(self) -> chain.BiasLoop:
        return chain.BiasLoop(self.device, self.device.mu0)

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return self.force_and_current(*self._checked(x, bias))[0]

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        return self.force_and_slope(*self._checked(x, bias))[1]

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        x, bias = self._checked(x, bias)
        return self._scale(bias) * self._loop.transmission(x)

    def force_and_current(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        (kernel, transmission), scale = self._kernels(x, False), self._scale(bias)
        return scale * kernel, scale * transmission

    def force_and_slope(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        (kernel, slope), scale = self._kernels(x, True), self._scale(bias)
        return scale * kernel, scale * slope


class LinearBias(_Linear):
    """First order in a bias voltage, `bias` = eV: mu0 +- eV/2 are the leads.

    The force is (eV/2 pi)(F_L - F_R) at mu0 (Eqs. 12 and 17), the current T eV/2 pi for each spin
    (Eq. 19), in e gamma0/hbar; of `spins`, 1 or 2, that push and conduct.

    Examples
    --------
    >>> from cifcore import paper_device
    >>> response = LinearBias(paper_device("2b"))
    >>> f"{response.force(0.0, 0.2):.4f} {response.current(0.0, 0.2):.2e}"
    '0.0186 8.10e-05'
    """

    def _scale(self, bias: Any) -> Any:
        return np.divide(bias, 2 * np.pi / self.spins)

    def _kernels(self, x: Any, slope: bool) -> tuple[Any, Any]:
        loop = self._loop
        return loop.kernel_and_slope(x) if slope else loop.kernel_and_transmission(x)

    def ensemble(self, n: int, scale: float) -> Ensemble:
        device, least = self.device, 2 * chain.Dot(self.device).root
        # closer to resonance 1 - 1/(1 + z^2) would lose digits
        if device.bond is None and device.mu0 == 0 < device.b and least < 100 * abs(device.E_dot):
            return _MidBandEnsemble(self, n, scale)
        return super().ensemble(n, scale)

    def inflections(self) -> Array | None:
        found = self._loop.inflections()
        return None if found is None else np.broadcast_to(found, (*self.device.shape, 4))


class LinearThermal(_Linear):
    """First order in a temperature difference, `bias` = delta T/T0: leads at T0 +- delta T/2.

    The force is (pi/3)(kB T0)^2 (delta T/2 T0) d(F_L - F_R)/deps at mu0 (Eq. 13); the current that
    of heat, (pi kB T0)^2/(3 h) T delta T/T0 for each spin (Eq. 23).

    Examples
    --------
    >>> from cifcore import paper_device
    >>> response = LinearThermal(paper_device("3"))
    >>> f"{response.force(0.0, 0.5):.2e} {response.current(0.0, 0.5):.2e}"
    '2.93e-03 7.31e-07'
    """

    def _scale(self, bias: Any) -> Any:
        return self.spins * np.pi / 6 * np.square(self.device.kT0) * bias

    def _kernels(self, x: Any, slope: bool) -> tuple[Any, Any]:
        kernel, moved = self._loop.energy_derivative_and_slope(x)
        return kernel, moved if slope else self._loop.transmission(x)
