"""What a reader can move: seven scenes, each declared once.

A `Scene` is its controls and a function from their values to a `Picture`: panels of curves
and marks, and a sentence that says what is to be seen. The faces are made elsewhere: a drawn
figure (`draw`), frames computed beforehand and Python in the page (the book's `scene`
directive), sliders in Jupyter (`cifcore.explore`).

The functions need numpy alone, so they also run in the reader's browser. `evaluate` gives
plain lists and strings, ready for JSON. Inside the ranges of its controls a scene never fails.

Labels are TeX between dollar signs; units gamma0 = a = hbar = e = kB = 1.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from . import _check
from .device import Array, Device, paper_device
from .drive import pulses, ramp
from .equilibria import equilibria, folds, potential
from .full import FullBias
from .langevin import langevin
from .motion import simulate
from .rectification import follow, rest_position
from .response import LinearBias, Response

__all__ = [
    "SCENES",
    "Control",
    "Panel",
    "Picture",
    "Scene",
    "Trace",
    "compute",
    "declaration",
    "draw",
    "evaluate",
]

_PREFERRED = np.array([1, 1.25, 1.6, 2, 2.5, 3.2, 4, 5, 6.3, 8])


@dataclass(frozen=True)
class Control:
    """One thing to move.

    Attributes
    ----------
    name, label, unit : str
        Of the value; label and unit as TeX.
    low, high, step, default : float
        The values are low, low + step, ... up to high. With ``log`` they are the preferred
        numbers 1, 1.25, 1.6, 2 ... of each decade, and ``step`` is not used.
    frames : int
        About how many values to compute beforehand.
    """

    name: str
    label: str
    unit: str
    low: float
    high: float
    default: float
    step: float = 0.0
    log: bool = False
    frames: int = 13

    @property
    def values(self) -> Array:
        """Every value the control can take, ascending."""
        if self.log:
            first, last = int(np.floor(np.log10(self.low))), int(np.floor(np.log10(self.high)))
            decades = 10.0 ** np.arange(first, last + 1)[:, None]
            every = np.array([float(f"{v:.3g}") for v in (decades * _PREFERRED).ravel()])
            slack = 1 + 1e-9
            return every[(every >= self.low / slack) & (every <= self.high * slack)]
        count = round((self.high - self.low) / self.step)
        return np.array([float(f"{self.low + i * self.step:.10g}") for i in range(count + 1)])

    @property
    def frame_values(self) -> Array:
        """About `frames` of them, evenly spread, with both ends and the default."""
        return self._spread(self.values, self.frames)

    def coarse_values(self, count: int) -> Array:
        """About `count` of `frame_values`, evenly spread, with both ends and the default."""
        return self._spread(self.frame_values, count)

    def _spread(self, every: Array, count: int) -> Array:
        pick = np.unique(np.round(np.linspace(0, len(every) - 1, count)).astype(int))
        return np.unique(np.append(every[pick], self.default))


@dataclass(frozen=True)
class Trace:
    """One curve or set of marks.

    ``colour`` is a meaning of `cifcore.plotting.COLOURS`; ``line`` is "solid", "dashed" or
    "none"; ``marker`` is "", "filled" (stable) or "open" (unstable). With ``base``, of the
    shape of ``y``, the area between the two is shaded. NaN breaks the curve.
    """

    x: Array
    y: Array
    label: str = ""
    colour: str = "ink"
    line: str = "solid"
    marker: str = ""
    width: float = 1.6
    base: Array | None = None


@dataclass(frozen=True)
class Panel:
    """One pair of axes; ranges that are None follow the traces."""

    x_label: str
    y_label: str
    traces: tuple[Trace, ...]
    x_range: tuple[float, float] | None = None
    y_range: tuple[float, float] | None = None


@dataclass(frozen=True)
class Picture:
    """What a scene shows for one set of values."""

    panels: tuple[Panel, ...]
    sentence: str


@dataclass(frozen=True)
class Scene:
    """A title, the controls, and the function from their values to a picture.

    ``together`` names two controls that matter together, and about how many values of each
    frames move at once; frames move any other control alone, from the default of all.
    """

    name: str
    title: str
    controls: tuple[Control, ...]
    function: Callable[..., Picture]
    together: tuple[tuple[str, int], tuple[str, int]]

    @property
    def defaults(self) -> dict[str, float]:
        """The values of the paper's figure."""
        return {control.name: control.default for control in self.controls}

    @property
    def grid(self) -> dict[str, Array]:
        """The values that frames combine, of each of the two controls of ``together``."""
        named = {control.name: control for control in self.controls}
        return {name: named[name].coarse_values(count) for name, count in self.together}


# --- words ------------------------------------------------------------------------------

