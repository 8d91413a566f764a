"""Does it hold? The dot as a classical particle."""

from __future__ import annotations

import numpy as np

from cifcore.book.evidence.validity import (
    BIAS,
    LIGHT,
    Verdict,
    assumption,
    device_of,
    judged,
)
from cifcore.force.linear import LinearBias
from cifcore.positions.diode import rectification
from cifcore.positions.landscape import barriers
from cifcore.quantum.states import thermal_density


def averaged_rectification(bias: float, mass: float = LIGHT) -> float:
    """R_I of Fig. 4 with the current averaged over the dot's ground state at each bias."""
    response = LinearBias(device_of("4", M=mass))
    currents = []
    for sign in (1, -1):
        x, density = thermal_density(response, sign * bias, 0.0)
        currents.append(density @ response.current(x, sign * bias) * (x[1] - x[0]))
    ahead, back = currents
    return float((ahead + back) / (ahead - back))


def zero_point(figure: str, mass: float = LIGHT) -> float:
    """hbar omega/2 over the barrier of the inner well at the figure's bias."""
    response = LinearBias(device_of(figure, M=mass))
    return float(response.device.omega / 2 / barriers(response, BIAS[figure])[0][2])


@assumption("a classical dot", 70)
def classical(figure: str, mass: float) -> Verdict | None:
    """A well lower than the zero-point energy is none. Fig. 4: what is left of R_I."""
    if figure == "4":
        still = rectification(LinearBias(device_of("4")), np.array([BIAS["4"]]))[0]
        left = averaged_rectification(BIAS["4"], mass)
        return judged(left >= 0.65, 1 - left / still, f"$R_I$ {left:.2f}")
    if figure in "26789":
        ratio = zero_point("2b" if figure == "2" else figure, mass)
        return judged(ratio < 1, ratio, f"{ratio:.1g} barrier")
    return None
