"""Numbers for the ledger: units."""

from __future__ import annotations

import numpy as np

from cifcore.book.evidence.registry import answers
from cifcore.device import paper_device
from cifcore.units import Scales, adiabatic_ratio


def stated_scales() -> list[tuple[str, float, float]]:
    """The numbers of Appendix A: name, ours, and what the paper rounds it to."""
    scales = Scales("3.88 eV", "2.5 angstrom")
    fullerene = scales.device(E_dot="0 eV", gamma="0.388 eV", b=8, a0="10 angstrom", k="0.23 N/m")
    return [
        ("k* in N/m", float(scales.stiffness.to("N/m").magnitude), 10.0),
        ("M* in electron masses", float(scales.mass.to("electron_mass").magnitude), 0.3),
        ("k of 0.23 N/m", float(fullerene.k), 0.02),
    ]


@answers("units")
def scales() -> float:
    """How many of the three stated scales follow, rounded to one figure as stated."""
    return float(sum(float(f"{ours:.0e}") == paper for _, ours, paper in stated_scales()))


@answers("adiabatic-22")
def adiabatic() -> tuple[float, dict[str, float]]:
    """gamma/(hbar omega) for k = 0.02, M = 1000 and gamma = 0.1; a fifth of its value at 0.5."""
    at_weak = float(adiabatic_ratio(paper_device("2a")))
    at_strong = float(adiabatic_ratio(paper_device("4")))
    thermal = paper_device("3")
    narrowest = 2 * thermal.gamma**2 * np.sqrt(1 - thermal.mu0**2 / 4)
    values = {"strong": at_strong, "thermal": float(adiabatic_ratio(thermal))}
    stated = 110 <= at_strong < 115
    return at_weak if stated else float("nan"), {
        **values,
        "width": float(narrowest / thermal.omega),
    }


@answers("unit-energy")
def unit_energy() -> float:
    """hbar sqrt(k*/M*) over gamma0."""
    scales = Scales("3.88 eV", "2.5 angstrom")
    frequency = (scales.stiffness / scales.mass) ** 0.5
    return float((frequency * scales.time).to("").magnitude)