_SUPERSCRIPT = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def _number(value: float, digits: int = 3) -> str:
    """A number as in a sentence: a real minus sign, a power of ten if large or small."""
    rounded = float(f"{value:.{digits}g}") + 0.0
    if rounded == 0 or 1e-3 <= abs(rounded) < 1e5:
        return f"{rounded:.10g}".replace("-", "−")
    mantissa, exponent = f"{rounded:.{digits - 1}e}".split("e")
    power = str(int(exponent)).translate(_SUPERSCRIPT)
    return f"{float(mantissa):g} × 10{power}".replace("-", "−")


def _listed(values: ArrayLike) -> str:
    words = [_number(v) for v in np.atleast_1d(np.asarray(values, float))] or ["no place here"]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def _sign_colour(bias: float) -> str:
    return "positive" if bias > 0 else "negative" if bias < 0 else "muted"


# --- pieces shared by scenes ------------------------------------------------------------

_X = "$x$ ($a$)"
_FORCE = r"force ($\gamma_0/a$)"
_ENERGY = r"energy ($\gamma_0$)"
_TIME = r"$t$ ($\hbar/\gamma_0$)"
_BIAS = r"$eV$ ($\gamma_0$)"


def _rest(response: Response, bias: float) -> tuple[Array, Array]:
    """Stable and unstable rest positions, each ascending."""
    found = equilibria(response, bias)
    return found.x[found.stable], found.x[~found.stable]


def _marks(x: Array, y: Array, stable: bool, colour: str = "ink") -> Trace:
    label, marker = ("stable", "filled") if stable else ("unstable", "open")
    return Trace(x, y, label, colour, "none", marker)


def _wells(stable: Array, unstable: Array, bias: float) -> str:
    said = f"At eV = {_number(bias)} γ₀ the dot can rest at x = {_listed(stable)} a"
    if len(unstable):
        said += f"; {_listed(unstable)} a, in between, is unstable"
    return said + "."


