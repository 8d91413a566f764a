"""`Junction.from_kwant` and `Junction.from_sisl` against the real packages: exits 1 on a deviation.

Run it by `nox -s kwant` and `nox -s sisl`, each in an environment of its own: the argument names
the package. Random devices (Eq. 15) are built as a user of the package would, and force,
transmission and exact response compared with the closed forms of the chain; then a ribbon of
several channels with kwant's own transmission.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from cifcore import Device, FullBias, FullJunction, Junction, LinearBias

POSITIONS = np.linspace(-4, 4, 41)


def kwant_chain(device: Device) -> Junction:
    import kwant

    lattice = kwant.lattice.chain(norbs=1)
    system = kwant.Builder()
    system[(lattice(i) for i in range(3))] = 0.0
    system[lattice(1)] = device.E_dot
    system[lattice(0), lattice(1)] = lambda one, two, x: -device.couplings(x)[0]
    system[lattice(1), lattice(2)] = lambda one, two, x: -device.couplings(x)[1]
    lead = kwant.Builder(kwant.TranslationalSymmetry((-1,)))
    lead[lattice(0)] = 0.0
    lead[lattice(0), lattice(1)] = -1.0
    system.attach_lead(lead)
    system.attach_lead(lead.reversed())
    return Junction.from_kwant(system.finalized(), "x", mu0=device.mu0)


def kwant_ribbon() -> float:
    """Largest deviation from kwant's own transmission: three channels, two orbitals a site."""
    import kwant

    lattice = kwant.lattice.square(norbs=2)
    level, hop = np.diag([0.3, -0.4]), np.array([[-1.0, 0.2], [0.2j, -0.7]])
    system = kwant.Builder()
    system[(lattice(i, j) for i in range(4) for j in range(3))] = level
    system[lattice(1, 1)] = lambda site, x, depth: level + depth * x * np.eye(2)
    system[lattice.neighbors()] = hop
    lead = kwant.Builder(kwant.TranslationalSymmetry((-1, 0)))
    lead[(lattice(0, j) for j in range(3))] = level
    lead[lattice.neighbors()] = hop
    system.attach_lead(lead)
    system.attach_lead(lead.reversed())
    ribbon = system.finalized()
    ours = Junction.from_kwant(ribbon, "x", params={"depth": 0.7})
    worst = 0.0
    for energy in (-1.1, 0.05, 0.6):
        s = kwant.smatrix(ribbon, energy, params={"x": 0.4, "depth": 0.7})
        worst = max(worst, abs(ours.transmission(0.4, energy) - s.transmission(1, 0)))
    return worst


def sisl_chain(device: Device) -> Junction:
    import sisl

    atom = sisl.Atom(1, R=1.1)
    cell = sisl.Geometry([[0, 0, 0]], atom, lattice=[1, 10, 10])
    cell.set_nsc([3, 1, 1])
    electrode = sisl.Hamiltonian(cell)
    electrode.construct([(0.1, 1.1), (0.0, -1.0)])
    long = cell.tile(3, 0)
    long.set_nsc([1, 1, 1])

    def build(x: float) -> Any:
        hamiltonian = sisl.Hamiltonian(long)
        left, right = device.couplings(x)
        hamiltonian[1, 1] = device.E_dot
        hamiltonian[0, 1] = hamiltonian[1, 0] = -left
        hamiltonian[1, 2] = hamiltonian[2, 1] = -right
        return hamiltonian

    leads = [
        (sisl.RecursiveSI(electrode, side, eta=1e-11), i) for side, i in (("-A", 0), ("+A", 2))
    ]
    return Junction.from_sisl(build, leads, mu0=device.mu0)


def main(package: str) -> int:
    make = {"kwant": kwant_chain, "sisl": sisl_chain}[package]
    rng, worst = np.random.default_rng(16), 0.0
    for _ in range(10):
        device = Device(
            E_dot=rng.uniform(-0.8, 0.8),
            gamma=rng.uniform(0.1, 0.5),
            b=rng.uniform(1, 4),
            a0=4.0,
            k=0.02,
            lam=rng.uniform(-0.8, 0.8),
            mu0=rng.uniform(-0.5, 0.5),
        )
        x, bias, junction = rng.uniform(-1, 1, 3), rng.uniform(0.1, 0.6), make(device)
        exact = FullJunction(junction, k=0.02, length=0.25, positions=POSITIONS)
        closed = FullBias(device)
        for ours, theirs in (
            (junction.transmission(x, device.mu0), LinearBias(device).transmission(x)),
            (junction.bias_kernel(x, device.mu0), LinearBias(device).force(x, 1.0) * 2 * np.pi),
            (exact.force(x, bias), closed.force(x, bias)),
            (exact.current(x, bias), closed.current(x, bias)),
        ):
            worst = max(worst, float(np.max(np.abs(ours - theirs)) / np.max(np.abs(theirs))))
    print(f"{package}: largest deviation from the chain {worst:.1e}")
    if package == "kwant":
        ribbon = kwant_ribbon()
        print(f"kwant: of a ribbon's transmission {ribbon:.1e}")
        worst = max(worst, ribbon)
    return int(worst > 1e-8)


if __name__ == "__main__":
    warnings.filterwarnings("ignore", message="MUMPS is not available")
    sys.exit(main(sys.argv[1]))
