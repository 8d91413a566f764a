"""What a bias does to the dot, exactly: Eq. 9 with the full Fermi functions over the band.

`FullBias` and `FullThermal` are responses as `LinearBias` and `LinearThermal` are, without the
expansion in the bias (Eqs. 10-13), and `FullMixed` has both sources. The force and its slope
come in closed form at any temperature (`cifcore.electrons.integrals`); far to one side, where
gL^2 + gR^2 is large and the integrand smooth, and for most currents of warm leads, by quadrature
over the band. At
zero temperature, unless a sharp resonance is close to the window of the bias, a few energies in
that window are all it takes, at a fraction of the cost (`cifcore.electrons.window`).

Units: gamma0 = a = hbar = e = kB = 1; forces and currents of one spin, or of both.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons import chain
from cifcore.electrons.band import quadrature
from cifcore.electrons.integrals import Integrals, difference, transmitted
from cifcore.electrons.occupation import Change, occupation_change
from cifcore.electrons.window import Windows, WindowSum
from cifcore.force.linear import ChainResponse

_FAR = 25.0  # gL^2 + gR^2 above which the integrals are done by quadrature
_BLOCK = 2048  # positions at a time: their arrays stay in the cache
_ROUGH = 1e-9  # currents whose closed form may be wrong by more than this share are summed up
_SHARP = 1e-10  # narrower resonances are not resolved by energies of 16 digits
_EDGE = np.nextafter(2.0, 0.0)


class _Full(ChainResponse):
    """Eq. 9 and the currents between leads of given distributions; a subclass says which."""

    def _leads(self, device: Device, bias: Any) -> tuple[Change, Change]:
        """From equilibrium to the distributions of the left lead and of the right lead."""
        raise NotImplementedError

    def _current_weight(self, device: Device, energy: Any) -> Any:
        """What an electron of this energy carries."""
        raise NotImplementedError

    def _check_bias(self, bias: ArrayLike) -> Array:
        return _check.real_array("bias", bias)

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """F_el(bias) less F_el in equilibrium (Eq. 9), in gamma0/a.

        Parameters
        ----------
        x : array_like
            Position, in a.
        bias : array_like
            eV (in gamma0), or delta T / T0; see the class.

        Returns
        -------
        float or array
            Of the shape to which `x`, `bias` and the device broadcast.

        Notes
        -----
        The error is below 1e-8 of the integral of the modulus of Eq. 9's integrand, and mostly
        below 1e-11, for any width of the resonance, temperature and bias (tested).
        """
        return self._over_blocks(self._force_near, self._force_far, x, bias)

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF/dx, from the derivatives of the same integrals, in gamma0/a^2."""
        return self._over_blocks(self._slope_near, self._slope_far, x, bias)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Current through the dot; arguments and shapes as in `force`.

        The integral over the band of (deps/2 pi) T (f_L - f_R), times what an electron carries,
        to a relative error of 1e-8 however weak the couplings (1e-16/kT0 for heat, if larger).

        Raises
        ------
        ValueError
            If the resonance is narrower than 1e-10 and the current has no closed form: that of
            heat, and that of charge where the occupation changes at the edge of the band.
        """
        return self._over_blocks(self._current_near, self._current_far, x, bias)

    # --- near: closed forms; far: quadrature ------------------------------------------------

    def _force_near(self, device: Device, x: Any, bias: Any) -> Any:
        c = _Couplings(device, x)
        left, right = self._integrals(device, c, bias, slopes=False)
        return c.force(left, right)

    def _slope_near(self, device: Device, x: Any, bias: Any) -> Any:
        c = _Couplings(device, x)
        left, right = self._integrals(device, c, bias, slopes=True)
        return c.force_slope(left, right)

    def _integrals(
        self, device: Device, c: _Couplings, bias: Any, slopes: bool
    ) -> tuple[Integrals, Integrals]:
        left, right = self._leads(device, bias)
        return (
            difference(c.total, device.E_dot, left, slopes),
            difference(c.total, device.E_dot, right, slopes),
        )

    def _force_far(self, device: Device, x: Any, bias: Any) -> Any:
        def kernels(energy: Array) -> tuple[Any, Any]:
            return chain.lead_kernels(device.stretched(), _column(x), energy)

        return self._by_quadrature(kernels, device, bias)

    def _slope_far(self, device: Device, x: Any, bias: Any) -> Any:
        def kernels(energy: Array) -> tuple[Any, Any]:
            return chain.lead_kernel_slopes(device.stretched(), _column(x), energy)

        return self._by_quadrature(kernels, device, bias)

    def _by_quadrature(self, kernels: Callable[..., Any], device: Device, bias: Any) -> Any:
        """Sum over the leads of the integral of (f_alpha - f_0) F_alpha/pi."""
        total: Any = 0.0
        for index, change in enumerate(self._leads(device, bias)):
            energy, weight = _window(change)
            total = total + np.sum(weight * kernels(energy)[index], axis=-1) / np.pi
        return total

    def _current_near(self, device: Device, x: Any, bias: Any) -> Any:
        if not self._closed_current(bias):
            s = chain.inverse_coupling(device, x)
            if np.any((np.abs(device.E_dot) < 2) & (s * _SHARP > 1)):
                raise ValueError(
                    f"gamma = {device.gamma!r}: too small for a current at this temperature and "
                    f"bias, the resonance is narrower than {_SHARP:g} gamma0"
                )
            return self._current_sum(device, x, bias, chain.Dot(device).poles(x))
        c = _Couplings(device, x)
        left, right = (
            transmitted(c.total, device.E_dot, lead) for lead in self._leads(device, bias)
        )
        window = left[0] - right[0]
        found = np.asarray(4 * c.product * window / (2 * np.pi))
        if np.any(rough := left[1] + right[1] > _ROUGH * np.abs(window)):
            some = device.select(np.flatnonzero(rough)) if device.shape else device
            at, under = x[rough], np.broadcast_to(bias, rough.shape)[rough]
            found[rough] = self._current_sum(some, at, under, chain.Dot(some).poles(at))
        return found

    def _current_far(self, device: Device, x: Any, bias: Any) -> Any:
        return self._current_sum(device, x, bias, None)

    def _closed_current(self, bias: Any) -> bool:
        """Whether the current has a closed form, as far as is known here."""
        return False

    def _current_sum(self, device: Device, x: Any, bias: Any, poles: Any) -> Any:
        left, right = self._leads(device, bias)
        across = Change(
            right.mu + right.d_mu,
            right.kT + right.d_kT,
            left.d_mu - right.d_mu,
            left.d_kT - right.d_kT,
        )
        many = device.stretched()
        energy, weight = _window(across, poles)
        carried = self._current_weight(many, energy)
        through = chain.transmission(many, _column(x), energy)
        return np.sum(weight * carried * through, axis=-1) / (2 * np.pi)

    def _over_blocks(
        self, near: Callable[..., Any], far: Callable[..., Any], x: ArrayLike, bias: ArrayLike
    ) -> Any:
        """Evaluate block by block, near or far according to gL^2 + gR^2."""
        device = self.device
        x, bias = _check.real_array("x", x), self._check_bias(bias)
        shape = _check.common_shape(x=x.shape, bias=bias.shape, device=device.shape)
        size = int(np.prod(shape, dtype=int))
        flat_x = np.broadcast_to(x, shape).reshape(-1)
        flat_bias = bias if bias.ndim == 0 else np.broadcast_to(bias, shape).reshape(-1)
        member = device.members(shape) if device.shape else None
        s = np.broadcast_to(chain.inverse_coupling(device, x), shape).reshape(-1)
        out = np.empty(size)
        is_far = s < 1 / _FAR
        for function, index in ((near, np.flatnonzero(~is_far)), (far, np.flatnonzero(is_far))):
            closed = function is near and (near != self._current_near or self._closed_current(bias))
            block = _BLOCK if closed else _BLOCK // 16
            for start in range(0, len(index), block):
                some = index[start : start + block]
                out[some] = function(
                    device if member is None else device.select(member[some]),
                    flat_x[some],
                    flat_bias if flat_bias.ndim == 0 else flat_bias[some],
                )
        return self.spins * out.reshape(shape)[()]

    def nodes(self) -> Array:
        """Positions that resolve the force; those where a bound state leaves the band included.

        Where gL^2 + gR^2 = 2 - E_dot or 2 + E_dot the force has a kink once the window reaches
        that band edge, and close to it it bends sharply when the window comes near.
        """
        device, length, dot = self.device, np.asarray(self.length), chain.Dot(self.device)
        offsets = np.geomspace(1e-4, 0.5, 14)
        offsets = np.concatenate([-offsets[::-1], [0.0], offsets])
        centre = np.broadcast_to(dot.offset, device.shape)[..., None]
        more = []
        for edge in (-2.0, 2.0):
            ratio = np.maximum(np.abs(edge - np.asarray(device.E_dot)) / (2 * dot.root), 1.0)
            w = np.broadcast_to(np.arccosh(ratio), device.shape)[..., None]
            more += [(centre + side * w + offsets) * length[..., None] for side in (-1, 1)]
        return np.sort(np.concatenate([super().nodes(), *more], axis=-1), axis=-1)


class FullBias(_Full):
    """The exact response to a bias voltage, `bias` = eV.

    The chemical potentials are mu0 + eV/2 on the left and mu0 - eV/2 on the right, both leads
    at kT0. The force is Eq. 9 minus its value at zero bias; the current is the Landauer
    integral of T (f_L - f_R)/2 pi, in e gamma0/hbar; the transmission is that at mu0.

    Notes
    -----
    The band is -2 < eps < 2, and cuts the window between the chemical potentials, which may
    lie outside. Large couplings push a state out of the band. Such a bound state exerts a
    force when it is filled, but no lead sets its filling: it is taken not to depend on the
    bias and so drops out of the difference between the force with and without bias.

    Examples
    --------
    >>> from cifcore import LinearBias, paper_device
    >>> device = paper_device("2b")
    >>> for bias in (0.01, 0.2):
    ...     first, exact = LinearBias(device), FullBias(device)
    ...     print(f"{exact.force(1.0, bias) / first.force(1.0, bias):.3f}")
    1.010
    1.273
    """

    def __init__(self, device: Device, spins: int = 1) -> None:
        super().__init__(device, spins)
        self._windows = Windows(device)

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """F_el(bias) - F_el(0) (Eq. 9), in gamma0/a."""
        found = self._in_window(WindowSum.force, x, bias)
        return super().force(x, bias) if found is None else found

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF/dx, from the derivatives of the same integrals, in gamma0/a^2."""
        return self.force_and_slope(x, bias)[1]

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Landauer's current, in e gamma0/hbar."""
        found = self._in_window(WindowSum.current, x, bias)
        return super().current(x, bias) if found is None else found

    def force_and_slope(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        """Both at once."""
        found = self._in_window(WindowSum.force_and_slope, x, bias)
        return (super().force(x, bias), super().force_slope(x, bias)) if found is None else found

    def force_and_current(self, x: ArrayLike, bias: ArrayLike) -> tuple[Any, Any]:
        """Both at once."""
        found = self._in_window(WindowSum.force_and_current, x, bias)
        return (super().force(x, bias), super().current(x, bias)) if found is None else found

    def _in_window(self, what: Callable[..., Any], x: ArrayLike, bias: ArrayLike) -> Any:
        """From a few energies of the window, where that is exact; None elsewhere."""
        found = self._windows.evaluate(what, x, bias)
        if found is None or self.spins == 1:
            return found
        if isinstance(found, tuple):
            return tuple(self.spins * part for part in found)
        return self.spins * found

    def _leads(self, device: Device, bias: Any) -> tuple[Change, Change]:
        mu, kT = np.asarray(device.mu0), np.asarray(device.kT0)
        return Change(mu, kT, bias / 2, 0.0), Change(mu, kT, -bias / 2, 0.0)

    def _current_weight(self, device: Device, energy: Any) -> Any:
        return 1.0

    def _closed_current(self, bias: Any) -> bool:
        # at finite temperature, if no occupation outside the band changes by more than e^-37
        device = self.device
        edge = np.abs(device.mu0) + np.max(np.abs(bias), initial=0.0) / 2 + 37 * device.kT0
        return bool(np.all((np.asarray(device.kT0) == 0) | (edge < 2)))


class FullThermal(_Full):
    """The exact response to a temperature difference, `bias` = delta T / T0.

    The temperatures are T0 (1 + bias/2) on the left and T0 (1 - bias/2) on the right, so that
    abs(bias) <= 2, both leads at mu0. The force is Eq. 9 minus its value at equal
    temperatures; the current is the heat current, (eps - mu0) T (f_L - f_R)/2 pi integrated,
    in gamma0^2/hbar. Both vanish at kT0 = 0. Bound states as for `FullBias`.

    Examples
    --------
    Leads hotter than the level is wide exert far less than the first order says:

    >>> from cifcore import LinearThermal, paper_device
    >>> device = paper_device("3")
    >>> exact, first = FullThermal(device), LinearThermal(device)
    >>> f"{exact.force(0.3, 0.5) / first.force(0.3, 0.5):.3f}"
    '0.010'
    """

    max_bias = 2.0

    def _check_bias(self, bias: ArrayLike) -> Array:
        return _no_colder_than_zero("bias", bias)

    def _leads(self, device: Device, bias: Any) -> tuple[Change, Change]:
        mu, kT = np.asarray(device.mu0), np.asarray(device.kT0)
        return Change(mu, kT, 0.0, kT * bias / 2), Change(mu, kT, 0.0, -kT * bias / 2)

    def _current_weight(self, device: Device, energy: Any) -> Any:
        return energy - device.mu0


class FullMixed(_Full):
    """The exact response to a bias voltage, `bias` = eV, on top of a temperature difference.

    The chemical potentials are mu0 + eV/2 and mu0 - eV/2 and the temperatures
    T0 (1 + delta_T/2) and T0 (1 - delta_T/2), on the left and on the right; the current is that
    of charge. The force is Eq. 9 minus its value for both leads at mu0 and T0, so that the
    temperature difference alone pushes, and drives a current, at zero bias.

    Parameters
    ----------
    device : Device
    delta_T : float, -2 <= delta_T <= 2
        delta T / T0.
    spins : {1, 2}
        One, or both, push and conduct.

    Examples
    --------
    >>> from cifcore import FullThermal, paper_device
    >>> device = paper_device("3")
    >>> hot = FullMixed(device, 0.5)
    >>> bool(hot.force(0.3, 0.0) == FullThermal(device).force(0.3, 0.5))
    True
    """

    def __init__(self, device: Device, delta_T: float, spins: int = 1) -> None:
        super().__init__(device, spins)
        self.delta_T = float(_no_colder_than_zero("delta_T", _check.real("delta_T", delta_T)))

    def __repr__(self) -> str:
        spins = f", spins={self.spins}" if self.spins > 1 else ""
        return f"FullMixed({self.device!r}, {self.delta_T!r}{spins})"

    def of(self, device: Device) -> FullMixed:
        """The same response of another device."""
        return FullMixed(device, self.delta_T, self.spins)

    def _leads(self, device: Device, bias: Any) -> tuple[Change, Change]:
        mu, kT = np.asarray(device.mu0), np.asarray(device.kT0)
        warmer = kT * self.delta_T / 2
        return Change(mu, kT, bias / 2, warmer), Change(mu, kT, -bias / 2, -warmer)

    def _current_weight(self, device: Device, energy: Any) -> Any:
        return 1.0


def _no_colder_than_zero(name: str, value: ArrayLike) -> Array:
    return _check.within(
        name,
        value,
        lambda a: np.abs(a) <= 2,
        "between -2 and 2: it is delta T / T0, and no lead may be colder than zero",
    )


class _Couplings:
    """What Eq. 9 needs of the couplings at `x`: gL^2, gR^2, their sum S and product P."""

    def __init__(self, device: Device, x: Any) -> None:
        dot = chain.Dot(device)
        place = dot.at(x)
        self.s = place.u / dot.root
        self.total = 1 / self.s
        self.left, self.right = (share * self.total for share in place.shares)
        self.product, self.rate, self.E_dot = dot.root**2, dot.rate / 2, device.E_dot

    # F_L = -2 (b/a0) [(gL^2 - P) Im(Sigma G) - P E_dot Im(G)/S], and F_R likewise, reversed

    def force(self, left: Integrals, right: Integrals) -> Any:
        dot = self.product * self.s * self.E_dot
        total = (self.left - self.product) * left.sigma_g - dot * left.g
        total = total - (self.right - self.product) * right.sigma_g + dot * right.g
        return -2 / np.pi * self.rate * total

    def force_slope(self, left: Integrals, right: Integrals) -> Any:
        dot = self.product * self.s * self.E_dot
        # dgL^2/dx = -2 rate gL^2, dgR^2/dx = 2 rate gR^2, dS/dx = bend
        bend = 2 * self.rate * (self.right - self.left)
        explicit = -2 * self.rate * (self.left * left.sigma_g + self.right * right.sigma_g)
        explicit = explicit + dot * self.s * bend * (left.g - right.g)
        through = (self.left - self.product) * left.sigma_g_slope - dot * left.g_slope
        through = through - (self.right - self.product) * right.sigma_g_slope + dot * right.g_slope
        return -2 / np.pi * self.rate * (explicit + through * bend)


def _column(x: Any) -> Any:
    return np.asarray(x)[..., None]


def _window(change: Change, poles: Any = None) -> tuple[Array, Array]:
    """Energies and weights that integrate the change of occupation times a function.

    `poles` are those of the function, of shape (n, m), if some are near the band.
    """
    ends = np.broadcast_arrays(change.mu, change.kT, change.d_mu, change.d_kT)
    change = Change(*(_column(end) for end in ends))
    mu = np.concatenate([change.mu, change.mu + change.d_mu], axis=-1)
    kT = np.concatenate([change.kT, change.kT + change.d_kT], axis=-1)
    if poles is None:
        poles = np.zeros((*mu.shape[:-1], 0))
    if not np.any(kT):
        low = np.clip(np.min(mu, axis=-1), -_EDGE, _EDGE)
        high = np.clip(np.max(mu, axis=-1), -_EDGE, _EDGE)
        energy, weight = quadrature(poles, low=low, high=high)
        return energy, weight * np.sign(change.d_mu)
    # panels start from the colder lead that is not at zero
    colder = np.min(np.where(kT > 0, kT, np.max(kT, axis=-1, keepdims=True)), axis=-1)
    energy, weight = quadrature(poles, mu, np.where(colder > 0, colder, 1.0))
    return energy, weight * occupation_change(energy, change)
