"""What the figures owe to the electrons' friction and noise, at two masses of the dot."""

from collections.abc import Callable, Sequence
from functools import lru_cache
from math import sqrt
from typing import Any

import numpy as np

from cifcore import Drive, LinearBias, Response, equilibria, langevin, pulses, rectification
from cifcore.book.evidence.bias import TAU, lower_barrier, protocol, stays, triangular
from cifcore.book.evidence.curves import asymmetry
from cifcore.book.evidence.registry import Measured, Verdict, answers, assumption, judged
from cifcore.book.evidence.symmetry import Kind
from cifcore.book.evidence.units import DALTON
from cifcore.book.evidence.validity import BIAS, DAMPINGS, LIGHT, device_of, wells_as_stated
from cifcore.device import Array, Device
from cifcore.electrons.friction import electronic_friction, electronic_noise
from cifcore.force.table import Tabulated
from cifcore.motion.record import Ensemble

_PLACES = np.linspace(-5, 5, 401)


@lru_cache(maxsize=256)
def _table(quantity: Callable[..., Any], device: Device, bias: float, kT: float) -> Array:
    return np.asarray(quantity(device, _PLACES, bias, kT))


def in_a_table(
    quantity: Callable[..., Any],
    device: Device,
    biases: Sequence[float],
    kT: float = 0.0,
    spins: Any = 1,
) -> Callable[[Array, Any], Array]:
    """Electronic friction or noise of position and bias, interpolated, for long motions."""
    # neither depends on the dot's mass or damping
    plain = device.replace(M=1.0, zeta=0.0)
    known = {float(bias): _table(quantity, plain, float(bias), kT) for bias in biases}
    return lambda x, bias: spins * np.interp(x, _PLACES, known[float(np.ravel(bias)[0])])


def bath(device: Device, biases: Sequence[float], kT: float, spins: int = 1) -> dict[str, Any]:
    """Friction and noise of the electrons, to hand to `langevin`."""
    both = {"friction": electronic_friction, "noise": electronic_noise}
    return {name: in_a_table(of, device, biases, kT, spins) for name, of in both.items()}


def _short(number: float) -> str:
    return f"{number:.2g}" if number >= 0.001 else "<0.001"


# --- friction -----------------------------------------------------------------------------------


@lru_cache
def friction_on_the_way(figure: str, zeta: float, M: float = LIGHT) -> float:
    """Largest gamma_el/nu, one spin, from the natural position to the farthest well."""
    device, bias = device_of(figure, zeta, M), BIAS[figure]
    rest = equilibria(LinearBias(device), bias).x
    x = np.linspace(min(0.0, rest[0]), rest[-1], 201)
    return float(np.max(electronic_friction(device, x, bias)) / device.nu)


@answers("electronic-noise-small")
def largest_share() -> Measured:
    """The largest of these, over the figures with a motion and their dampings."""
    shares = {(f, z): friction_on_the_way(f, z) for f, stated in DAMPINGS.items() for z in stated}
    told = ", ".join(
        f"{share:.2f} in Fig. {f.replace('2b', '2(d)')} ($\\zeta = {z}$)"
        for (f, z), share in shares.items()
    )
    quiet, noisy = (rectification_in_two_baths(spins) for spins in (0, 1))
    values = {"shares": told, "mass": LIGHT * DALTON, "quiet": quiet, "noisy": noisy}
    return max(shares.values()), values


def drag_of(device: Device, bias: float, spins: Any = 1) -> Callable[[Array, Any], Array]:
    """Friction of the electrons under a bias of either sign, for `visited` and `cycle_wells`.

    Of one or more spins, a number or an array to broadcast with dampings and positions.
    """
    return in_a_table(electronic_friction, device, [bias, -bias], spins=spins)


def _slowed(figure: str, share: float) -> float:
    """Relative change of a slow cycle when the friction grows by `share` everywhere, a bound.

    Of the charge of Fig. 4(c), and of the energy that Fig. 6(b) loses.
    """
    height, what = {"4": (0.1, "charge"), "6": (0.15, "dissipated")}[figure]
    (zeta,) = DAMPINGS[figure]
    dampings = zeta, zeta * (1 + share)
    plain, more = (triangular(LinearBias(device_of(figure, z)), height) for z in dampings)
    return abs(float(getattr(more, what)[-1] / getattr(plain, what)[-1]) - 1)


@assumption("no friction of the electrons")
def friction(figure: str, mass: float) -> Verdict | None:
    """The figure's statement with the friction of one spin, and how large that is."""
    if figure not in DAMPINGS:
        return None
    share = max(friction_on_the_way(figure, z, mass) for z in DAMPINGS[figure])
    if figure in "46":
        return judged(True, _slowed(figure, share), f"{_short(share)} ν")
    response = LinearBias(device_of(figure, M=mass))
    kept = wells_as_stated(response, figure, drag_of(response.device, BIAS[figure]))
    return judged(kept, share, f"{_short(share)} ν")


