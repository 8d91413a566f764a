"""The dot's motion with the electrons' own motion: Ehrenfest dynamics, nothing frozen.

M x'' + nu x' + U'(x) + F_eq(x) = <-dH/dx>(t), the mean force of electrons followed in time, with
their friction, delay and all that an expansion in the velocity leaves out. The paper's spring
contains their force in equilibrium F_eq, so this is taken off.
"""

from collections.abc import Callable
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from cifcore import _check
from cifcore.device import Array, Device
from cifcore.electrons.band import quadrature
from cifcore.electrons.waves import Waves
from cifcore.force.equilibrium import equilibrium_force


class Explicit(NamedTuple):
    """A trajectory: time, position, velocity; nonequilibrium force and current per spin."""

    t: Array
    x: Array
    v: Array
    force: Array
    current: Array


def ehrenfest(
    device: Device,
    bias: float,
    duration: float,
    x0: float = 0.0,
    v0: float = 0.0,
    *,
    before: float = 0.0,
    front: bool = True,
    path: Callable[[float], float] | None = None,
    dt: float | None = None,
) -> Explicit:
    """Follow dot and electrons, one spin of them, at kT0 = 0, after the bias jumped at t = 0.

    By velocity Verlet; the error falls with dt^2, and at the default step trajectories are right
    to about 1e-4. States that come out of the band on the way are filled as they should be.

    Parameters
    ----------
    device, bias, before : Device, float
        A single device; eV from t = 0 on, and before, when all has been at rest for long.
    x0, v0 : float
        Where the dot has been resting, and its velocity from t = 0 on. ValueError where a state is
        bound at `x0`: nothing that comes in fills it.
    front : bool
        The electrons of the new bias leave the leads at t = 0, and have yet to reach the dot.
        Without it they are there at once, so that only the dot's motion disturbs them.
    path : callable, optional
        Position in time, to which the dot is then held; its velocity then means nothing.
    dt : float, optional
        Step, by default 0.01/omega and at most 1.5: longer ones err while a state is bound.

    Examples
    --------
    Switched on at full bias, the dot of Fig. 2(b) begins as with frozen electrons, a little late:

    >>> from cifcore import FullBias, paper_device, ramp, simulate
    >>> device, short = paper_device("2b"), 300.0
    >>> frozen = simulate(FullBias(device), ramp(0.2, 0.2, short))
    >>> f"{ehrenfest(device, 0.2, short).x[-1]:.3f} {frozen.x[-1]:.3f}"
    '0.416 0.419'
    """
    _check.instance("device", device, Device, single=True)
    if device.kT0 != 0:
        raise ValueError(f"device.kT0 = {device.kT0}: must be zero, the electrons are cold here")
    bias, before = _check.real("bias", bias), _check.real("before", before)
    duration = _check.real("duration", duration, *_check.POSITIVE)
    x, v = _check.real("x0", x0), _check.real("v0", v0)
    _check.flag("front", front)
    _check.function("path", path, "time", needed=False)
    dt = min(1.5, 0.01 / float(device.omega)) if dt is None else dt
    steps = _check.steps(duration, _check.real("dt", dt, *_check.POSITIVE))
    h = duration / steps
    electrons = _Electrons(device, bias, before, front, h, x)
    out: Array = np.empty((4, steps + 1))
    drag = h * device.nu / (2 * device.M)
    x = x if path is None else float(path(0.0))
    for i in range(steps + 1):
        force, current = electrons.now(x)
        force -= float(equilibrium_force(device, x))
        kick = h * (force - device.tension(x)) / (2 * device.M)
        if i:
            v = (v + kick) / (1 + drag)
        out[:, i] = x, v, force, current
        v = v * (1 - drag) + kick
        middle, x = x + h / 2 * v, x + h * v
        if path is not None:
            middle, x = (float(path((i + part) * h)) for part in (0.5, 1.0))
        if not abs(x) * device.b < 300 * device.a0:
            raise ArithmeticError(f"t = {i * h:.6g}: the dot flies off, to x = {x:.6g}")
        electrons.waves.step(middle)
    return Explicit(np.linspace(0, duration, steps + 1), *out)


class _Electrons:
    """All filled states, weighed by the leads that fill them."""

    def __init__(
        self, device: Device, bias: float, before: float, front: bool, h: float, x: float
    ) -> None:
        mu, half = device.mu0, max(abs(bias), abs(before)) / 2
        if not -2 < mu - half <= mu + half < 2:
            raise ValueError(f"bias = {bias}, before = {before}: mu0 +- eV/2 must be in the band")
        with np.errstate(over="ignore"):
            coupled = np.sum(np.square(device.couplings(x)))
        if coupled >= 2 + device.E_dot:
            raise ValueError(f"x0 = {x}: must bind no state: gL^2 + gR^2 < 2 + E_dot")
        sides = np.array([[0.5], [-0.5]])
        energy, weight = _energies(device, {mu, *(mu + sides * [bias, before]).ravel().tolist()})
        sea = weight * (energy < mu) * np.ones((2, 1))
        new, old = (weight * (energy < mu + sides * eV) - sea for eV in (bias, before))
        at = np.flatnonzero(np.abs(energy - mu) < half)
        if not front:
            sea, at = sea + new, at[:0]
        self._full, self._at = len(energy), at
        self._weights = np.concatenate([sea, new[:, at], old[:, at]], axis=1)
        arriving = np.repeat([False, True], [len(energy), len(at)])
        self.waves = Waves(device, np.append(energy, energy[at]), h, x, arriving)

    def now(self, x: float) -> tuple[float, float]:
        """Mean force and current with the dot at `x`."""
        waves, n, at = self.waves, self._full, self._at
        # what the window still holds of the waves that came before is all less the new ones
        whole = (
            np.append(part, part[..., at] - part[..., n:], axis=-1)
            for part in (waves.psi, waves.ends())
        )
        force, current = waves.force_and_current(x, *whole)
        return float(np.sum(self._weights * force)), float(np.sum(self._weights * current))


def _energies(device: Device, steps: set[float]) -> tuple[Array, Array]:
    """Energies up to the highest of `steps`, and weights, for smooth functions between them."""
    # close around the dot's level, and at the lower edge, where a state that comes out is filled
    fine = 64 * device.omega / (2 * np.pi)
    edge = np.concatenate([[fine / 8, fine / 3], np.arange(fine, 0.35 + fine, fine)])
    edge = -2 + np.concatenate([edge, edge[-1] * np.array([1.5, 2.2, 3.3])])
    cuts = np.unique([-2.0, *edge[edge < min(steps)], *steps])
    level = np.array([device.E_dot - 2j * device.gamma**2 * (1 - device.lam**2)])
    pieces = [quadrature(level, low=a, high=b) for a, b in pairwise(cuts)]
    energy, weight = np.concatenate(pieces, axis=-1)
    energy, weight = energy[weight > 0], weight[weight > 0]
    return energy, weight * np.sqrt(4 - energy**2) / (2 * np.pi)