class _AtBandCentre(LinearBias):
    """`LinearBias` at mu0 = 0 by Eq. 17 written out, without checks: for tight loops.

    S = gL^2 + gR^2 = L cosh(w), and cosh(w) = (1 + e^2)/(2 e) with e = exp(-abs(w)), so that
    nothing overflows at any distance.
    """

    def __init__(self, device: Device) -> None:
        super().__init__(device)
        self._rate = 2 * device.b / device.a0
        self._shift = 2 * np.arctanh(device.lam)
        self._least = 2 * device.gamma**2 * (1 - device.lam**2)
        self._detuning = 4 * device.E_dot**2
        self._scale = -self._rate * device.E_dot / (2 * np.pi)

    def _parts(self, x: ArrayLike) -> tuple[Any, Any, Any, Any]:
        w = self._rate * np.asarray(x) - self._shift
        e = np.exp(-np.abs(w))
        s = self._least * (1 + e * e)
        return w, e, s, self._detuning * e * e + s * s

    def force(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """Eq. 17."""
        _, e, s, q = self._parts(x)
        return bias * self._scale * 2 * e * s / q

    def force_slope(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """dF/dx of Eq. 17."""
        w, e, s, q = self._parts(x)
        slope = self._least * self._rate * (1 - e * e) * np.sign(w)
        return bias * self._scale * 2 * e * slope * (q - 2 * s * s) / (q * q)

    def current(self, x: ArrayLike, bias: ArrayLike) -> Any:
        """I = T eV / 2 pi."""
        _, e, _, q = self._parts(x)
        return bias * (2 * self._least * e) ** 2 / q / (2 * np.pi)


def _window(values: ArrayLike, margin: float = 0.15, least: float = 1e-6) -> tuple[float, float]:
    low, high = float(np.min(values)), float(np.max(values))
    pad = max(margin * (high - low), least)
    return low - pad, high + pad


def _area(y: Array, x: Array) -> float:
    """Integral of y over x by trapezia."""
    return float(np.sum(np.diff(x) * (y[:-1] + y[1:])) / 2)


# --- 1: the force -----------------------------------------------------------------------


def _force(eV: float, lam: float, E_dot: float, gamma: float, b: float, k: float) -> Picture:
    device = paper_device("2b", lam=lam, E_dot=E_dot, gamma=gamma, b=b, k=k)
    response = _AtBandCentre(device)
    a0 = device.a0
    x = np.linspace(-a0, a0, 221)
    both = equilibria(response, np.array([eV, -eV]))
    here = np.isfinite(both.x)
    stable = both.x[0][here[0] & both.stable[0]]
    unstable = both.x[0][here[0] & ~both.stable[0]]
    mirrored = both.x[1][here[1] & both.stable[1]]
    unit = response.force(x, 1.0)
    colour, other = _sign_colour(eV), _sign_colour(-eV)
    forces = Panel(
        _X,
        _FORCE,
        (
            Trace(x, k * x, "spring, $kx$", "ink", width=1.2),
            Trace(x, -eV * unit, "at $-eV$", other, "dashed", width=1.2),
            Trace(x, eV * unit, "at $eV$", colour),
            _marks(stable, k * stable, True, colour),
            _marks(unstable, k * unstable, False, colour),
        ),
        (-a0, a0),
        _window(np.concatenate([eV * unit, -eV * unit, k * both.x[here], [0]]), 0.1, 1e-4),
    )
    level = float(potential(response, 0.0, eV))
    inside = np.concatenate([stable, unstable, [0.0]])
    reach = _window(inside, 0.35, 0.5)
    reach = (max(reach[0], -a0), min(reach[1], a0))
    energy = potential(response, x, eV) - level
    tops = potential(response, inside, eV) - level
    high = float(np.max(tops))
    depth = max(high - float(np.min(tops)), 0.25 * k * 0.25)
    potentials = Panel(
        _X,
        _ENERGY,
        (
            Trace(x, k * x**2 / 2, "spring alone", "muted", "dashed", width=1.2),
            Trace(x, energy, r"$U_{eff}$, from $x = 0$", colour),
            _marks(stable, tops[: len(stable)], True, colour),
            _marks(unstable, tops[len(stable) : -1], False, colour),
        ),
        reach,
        (float(np.min(tops)) - 0.15 * depth, high + 0.5 * depth),
    )
    said = _wells(stable, unstable, eV)
    if len(unstable):
        heights = [
            tops[len(stable) + i] - tops[j] for i in range(len(unstable)) for j in (i, i + 1)
        ]
        said += f" The barriers out of the wells are {_listed(heights)} γ₀ high."
    said += f" With the bias reversed it rests at {_listed(mirrored)} a"
    said += ", the mirror image." if lam == 0 else "."
    if np.any(np.abs(both.x[here]) > a0):
        said += f" Positions beyond the leads, at ±{_number(a0)} a, are outside the model."
    return Picture((forces, potentials), said)


# --- 2: the motion ----------------------------------------------------------------------

_SCENE_TOLERANCE = 1e-4  # in units of the length of the force: far below the line width


def _motion(eV: float, zeta: float, x0: float, v0: float) -> Picture:
    device = paper_device("2b", zeta=zeta)
    response = _AtBandCentre(device)
    duration = 8000.0
    motion = simulate(response, pulses([(eV, duration)]), x0, v0, rtol=_SCENE_TOLERANCE)
    t = np.linspace(0, duration, 321)
    path = motion.at(t)
    stable, unstable = _rest(response, eV)
    end_x, end_v = float(motion.x[-1]), float(motion.v[-1])
    # the well that holds the dot: the one on its side of every barrier above its energy
    energy = device.M * end_v**2 / 2 + float(potential(response, end_x, eV))
    walls = unstable[potential(response, unstable, eV) > energy]
    left = np.max(walls[walls < end_x], initial=-np.inf)
    right = np.min(walls[walls > end_x], initial=np.inf)
    held = stable[(stable > left) & (stable < right)]
    colour = _sign_colour(eV)
    ends = np.array([0.0, duration])
    levels = tuple(
        Trace(ends, np.array([level, level]), "", "muted", "dashed", width=1.0)
        for level in np.concatenate([stable, unstable])
    )
    x = np.linspace(-device.a0, device.a0, 201)
    force = response.force(x, eV)
    panels = (
        Panel(_TIME, _X, (*levels, Trace(t, path.x, "position", colour)), (0.0, duration)),
        Panel(
            _X,
            _FORCE,
            (
                Trace(x, device.k * x, "spring, $kx$", "ink", width=1.2),
                Trace(x, force, "current-induced", colour),
                _marks(stable, device.k * stable, True, colour),
                _marks(unstable, device.k * unstable, False, colour),
                Trace(
                    np.array([end_x]),
                    np.array([device.k * end_x]),
                    "where the dot is at the end",
                    "third",
                    "none",
                    "filled",
                ),
            ),
            (-device.a0, device.a0),
            _window(np.append(force, device.k * stable), 0.2, 1e-4),
        ),
    )
    turns = int(np.sum(np.diff(np.sign(path.v[np.abs(path.v) > 0])) != 0))
    said = f"Switched on at t = 0, the bias sets the dot moving; it turns {turns} times. "
    if len(held) == 1:
        other = stable[stable != held[0]]
        said += f"At t = {_number(duration)} ħ/γ₀ the well at x = {_number(held[0])} a holds it"
        said += f", not the one at {_listed(other)} a." if len(other) else ", the only one."
    else:
        said += "At the end it still has the energy to cross from one well to the other."
    return Picture(panels, said)


# --- 3: the diode -----------------------------------------------------------------------


def _diode(lam: float, E_dot: float, gamma: float) -> Picture:
    device = paper_device("4", lam=lam, E_dot=E_dot, gamma=gamma)
    response = _AtBandCentre(device)
    bias = np.linspace(0, 0.1, 81)
    rest = rest_position(response, np.concatenate([bias, -bias]))
    plus, minus = rest[: len(bias)], rest[len(bias) :]
    open_plus, open_minus = response.transmission(plus), response.transmission(minus)
    factor = (open_plus - open_minus) / (open_plus + open_minus)
    window = (0.0, float(bias[-1]))
    across = r"size of the bias, $|eV|$ ($\gamma_0$)"
    panels = (
        Panel(
            across,
            r"$|x_{st}|$ ($a$)",
            (
                Trace(bias, np.abs(plus), "$eV > 0$", "positive"),
                Trace(bias, np.abs(minus), "$eV < 0$", "negative", "dashed"),
            ),
            window,
        ),
        Panel(
            across,
            "transmission",
            (
                Trace(bias, open_plus, "$eV > 0$", "positive"),
                Trace(bias, open_minus, "$eV < 0$", "negative", "dashed"),
            ),
            window,
            (0.0, 1.0),
        ),
        Panel(across, "rectification $R_I$", (Trace(bias, factor),), window, (-1.0, 1.0)),
    )
    most = int(np.argmax(np.abs(factor)))
    if np.abs(factor[most]) < 1e-9:
        said = "The current only changes its sign with the bias: the rectification is zero. "
        said += (
            "Without asymmetry the two positions are mirror images."
            if lam == 0
            else "No force moves the dot."
        )
    else:
        ratio = (1 + abs(factor[most])) / (1 - abs(factor[most]))
        easy = "positive" if factor[most] > 0 else "negative"
        said = (
            f"The rectification reaches {_number(factor[most])} at |eV| = {_number(bias[most])} γ₀:"
            f" there a {easy} bias drives {_number(ratio)} times the current of its opposite,"
            f" with the dot at x = {_number(plus[most])} a and {_number(minus[most])} a."
        )
    return Picture(panels, said)


# --- 4: the hysteresis loop -------------------------------------------------------------


def _loop(eV: float, lam: float, gamma: float, b: float) -> Picture:
    device = paper_device("6", lam=lam, gamma=gamma, b=b)
    response = _AtBandCentre(device)
    k = device.k
    turning = folds(response, eV)
    # the sweep sees both sides of every fold
    near = np.concatenate([turning.bias * (1 - 1e-9), turning.bias * (1 + 1e-9)])
    sweep = np.unique(np.concatenate([np.linspace(-eV, eV, 61), near[np.abs(near) <= eV]]))
    both = np.concatenate([sweep, sweep[::-1]])
    path = follow(response, both, x0=float(rest_position(response, -eV)))
    up, down = path[: len(sweep)], path[len(sweep) :]

    reach = max(1.15 * float(np.max(np.abs(path))), 0.5)
    x = np.linspace(-reach, reach, 301)
    unit, slope = response.force(x, 1.0), response.force_slope(x, 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        branch = k * x / unit
    shown = np.abs(branch) <= 1.02 * eV
    stable = shown & (branch * slope < k)
    unstable = _with_ends(shown & (branch * slope >= k), shown)
    loop = Panel(
        _BIAS,
        _X,
        (
            Trace(branch, np.where(stable, x, np.nan), "stable", "muted", width=1.2),
            Trace(branch, np.where(unstable, x, np.nan), "unstable", "muted", "dashed", width=1.2),
            Trace(sweep, up, "sweep up", "positive", width=3.2),
            Trace(sweep[::-1], down, "sweep down", "negative", width=1.4),
            Trace(turning.bias, turning.x, "folds", "ink", "none", "open"),
        ),
        (-1.05 * eV, 1.05 * eV),
    )
    traces: list[Trace] = []
    lost, touched = [], []
    for name, colour, bias, way in (
        ("jump on the way up", "positive", sweep, up),
        ("jump on the way down", "negative", sweep[::-1], down),
    ):
        for i in np.flatnonzero(np.abs(np.diff(bias)) <= 4e-9 * np.abs(bias[1:])):
            start, stop, at = way[i], way[i + 1], bias[i + 1]
            if abs(stop - start) > 1e-3 * response.length:
                z = np.linspace(start, stop, 41)
                traces.append(Trace(z, response.force(z, at), name, colour, base=k * z, width=1.8))
                fall = potential(response, np.array([start, stop]), at)
                touched += [start, stop]
                lost.append(float(fall[0] - fall[1]))
    # around the jumps, or else the whole way
    ends = np.array(_window(touched, 0.25) if touched else _window(path, 0.0))
    spring = Trace(ends, k * ends, "at rest, $F = kx$", "muted", width=1.2)
    area = Panel(_X, _FORCE, (spring, *traces), (float(ends[0]), float(ends[1])))
    if touched:
        wide = np.abs(np.subtract.outer(turning.bias, turning.bias))
        said = (
            f"Swept slowly between ±{_number(eV)} γ₀, the dot jumps {len(lost)} times a cycle, at"
            f" the folds eV = {_listed(turning.bias)} γ₀. The shaded area is the work that the"
            f" current does and friction takes, however slow the sweep:"
            f" {_number(sum(lost))} γ₀ a cycle."
        )
        if len(turning.bias) == 2:
            said += f" The window of two stable positions is {_number(np.max(wide))} γ₀ wide."
    elif len(turning.bias):
        said = "There are folds in this range, but the sweep does not reach a jump and its return."
    else:
        said = (
            f"Between ±{_number(eV)} γ₀ there is one position for each bias: both sweeps take the"
            " same path, and a slow cycle yields no work."
        )
    return Picture((loop, area), said)


def _with_ends(mask: NDArray[np.bool_], shown: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """The mask and its neighbours, so that dashed and solid parts of a branch touch."""
    wide = mask.copy()
    wide[1:] |= mask[:-1]
    wide[:-1] |= mask[1:]
    return wide & shown


# --- 5: the symmetric pump --------------------------------------------------------------


def _pump(zeta: float, eV: float, pulse: float) -> Picture:
    device = paper_device("7", zeta=zeta)
    response = _AtBandCentre(device)
    train = ramp(0.0, eV, pulse, smooth=True) + pulses([(eV, pulse), (-eV, pulse)] * 2)
    motion = simulate(response, train, rtol=_SCENE_TOLERANCE)
    ringing = min(pulse, 15000.0)
    early = np.linspace(0, ringing, 61)
    late = np.linspace(ringing, pulse, 9)[1:] if pulse > ringing else np.zeros(0)
    one = np.concatenate([early, late])
    times = np.concatenate([begin + one for begin in train.breaks[:-1]])
    path = motion.at(np.minimum(times, motion.t[-1]))
    period = 2 * pulse
    # time and charge count from the first pulse
    start = motion.at(np.array([pulse]))
    tau = (times - pulse) / period
    charge = path.charge - start.charge[0]
    switch = 2 * pulse + np.linspace(0, ringing, 161)
    close = motion.at(np.minimum(switch, motion.t[-1]))
    forward, _ = _rest(response, eV)
    backward, _ = _rest(response, -eV)
    levels = np.concatenate([forward, backward])
    cycles = np.array([tau[0], tau[-1]])
    window = np.array([0.0, ringing])

    def marked(ends: Array) -> tuple[Trace, ...]:
        return tuple(
            Trace(ends, np.array([level, level]), "", "muted", "dashed", width=1.0)
            for level in levels
        )

    tall = _window(np.concatenate([levels, path.x]), 0.08, 0.05)
    in_cycles = r"time in cycles, $t/\tau$"
    panels = (
        Panel(in_cycles, _X, (*marked(cycles), Trace(tau, path.x, "", "third")), y_range=tall),
        Panel(
            r"time after the first reversal ($\hbar/\gamma_0$)",
            _X,
            (*marked(window), Trace(switch - 2 * pulse, close.x, "", "third")),
            (0.0, ringing),
            tall,
        ),
        Panel(in_cycles, "charge $Q$ ($e$)", (Trace(tau, charge, "", "third"),)),
    )
    ends = motion.at(np.array([4.0, 5.0]) * pulse).x
    per_cycle = float(motion.charge[-1] - motion.at(np.array([3 * pulse])).charge[0])
    broken = abs(ends[0] + ends[1]) > 0.05 * abs(ends[0] - ends[1]) + 1e-6
    # what rounding leaves is not worth a number
    rest = f" to {_number(per_cycle, 2)} e a cycle" if abs(per_cycle) > 1e-9 else ""
    said = (
        f"The device and the pulses are symmetric; in the second cycle they leave the dot at"
        f" x = {_number(ends[0])} a and {_number(ends[1])} a. "
    )
    said += (
        f"These are not mirror images: {_number(per_cycle)} e flow each cycle."
        if broken
        else f"These are mirror images, and the charge of the two pulses cancels{rest}."
    )
    return Picture(panels, said)


# --- 6: fluctuations --------------------------------------------------------------------


_DOTS, _DRAWN = 60, 4


def _fluctuations(kT: float, zeta: float, eV: float) -> Picture:
    device = paper_device("2b", zeta=zeta)
    response = _AtBandCentre(device)
    rng = np.random.default_rng(20)
    # at zero bias the dots are at thermal equilibrium in the spring's well
    x0 = rng.normal(0.0, np.sqrt(kT / device.k), _DOTS)
    v0 = rng.normal(0.0, np.sqrt(kT / device.M), _DOTS)
    duration, samples = 7.5e4, 150
    found = langevin(
        response,
        pulses([(eV, duration)]),
        kT,
        _DOTS,
        rng,
        x0,
        v0,
        dt=2 * np.pi / float(device.omega) / 28,
        samples=samples,
    )
    t = np.concatenate([[0.0], found.t]) / 1e4
    x = np.concatenate([x0[None, :], found.x])
    stable, unstable = _rest(response, eV)
    z = np.linspace(min(-0.6, float(np.min(x))), max(2.6, float(np.max(x))), 141)
    energy = potential(response, z, eV)
    weight = np.exp(-(energy - np.min(energy)) / kT)
    density = weight / _area(weight, z)
    late = x[len(t) // 2 :].ravel()
    counts, edges = np.histogram(late, bins=36, range=(float(z[0]), float(z[-1])), density=True)
    steps_x, steps_y = np.repeat(edges, 2)[1:-1], np.repeat(counts, 2)
    colours = ("third", "fourth", "negative", "positive")
    span = (0.0, float(t[-1]))
    in_time = r"$t$ ($10^4\,\hbar/\gamma_0$)"
    walls = tuple(
        Trace(np.array(span), np.array([wall, wall]), "barrier", "ink", "dashed", width=1.0)
        for wall in unstable
    )
    drawn = tuple(Trace(t, x[:, i], "", colours[i], width=1.0) for i in range(_DRAWN))
    tall = (float(z[0]), float(z[-1]))
    panels = [
        Panel(in_time, _X, (*drawn, *walls), span, tall),
        Panel(
            _X,
            "density ($1/a$)",
            (
                Trace(steps_x, steps_y, "second half of the run", "third", base=0 * steps_y),
                Trace(z, density, "Boltzmann", "ink", "dashed"),
            ),
            tall,
        ),
    ]
    if len(unstable) != 1:
        said = f"At eV = {_number(eV)} γ₀ there is a single well, at x = {_listed(stable)} a."
        return Picture(tuple(panels), said)
    near = x < unstable[0]
    panels.insert(
        1,
        Panel(
            in_time,
            "fraction in the near well",
            (Trace(t, near.mean(axis=1), "", "third"),),
            span,
            (0.0, 1.0),
        ),
    )
    settled = near[4]
    escaped = int(np.sum(settled & ~near[-1]))
    barrier = potential(response, unstable, eV) - potential(response, stable[:1], eV)
    equilibrium = float(_area(np.where(z < unstable[0], density, 0), z))
    said = (
        f"The barrier out of the near well is {_number(barrier[0] / kT)} kT high. Of {_DOTS} dots,"
        f" {int(np.sum(settled))} are there at t = {_number(1e4 * t[4])} ħ/γ₀, and {escaped} of"
        f" these have left it by the end; at thermal equilibrium"
        f" {_number(100 * equilibrium, 2)} % would be in it."
    )
    return Picture(tuple(panels), said)


# --- 7: how far linear response holds ---------------------------------------------------


def _linear(eV: float, kT: float, gamma: float) -> Picture:
    device = paper_device("2b", gamma=gamma, kT0=kT)
    k, first, exact = device.k, _AtBandCentre(device), FullBias(device)
    x = np.linspace(-1.4, 3.0, 73)
    spring = k * x
    forces = [Trace(x, spring, "spring, $kx$", "ink", width=1.2)]
    energies, both = [], []
    for response, name, colour, line in (
        (first, "first order in $eV$", "negative", "dashed"),
        (exact, "exact", "positive", "solid"),
    ):
        force = np.asarray(response.force(x, eV))
        both.append(force)
        forces.append(Trace(x, force, name, colour, line))
        pull = force - spring
        steps = np.diff(x) * (pull[:-1] + pull[1:]) / 2
        energy = -np.concatenate([[0.0], np.cumsum(steps)])
        energies.append(Trace(x, energy - np.interp(0.0, x, energy), name, colour, line))
    low = min(float(np.min(trace.y)) for trace in energies)
    panels = (
        Panel(_X, _FORCE, tuple(forces), (-1.4, 3.0), _window(np.append(both, 0.0), 0.15, 1e-4)),
        Panel(
            _X, _ENERGY, tuple(energies), (-1.4, 3.0), (1.12 * low - 1e-4, max(-0.6 * low, 4e-3))
        ),
    )
    wrong = np.max(np.abs(both[0] - both[1])) / np.max(np.abs(both[1]))
    roughly, _ = _rest(first, eV)
    truly = _stable_between(exact, eV, x, both[1] - spring)
    said = (
        f"At eV = {_number(eV)} γ₀ and kT = {_number(kT)} γ₀, first order misses the exact force by"
        f" up to {_number(100 * wrong, 2)} % of its peak. By first order the dot rests at"
        f" x = {_listed(roughly)} a, by the exact force at {_listed(truly)} a"
    )
    said += "." if len(roughly) == len(truly) else ": not even the number of wells is the same."
    return Picture(panels, said)


def _stable_between(response: Response, bias: float, x: Array, pull: Array) -> Array:
    """Where the sampled pull falls through zero: a secant step, then an inverse parabola."""
    i = np.flatnonzero((pull[:-1] > 0) & (pull[1:] <= 0))
    low, high, at_low, at_high = x[i], x[i + 1], pull[i], pull[i + 1]
    middle = low + (high - low) * at_low / (at_low - at_high)
    at = response.force(middle, bias) - response.device.k * middle
    with np.errstate(divide="ignore", invalid="ignore"):
        better = (
            low * at * at_high / ((at_low - at) * (at_low - at_high))
            + middle * at_low * at_high / ((at - at_low) * (at - at_high))
            + high * at_low * at / ((at_high - at_low) * (at_high - at))
        )
    return np.where(np.isfinite(better) & (better >= low) & (better <= high), better, middle)


# --- the declarations -------------------------------------------------------------------

_ZETA = Control("zeta", r"damping ratio, $\zeta$", "", 0.05, 0.9, 0.1, 0.01)
_LAM = Control("lam", r"asymmetry, $\lambda$", "", -0.9, 0.9, 0.7, 0.05, frames=13)
_E_DOT = Control("E_dot", r"energy of the dot, $E_{dot}$", r"$\gamma_0$", -0.5, 0.5, -0.2, 0.01)
_COUPLING = Control("gamma", r"coupling, $\gamma$", r"$\gamma_0$", 0.05, 0.6, 0.1, 0.01)
_SHAPE = Control("b", "electromechanical coupling, $b$", "", 1.0, 12.0, 8.0, 0.25, frames=12)
_VOLTAGE = Control("eV", "bias, $eV$", r"$\gamma_0$", -0.3, 0.3, 0.2, 0.005, frames=25)

SCENES: dict[str, Scene] = {
    scene.name: scene
    for scene in (
        Scene(
            "force",
            "Force, equilibria and potential",
            (
                _VOLTAGE,
                _LAM,
                _E_DOT,
                _COUPLING,
                _SHAPE,
                Control("k", "spring constant, $k$", r"$\gamma_0/a^2$", 0.01, 0.06, 0.02, 0.001),
            ),
            _force,
            together=(("eV", 13), ("lam", 14)),
        ),
        Scene(
            "motion",
            "The dot after the bias comes on",
            (
                replace(_VOLTAGE, frames=21),
                replace(_ZETA, frames=21),
                Control("x0", "first position, $x(0)$", "$a$", -3.0, 3.0, 0.0, 0.05),
                Control("v0", "first velocity", r"$a\gamma_0/\hbar$", -0.01, 0.01, 0.0, 0.0005),
            ),
            _motion,
            together=(("eV", 13), ("zeta", 12)),
        ),
        Scene(
            "diode",
            "A diode made of one moving dot",
            (
                replace(_LAM, default=0.5, frames=19),
                _E_DOT,
                replace(_COUPLING, high=0.8, default=0.5),
            ),
            _diode,
            together=(("lam", 19), ("E_dot", 14)),
        ),
        Scene(
            "hysteresis",
            "The loop of a slow sweep",
            (
                replace(_VOLTAGE, label="largest bias, $eV$", low=0.02, default=0.15),
                replace(_LAM, low=0.0, default=0.6, frames=19),
                replace(_COUPLING, high=0.4, default=0.2),
                replace(_SHAPE, low=2.0, high=10.0, default=7.0),
            ),
            _loop,
            together=(("lam", 10), ("gamma", 8)),
        ),
        Scene(
            "pump",
            "A pump without a direction",
            (
                replace(_ZETA, default=0.16, high=0.5, frames=24),
                replace(_VOLTAGE, low=0.02, high=0.2, default=0.1, frames=19),
                Control(
                    "pulse",
                    r"length of a pulse, $\tau/2$",
                    r"$\hbar/\gamma_0$",
                    2e3,
                    5e5,
                    5e5,
                    log=True,
                    frames=25,
                ),
            ),
            _pump,
            together=(("zeta", 13), ("eV", 9)),
        ),
        Scene(
            "fluctuations",
            "Two wells and noise",
            (
                Control(
                    "kT",
                    r"temperature, $k_B T_0$",
                    r"$\gamma_0$",
                    1e-4,
                    5e-3,
                    1e-3,
                    log=True,
                    frames=18,
                ),
                replace(_ZETA, default=0.5, frames=18),
                replace(_VOLTAGE, low=0.1, frames=11),
            ),
            _fluctuations,
            together=(("kT", 9), ("eV", 9)),
        ),
        Scene(
            "linear",
            "How far linear response holds",
            (
                replace(_VOLTAGE, low=0.02, high=0.5, step=0.01, frames=17),
                Control(
                    "kT",
                    "temperature of the leads, $k_B T_0$",
                    r"$\gamma_0$",
                    0.0,
                    0.1,
                    0.0,
                    0.002,
                ),
                replace(_COUPLING, high=0.5),
            ),
            _linear,
            together=(("eV", 13), ("gamma", 13)),
        ),
    )
}
"""The scenes by name."""


# --- for the faces ----------------------------------------------------------------------


def _scene(name: str) -> Scene:
    if not isinstance(name, str) or name not in SCENES:
        raise ValueError(f"name = {name!r}: must be one of {', '.join(SCENES)}")
    return SCENES[name]


def compute(name: str, values: Mapping[str, float] | None = None) -> Picture:
    """The picture of a scene.

    Parameters
    ----------
    name : str
        One of `SCENES`.
    values : mapping of str to float, optional
        Values of some controls; the others keep their defaults. Any value between a control's
        ends is allowed, not only its steps.

    Raises
    ------
    TypeError, ValueError
        If there is no such scene or control, or a value is out of its range.
    """
    scene = _scene(name)
    chosen = scene.defaults
    for key, value in (values or {}).items():
        if key not in chosen:
            raise ValueError(f"{key!r} is no control of {name!r}: has {', '.join(chosen)}")
        control = next(c for c in scene.controls if c.name == key)
        number = _check.real(key, value)
        if not control.low <= number <= control.high:
            raise ValueError(f"{key} = {value!r}: must be from {control.low} to {control.high}")
        chosen[key] = number
    return scene.function(**chosen)


def evaluate(name: str, values: Mapping[str, float] | None = None) -> dict[str, Any]:
    """The same as `compute`, in dictionaries, lists, numbers and strings; None stands for NaN."""
    picture = compute(name, values)
    return {"panels": [_plain(panel) for panel in picture.panels], "sentence": picture.sentence}


def _plain(panel: Panel) -> dict[str, Any]:
    told: dict[str, Any] = asdict(panel)
    for key in ("x_range", "y_range"):
        told[key] = None if told[key] is None else [float(value) for value in told[key]]
    told["traces"] = list(told["traces"])
    for trace in told["traces"]:
        for key in ("x", "y", "base"):
            if trace[key] is not None:
                finite = np.isfinite(trace[key]).tolist()
                values = trace[key].tolist()
                trace[key] = [v if f else None for v, f in zip(values, finite, strict=True)]
    return told


def declaration(name: str) -> dict[str, Any]:
    """Title and controls of a scene, with every value each control can take.

    ``frames`` are the values for which there is a picture with all other controls at their
    defaults; ``grid`` has, for each of two controls, those for which there is a picture at
    every value of the other.
    """
    scene = _scene(name)
    controls = [
        {
            "name": c.name,
            "label": c.label,
            "unit": c.unit,
            "default": c.default,
            "values": c.values.tolist(),
            "frames": c.frame_values.tolist(),
        }
        for c in scene.controls
    ]
    grid = {key: values.tolist() for key, values in scene.grid.items()}
    return {"name": name, "title": scene.title, "controls": controls, "grid": grid}


def draw(name: str, values: Mapping[str, float] | None = None) -> Any:
    """Draw a scene with matplotlib; returns the figure.

    Arguments as in `compute`. Figures are drawn in the style of the book, for print and for
    readers without JavaScript.
    """
    import matplotlib.pyplot as plt

    from .plotting import COLOURS, FULL, panel_labels

    panels = compute(name, values).panels
    figure, axes = plt.subplots(1, len(panels), figsize=(FULL, 3.0 if len(panels) < 3 else 2.6))
    for ax, panel in zip(axes, panels, strict=True):
        named: set[str] = set()
        for trace in panel.traces:
            colour = COLOURS[trace.colour]
            label = trace.label if trace.label and trace.label not in named else None
            named.add(trace.label)
            if trace.base is not None:
                ax.fill_between(trace.x, trace.y, trace.base, color=colour, alpha=0.15, lw=0)
            ax.plot(
                trace.x,
                trace.y,
                color=colour,
                linestyle={"solid": "-", "dashed": "--", "none": "none"}[trace.line],
                linewidth=trace.width,
                marker="o" if trace.marker else None,
                markerfacecolor=COLOURS["paper"] if trace.marker == "open" else colour,
                zorder=5 if trace.marker else None,
                label=None if label is None else _upright(label),
            )
        ax.set(xlabel=_upright(panel.x_label), ylabel=_upright(panel.y_label))
        if panel.x_range:
            ax.set_xlim(panel.x_range)
        if panel.y_range:
            ax.set_ylim(panel.y_range)
        handles, _ = ax.get_legend_handles_labels()
        if handles:
            ax.legend(fontsize="small")
    panel_labels(axes)
    return figure


def _upright(label: str) -> str:
    """Subscripts that are words stand upright, as in print."""
    return re.sub(r"_\{(\w\w+)\}", r"_{\\mathrm{\1}}", label)
