"""Numbers for the ledger: units."""

import numpy as np

from cifcore.book.evidence.registry import Measured, answers
from cifcore.device import paper_device

# The scales of Appendix A once more and without pint, which takes longer to import than most
# rows to compute. SI: C, J s and J/K by definition; the two masses in kg.
_E, _HBAR, _KB = 1.602176634e-19, 1.054571817e-34, 1.380649e-23
_ELECTRON, _DALTON = 9.1093837e-31, 1.66053907e-27
_LATTICE = 2.5e-10

EV = 3.88
"""gamma0 in eV."""

STIFFNESS, TIME, KELVIN = EV * _E / _LATTICE**2, _HBAR / (EV * _E), EV * _E / _KB
"""k* in N/m, t* in s, and gamma0 as a temperature, in K."""

MASS = _HBAR**2 / (EV * _E * _LATTICE**2)
DALTON = MASS / _DALTON
"""M* in kg and in dalton."""


STATED = {
    "k* in N/m": (STIFFNESS, 10.0),
    "M* in electron masses": (MASS / _ELECTRON, 0.3),
    "k of 0.23 N/m": (0.23 / STIFFNESS, 0.02),
}
"""The numbers of Appendix A: ours, and what the paper rounds it to."""


@answers("units")
def scales() -> float:
    """How many of the three stated scales follow, rounded to one figure as stated."""
    return float(sum(float(f"{ours:.0e}") == paper for ours, paper in STATED.values()))


@answers("adiabatic-22")
def adiabatic() -> Measured:
    """gamma/(hbar omega) for k = 0.02, M = 1000 and gamma = 0.1; a fifth of its value at 0.5."""
    *devices, thermal = (paper_device(figure) for figure in ("2a", "4", "3"))
    weak, strong, other = (float(one.gamma / one.omega) for one in (*devices, thermal))
    narrowest = 2 * thermal.gamma**2 * np.sqrt(1 - thermal.mu0**2 / 4)
    values = {"strong": strong, "thermal": other, "width": float(narrowest / thermal.omega)}
    return weak if 110 <= strong < 115 else np.nan, values


@answers("unit-energy")
def unit_energy() -> float:
    """hbar sqrt(k*/M*) over gamma0."""
    return float(np.sqrt(STIFFNESS / MASS)) * TIME