# --- noise --------------------------------------------------------------------------------------


@lru_cache
def warmth(
    kind: Kind, figure: str, bias: float, zeta: float, spins: int = 1, M: float = LIGHT
) -> tuple[tuple[float, ...], float]:
    """kT_eff = D_el/2(nu + gamma_el) at each rest position, ascending, and the lower barrier.

    With cold leads and lattice, in gamma0.
    """
    response = kind(device_of(figure, zeta, M))
    device, x = response.device, equilibria(response, bias).x
    noise, drag = (q(device, x, bias) for q in (electronic_noise, electronic_friction))
    hot = spins * noise / (2 * (device.nu + spins * drag))
    return tuple(float(t) for t in hot), lower_barrier(response, bias)


def _runs(
    response: Response, drive: Drive, kT: float, seed: int, spins: int, x0: float = 0.0
) -> Ensemble:
    """200 runs in the noise of the lattice and of the electrons."""
    biases = sorted({piece.start for piece in drive.segments})
    more = bath(response.device, biases, kT, spins) if spins else {}
    return langevin(Tabulated(response, biases, -5, 5, 1e-6), drive, kT, 200, seed, x0, **more)


@lru_cache
def pump_in_two_baths(
    kind: Kind, bias: float, kT: float, spins: int, M: float = LIGHT
) -> tuple[float, float]:
    """Fig. 9 with the noise of lattice and electrons: mean charge of 200 cycles, standard error."""
    drive = protocol(bias, tau=TAU * sqrt(M / LIGHT))
    charge = _runs(kind(device_of("9", M=M)), drive, kT, 9, spins).charge_per_cycle[:, 0]
    return float(np.mean(charge)), float(np.std(charge) / np.sqrt(len(charge)))


@lru_cache
def keeps_its_cycle(zeta: float, spins: int, M: float = LIGHT) -> float:
    """Fig. 7, first order, cold: share of 200 runs that keep the noiseless wells for two cycles."""
    response, pulse = LinearBias(device_of("7", zeta, M)), 2e4 * sqrt(M / LIGHT)
    inner, top, _ = equilibria(response, 0.1).x
    drive = pulses([(-0.1, pulse), (0.1, pulse)], cycles=2)
    outer = np.abs(_runs(response, drive, 0.0, 7, spins, inner).x_break) > top
    return float(np.mean(np.all(outer == [zeta == 0.16, False] * 2, axis=1)))


@lru_cache
def rectification_in_two_baths(spins: int, M: float = LIGHT) -> float:
    """R_I of Fig. 4 at its bias, first order, cold: mean currents of 200 runs, after a while.

    Without the electrons nothing is random: the dot rests.
    """
    response, long = LinearBias(device_of("4", M=M)), 4e4 * sqrt(M / LIGHT)
    if not spins:
        return float(rectification(response, BIAS["4"]))
    drives = (pulses([(value, long)], cycles=2) for value in (BIAS["4"], -BIAS["4"]))
    runs = (_runs(response, drive, 0.0, 4, spins) for drive in drives)
    return float(asymmetry(*(np.mean(run.charge_per_cycle[:, 1]) for run in runs)))


@assumption("no noise of the electrons")
def noise(figure: str, mass: float) -> Verdict | None:
    """What the electrons' noise takes, with their friction, to first order in the bias and cold.

    Without them the mass stretches time and changes nothing else.
    """
    if figure == "4":
        alone, both = (rectification_in_two_baths(s, mass) for s in (0, 1))
        return judged(both >= 0.65, 1 - both / alone, f"$R_I$ {both:.2f}")
    if figure == "7":
        kept = min(keeps_its_cycle(zeta, 1, mass) for zeta in DAMPINGS["7"])
        return judged(kept > 0.5, 1 - kept, f"{100 * kept:.0f} % keep")
    if figure == "8":
        alone, both = stays(LinearBias, 2e-4), stays(LinearBias, 2e-4, bath, mass)
        return judged(both > 0.5, abs(both - alone), f"{100 * both:.0f} % stay")
    if figure == "9":
        alone = pump_in_two_baths(LinearBias, 0.3, 0.0, 0)[0] * sqrt(mass / LIGHT)
        both, _ = pump_in_two_baths(LinearBias, 0.3, 0.0, 1, mass)
        return judged(both > 0.5 * alone, 1 - both / alone, f"{100 * (both / alone - 1):+.0f} %")
    if figure in ("2b", "6"):
        # the lower barrier is that of the inner well, the first of the rest positions
        found = (warmth(LinearBias, figure, BIAS[figure], z, 1, mass) for z in DAMPINGS[figure])
        share = max(hot[0] / lowest for hot, lowest in found)
        return judged(share < 0.1, share, f"{_short(share)} barrier")
    return None
