"""A bias in time, made of segments, at whose ends integrators can stop."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

from cifcore import _check
from cifcore.device import Array

SHAPES: dict[str, tuple[Callable[[Array], Array], float]] = {
    "line": (lambda u: u, 0.5),
    "smooth": (lambda u: u * u * (3 - 2 * u), 0.5),
    "half wave": (lambda u: np.sin(np.pi * u), 2 / np.pi),
}
"""From the elapsed fraction of a segment to a fraction of the way, and the mean of that."""


@dataclass(frozen=True)
class Segment:
    """One smooth piece: start + (stop - start) shape(t/duration), 0 <= t <= duration."""

    duration: float
    start: float
    stop: float
    shape: str = "line"

    def __post_init__(self) -> None:
        for name in ("duration", "start", "stop"):
            object.__setattr__(self, name, _check.real(name, getattr(self, name)))
        _check.positive("duration", self.duration)
        _check.one_of("shape", self.shape, SHAPES)

    def value(self, elapsed: ArrayLike) -> Any:
        """Bias at the time `elapsed` since the segment began."""
        way = SHAPES[self.shape][0](np.asarray(elapsed, float) / self.duration)
        return self.start + (self.stop - self.start) * way

    @property
    def mean(self) -> float:
        """Mean bias."""
        return self.start + (self.stop - self.start) * SHAPES[self.shape][1]


@dataclass(frozen=True)
class Drive:
    """A bias in time: segments one after the other; `cycles` equal periods of them.

    Made by `triangle`, `pulses`, `ramp` and `wave`; joined with + and repeated.

    Examples
    --------
    >>> there_and_back = ramp(0, 0.2, 100) + ramp(0.2, 0, 300)
    >>> there_and_back([0, 50, 400]).tolist(), there_and_back.repeat(3).cycle_ends.tolist()
    ([0.0, 0.1, 0.0], [400.0, 800.0, 1200.0])
    """

    segments: tuple[Segment, ...]
    cycles: int = 1

    def __post_init__(self) -> None:
        parts = self.segments
        if not isinstance(parts, tuple) or not all(isinstance(part, Segment) for part in parts):
            raise TypeError(f"segments = {parts!r}: must be a tuple of Segment")
        if not parts:
            raise ValueError("segments = (): must hold at least one segment")
        _check.whole("cycles", self.cycles, 1)
        if len(parts) % self.cycles:
            raise ValueError(f"cycles = {self.cycles}: must divide the {len(parts)} segments")

    @property
    def breaks(self) -> Array:
        """Times of all jumps and kinks, from 0 to the end; shape (segments + 1,)."""
        return np.concatenate([[0.0], np.cumsum([part.duration for part in self.segments])])

    @property
    def duration(self) -> float:
        """Total duration."""
        return float(self.breaks[-1])

    @property
    def cycle_ends(self) -> Array:
        """End times of the cycles; shape (cycles,)."""
        each = len(self.segments) // self.cycles
        return self.breaks[each::each]

    @property
    def mean(self) -> float:
        """Mean bias over the whole drive."""
        return sum(part.duration * part.mean for part in self.segments) / self.duration

    def __call__(self, t: ArrayLike, side: Literal["left", "right"] = "right") -> Any:
        """Bias at the times `t`; at a jump the value on the `side`. Constant beyond both ends."""
        _check.one_of("side", side, ("left", "right"))
        t, breaks = _check.real_array("t", t), self.breaks
        which = np.clip(np.searchsorted(breaks, t, side=side) - 1, 0, len(self.segments) - 1)
        out = np.empty(t.shape)
        for index in np.unique(which):
            inside, part = which == index, self.segments[index]
            out[inside] = part.value(np.clip(t[inside] - breaks[index], 0, part.duration))
        return out[()]

    def scaled(self, factor: float) -> Drive:
        """The same drive with its bias multiplied."""
        factor = _check.real("factor", factor)
        parts = (replace(p, start=factor * p.start, stop=factor * p.stop) for p in self.segments)
        return Drive(tuple(parts), self.cycles)

    def __add__(self, other: Drive) -> Drive:
        """First this drive, then the other, as one cycle."""
        return Drive(self.segments + other.segments) if isinstance(other, Drive) else NotImplemented

    def repeat(self, cycles: int) -> Drive:
        """The whole drive `cycles` times over, each a cycle."""
        cycles = _check.whole("cycles", cycles, 1)
        _check.memory(f"cycles = {cycles}", 100 * cycles * len(self.segments))
        return Drive(self.segments * cycles, cycles)

    def samples(self, per_segment: int = 33) -> tuple[Array, Array]:
        """Times and biases to draw the drive with, jumps as vertical lines."""
        per_segment, parts = _check.whole("per_segment", per_segment, 2), self.segments
        _check.memory(f"per_segment = {per_segment}", 32 * per_segment * len(parts))
        ways = np.linspace(0, [part.duration for part in parts], per_segment, axis=1)
        values = [part.value(way) for part, way in zip(parts, ways, strict=True)]
        return (self.breaks[:-1, None] + ways).ravel(), np.concatenate(values)


def ramp(start: float, stop: float, duration: float, smooth: bool = False) -> Drive:
    """From `start` to `stop` in `duration`: a straight line, or level at both ends if `smooth`.

    Examples
    --------
    >>> ramp(0, 0.2, 100)([25, 50, 100]).tolist()
    [0.05, 0.1, 0.2]
    """
    _check.flag("smooth", smooth)
    return Drive((Segment(duration, start, stop, "smooth" if smooth else "line"),))


def triangle(amplitude: float, period: float, cycles: int = 1) -> Drive:
    """0 -> +amplitude -> -amplitude -> 0 along straight lines, `cycles` times.

    Examples
    --------
    >>> triangle(0.1, 100)([0, 25, 50, 75, 100]).tolist()
    [0.0, 0.1, 0.0, -0.1, 0.0]
    """
    amplitude = _check.real("amplitude", amplitude)
    quarter = _check.real("period", period, *_check.POSITIVE) / 4
    down = ramp(amplitude, -amplitude, 2 * quarter)
    return (ramp(0, amplitude, quarter) + down + ramp(-amplitude, 0, quarter)).repeat(cycles)


def wave(amplitude: float, period: float, cycles: int = 1) -> Drive:
    """amplitude sin(2 pi t/period), `cycles` times.

    Examples
    --------
    >>> wave(0.1, 100)([25, 75]).round(6).tolist()
    [0.1, -0.1]
    """
    amplitude = _check.real("amplitude", amplitude)
    half = _check.real("period", period, *_check.POSITIVE) / 2
    parts = (Segment(half, 0.0, sign * amplitude, "half wave") for sign in (1, -1))
    return Drive(tuple(parts)).repeat(cycles)


def pulses(sequence: Iterable[tuple[float, float]], cycles: int = 1) -> Drive:
    """Constant biases one after the other: [(bias, duration), ...], `cycles` times.

    Examples
    --------
    >>> pulses([(0.1, 50), (-0.1, 50)], cycles=2).breaks.tolist()
    [0.0, 50.0, 100.0, 150.0, 200.0]
    """
    try:
        pairs = [(bias, duration) for bias, duration in sequence]
    except (TypeError, ValueError) as error:
        raise ValueError(f"sequence = {sequence!r}: must be pairs (bias, duration)") from error
    if not pairs:
        raise ValueError("sequence = []: must hold at least one pair (bias, duration)")
    parts = []
    for number, (bias, duration) in enumerate(pairs):
        bias = _check.real(f"bias of sequence[{number}]", bias)
        duration = _check.real(f"duration of sequence[{number}]", duration, *_check.POSITIVE)
        parts.append(Segment(duration, bias, bias))
    return Drive(tuple(parts)).repeat(cycles)
