"""Words and labels that scenes share."""

import numpy as np
from numpy.typing import ArrayLike

from cifcore.device import Array

X = "$x$ ($a$)"
FORCE = r"force ($\gamma_0/a$)"
ENERGY = r"energy ($\gamma_0$)"
TIME = r"$t$ ($\hbar/\gamma_0$)"
BIAS = r"$eV$ ($\gamma_0$)"
SWINGS = "time in swings"

RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float, digits: int = 3) -> str:
    """A number as in a sentence: a real minus sign, a power of ten if large or small."""
    rounded = float(f"{value:.{digits}g}") + 0.0
    if rounded == 0 or 1e-3 <= abs(rounded) < 1e5:
        return f"{rounded:.10g}".replace("-", "−")
    mantissa, exponent = f"{rounded:.{digits - 1}e}".split("e")
    power = str(int(exponent)).translate(RAISED)
    return f"{float(mantissa):g} × 10{power}".replace("-", "−")


def listed(values: ArrayLike) -> str:
    words = [number(v) for v in np.atleast_1d(np.asarray(values, float))] or ["no place here"]
    return words[0] if len(words) == 1 else ", ".join(words[:-1]) + " and " + words[-1]


def wells(stable: Array, unstable: Array, bias: float) -> str:
    said = f"At eV = {number(bias)} γ₀ the dot can rest at x = {listed(stable)} a"
    if len(unstable):
        said += f"; {listed(unstable)} a, in between, is unstable"
    return said + "."


def times(count: int) -> str:
    """How often, in words."""
    return {0: "never", 1: "once", 2: "twice"}.get(count, f"{count} times")
