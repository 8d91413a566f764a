"""Kwant's part of the benchmark of transmissions, run with kwant's own Python.

It answers each line of its standard input, a JSON object with the couplings, the dot's energy and
energies, with a line of transmissions. Kwant 1.5 needs a numpy before 2, unlike this package.
"""

from __future__ import annotations

import json
import sys
import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import kwant


def system(left: float, right: float, dot: float) -> kwant.system.FiniteSystem:
    """The dot between two chains."""
    lattice = kwant.lattice.chain(norbs=1)
    built = kwant.Builder()
    for site, energy in ((0, 0.0), (1, dot), (2, 0.0)):
        built[lattice(site)] = energy
    built[lattice(0), lattice(1)] = -left
    built[lattice(1), lattice(2)] = -right
    for direction in (-1, 1):
        lead = kwant.Builder(kwant.TranslationalSymmetry((direction,)))
        lead[lattice(0)] = 0.0
        lead[lattice(0), lattice(1)] = -1.0
        built.attach_lead(lead)
    return built.finalized()


def main() -> None:
    built = None
    for line in sys.stdin:
        asked = json.loads(line)
        built = built or system(asked["left"], asked["right"], asked["dot"])
        found = [kwant.smatrix(built, energy).transmission(1, 0) for energy in asked["energies"]]
        print(json.dumps(found), flush=True)


if __name__ == "__main__":
    main()
