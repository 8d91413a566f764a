"""The dot under force noise, M x'' + nu x' + k x = F(x, bias(t)) + xi(t) (Eqs. 26 and 27).

The step is BAOAB (Leimkuhler and Matthews, Appl. Math. Res. Express 2013, 34): half a kick, half a
drift, the velocity's exact damping and noise, half a drift, half a kick. It is of second order, and
in a harmonic well gives the exact spread of positions at any stable step.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array
from cifcore.force.response import Response
from cifcore.force.vectors import VectorResponse
from cifcore.motion.bath import ClassicalBath, QuantumBath
from cifcore.motion.drive import Drive
from cifcore.motion.record import Ensemble
from cifcore.motion.vectors import VectorBath, VectorKicks, initial

_BATHS = {"classical": ClassicalBath, "quantum": QuantumBath}


@np.errstate(over="ignore")
def langevin(
    response: Response | VectorResponse,
    drive: Drive,
    kT: float,
    n: int,
    seed: int | np.random.SeedSequence | np.random.Generator,
    x0: ArrayLike = 0.0,
    v0: ArrayLike = 0.0,
    dt: float | None = None,
    *,
    samples: int = 0,
    edges: ArrayLike = (),
    friction: Callable[[Array, float], Any] | None = None,
    noise: Callable[[Array, float], Any] | None = None,
    bath: Literal["classical", "quantum"] = "classical",
) -> Ensemble:
    """Integrate an ensemble of `n` trajectories along a drive.

    Parameters
    ----------
    response : Response or VectorResponse
        Of a single device; or of m coordinates, with a classical bath and no `edges`.
    drive, kT : Drive and float, >= 0
        Bias in time, and thermal energy of the mechanical bath.
    seed : int, SeedSequence or Generator
        The same one gives the same ensemble.
    x0, v0 : float or array, shape (n,)
        Initial positions and velocities; of m coordinates, shape (m,) or (n, m).
    dt : float, optional
        Largest time step, by default a fortieth of the free oscillator's period; ArithmeticError if
        it is too long for the wells of this response.
    samples : int
        Number of equally spaced times, the last at the end, at which positions are kept; by
        default the ends of the cycles.
    edges : array, ascending
        Boundaries between wells, for `occupation`.
    friction, noise : callable, optional
        Added friction coefficient and noise strength D of positions and bias (of m coordinates
        matrices, as `VectorResponse.friction` and `.noise`), taken at the midpoint of each step;
        with D = 2 kT friction the Boltzmann distribution is stationary.
    bath : {"classical", "quantum"}
        White noise of strength 2 kT nu, or coloured noise of the spectrum nu w coth(w/2kT) up to
        the frequency 2/dt, that of oscillators. In a harmonic well it gives `quantum_spread` within
        a hundredth for zeta up to 1; elsewhere nothing tunnels, but zero-point noise may lift it.

    Examples
    --------
    A dot at rest in the heat spreads as its spring allows, <k x^2> = kT:

    >>> from cifcore import LinearBias, paper_device, pulses
    >>> response = LinearBias(paper_device("2b"))
    >>> many = langevin(response, pulses([(0.0, 2e4)]), kT=1e-3, n=1000, seed=1)
    >>> bool(abs(np.mean(0.02 * many.x_end**2) / 1e-3 - 1) < 0.15)
    True
    """
    _check.instance("drive", drive, Drive)
    kT = _check.real("kT", kT, *_check.NOT_NEGATIVE)
    n, samples = _check.whole("n", n, 1), _check.whole("samples", samples, 0)
    rng = _check.generator(seed)
    _check.one_of("bath", bath, _BATHS)
    bounds = _check.real_array("edges", edges)
    if bounds.ndim != 1 or np.any(np.diff(bounds) <= 0):
        raise ValueError(f"edges = {edges!r}: must be an ascending sequence")
    for name, extra in (("friction", friction), ("noise", noise)):
        _check.function(name, extra, "position and bias", needed=False)
    shape: tuple[int, ...] = (n,)
    if isinstance(response, VectorResponse):
        if bath != "classical" or bounds.size:
            raise ValueError("bath, edges: must be as by default for several coordinates")
        shape, omega, mass = (n, response.coordinates), response.fastest, 1.0
        kicks: Any = partial(VectorKicks, response)
        around: Any = partial(VectorBath, response, kT, rng)
    else:
        _check.instance("response", response, Response, single=True)
        omega, mass = response.device.omega, response.device.M
        kicks = partial(response.ensemble, n)
        around = partial(_BATHS[bath], mass, response.device.nu, kT, n, rng)
    limit = "2/omega, where the step of the free oscillator becomes unstable"
    stable = (lambda a: (a > 0) & (a * omega < 2), f"positive and below {limit}")
    dt = _check.real("dt", 2 * np.pi / omega / 40 if dt is None else dt, *stable)
    _check.steps(drive.duration, dt)
    each = (samples or drive.cycles) + len(drive.segments) * (3 + 2 * len(bounds))
    many = f"n = {n}" + (f", samples = {samples}" if samples else "")
    _check.memory(many, 8 * math.prod(shape) * (12 + each + 4 * sum(shape[1:])))
    x, v = initial(x0, v0, shape)
    keep = np.linspace(0, drive.duration, samples + 1)[1:] if samples else drive.cycle_ends
    kept, parts = _run(drive, dt, kicks, around(), bounds, keep, x, v, mass, friction, noise)
    if not np.all(np.isfinite(x)):
        raise ArithmeticError(f"the motion is unstable at dt = {dt}: take a smaller step")
    charge, at_break, shares = (np.array(part) for part in zip(*parts, strict=True))
    cycles = charge.reshape(drive.cycles, -1, n).sum(axis=1).T
    at_break, occupation = np.moveaxis(at_break, 0, 1).copy(), np.moveaxis(shares, 2, 0).copy()
    return Ensemble(keep, kept, cycles, x, v, at_break, occupation)


def _run(
    drive: Drive, dt: float, kicks: Any, bath: Any, edges: Array, keep: Array, *state: Any
) -> tuple[Array, list[Any]]:
    """The hot loop: positions at the times `keep`, and charges, ends, shares of each segment."""
    x, v, mass, friction, noise = state  # x and v change in place
    kept, parts, next_kept = np.empty((len(keep), *x.shape)), [], 0
    for begin, segment in zip(drive.breaks, drive.segments, strict=False):
        steps = _check.steps(segment.duration, dt)
        h = segment.duration / steps
        half = 0.5 * h
        bias = segment.value(h * np.arange(steps + 1))
        time = begin + h * (np.arange(steps + 1) + 0.5)
        above = np.zeros((len(edges), len(x)))
        # A velocity is kept as the way it makes in half a step, a force as what a step of it
        # adds to that; the half kicks of two steps in a row make one.
        bath.start(h, half)
        ensemble = kicks(half * h / mass)
        v *= half
        v += 0.5 * ensemble.kick(x, bias[0], 0.5)
        for step in range(1, steps + 1):
            x += v
            middle = 0.5 * (bias[step - 1] + bias[step])
            drag = None if friction is None else friction(x, middle)
            bath.act(v, drag, None if noise is None else noise(x, middle))
            x += v
            last = step == steps
            kick = ensemble.kick(x, bias[step], 0.5 if last else 1.0)
            v += 0.5 * kick if last else kick
            for edge, count in zip(edges, above, strict=True):
                count += x > edge
            while next_kept < len(keep) and time[step] >= keep[next_kept]:
                kept[next_kept] = x
                next_kept += 1
        v /= half
        beyond = np.vstack([np.ones(len(x)), above / steps, np.zeros(len(x))])
        charge = np.broadcast_to(h * ensemble.current(), len(x))
        parts.append((charge, x.copy(), beyond[:-1] - beyond[1:]))
    return kept, parts
