"""Numbers for the ledger: units."""

from __future__ import annotations

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
def adiabatic() -> float:
    """gamma/(hbar omega) for k = 0.02, M = 1000 and gamma = 0.1; a fifth of its value at 0.5."""
    at_weak = float(adiabatic_ratio(paper_device("2a")))
    at_strong = float(adiabatic_ratio(paper_device("4")))
    stated = 110 <= at_strong < 115
    return at_weak if stated else float("nan")
