"""Cross-check of Green functions, transmission, force kernels and friction against kwant 1.5.0.

kwant solves the scattering problem by matching modes: no self-energy, no closed form, no
code in common with cifcore. It is not a dependency, and its newest release needs an
environment of its own:

    apt-get install libopenblas-dev g++
    python3.11 -m venv kwantenv
    kwantenv/bin/pip install "numpy<2" scipy "cython<3.1" "setuptools<70" wheel
    kwantenv/bin/pip install --no-build-isolation tinyarray
    kwantenv/bin/pip install --no-build-isolation kwant==1.5.0
    kwantenv/bin/python tests/external/kwant_check.py

It compares random devices (and a molecule with complex bonds and a side level), at random
positions and energies, writes `kwant_check.json` beside itself, and exits 1 if a deviation
exceeds the tolerance.

A scattering state of kwant carries unit current, so the sum of psi psi^+ over the modes that
come in from lead alpha is the spectral function A_alpha = 2 G Gamma_alpha G^+. Hence
F_alpha = psi^+ Lambda psi/2 and K_ab = abs(psi_a^+ Lambda psi_b)^2.
"""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path

import numpy as np

warnings.filterwarnings("ignore", message="MUMPS is not available")
sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

import kwant  # noqa: E402

from cifcore import Device  # noqa: E402
from cifcore.electrons import chain  # noqa: E402
from cifcore.electrons.chain import pair_kernels  # noqa: E402
from cifcore.electrons.friction import electronic_friction  # noqa: E402
from cifcore.electrons.junction import Junction  # noqa: E402

TOLERANCE = 1e-9
SEED = 20240


def wire(matrix, left, right):
    """The sites of `matrix` between two half-chains of hopping -1."""
    size = len(matrix)
    lattice = kwant.lattice.chain(norbs=1)
    system = kwant.Builder()
    for i in range(size):
        system[lattice(i)] = matrix[i, i]
    for i in range(size):
        for j in range(i):
            if matrix[i, j] != 0:
                system[lattice(i), lattice(j)] = matrix[i, j]
    # each half-chain starts with one explicit site, so that any local site can be a contact
    ends = (lattice(-1 - size), lattice(2 * size))
    for end, contact in zip(ends, (left, right), strict=True):
        system[end] = 0.0
        system[end, lattice(contact)] = -1.0
    for direction, end in ((-1, ends[0]), (1, ends[1])):
        lead = kwant.Builder(kwant.TranslationalSymmetry((direction,)))
        lead[lattice(0)] = 0.0
        lead[lattice(0), lattice(direction)] = -1.0
        system.attach_lead(lead, origin=end)
    system = system.finalized()
    index = [system.id_by_site[lattice(i)] for i in range(size)]
    return system, index


def scattering(matrix, force, left, right, energy):
    """Transmission, F_L, F_R, K_LL, K_RR, K_LR by kwant."""
    system, index = wire(matrix, left, right)
    transmission = kwant.smatrix(system, energy).transmission(1, 0)
    states = kwant.wave_function(system, energy)
    waves = [states(lead)[0][index] for lead in (0, 1)]
    element = np.array([[np.vdot(a, force @ b) for b in waves] for a in waves])
    pair = np.abs(element) ** 2
    return np.array(
        [
            transmission,
            element[0, 0].real / 2,
            element[1, 1].real / 2,
            pair[0, 0],
            pair[1, 1],
            pair[0, 1],
        ]
    )


def molecule(x):
    bond, side = -0.6 * np.exp(-0.8 * x), 0.3 * np.exp(0.4j + 0.2j * x)
    return np.array([[0.2 * x, bond, side], [bond, -0.3, 0.1], [np.conj(side), 0.1, 0.5]])


def main() -> int:
    rng = np.random.default_rng(SEED)
    names = ("transmission", "F_L", "F_R", "K_LL", "K_RR", "K_LR", "friction")
    worst = {route: dict.fromkeys(names, 0.0) for route in ("chain", "junction", "molecule")}

    def compare(route, values, reference):
        scale = np.array([1, *[max(abs(reference[1:3]))] * 2, *[sum(reference[3:6])] * 4])
        for name, deviation in zip(names, np.abs(values - reference) / scale, strict=True):
            worst[route][name] = max(worst[route][name], float(deviation))

    points = 200
    for _ in range(points):
        device = Device(
            E_dot=rng.uniform(-1.5, 1.5),
            gamma=10 ** rng.uniform(-1.5, 0.3),
            b=rng.uniform(0, 10),
            a0=rng.uniform(2, 8),
            k=0.02,
            lam=rng.uniform(-0.9, 0.9),
            mu0=rng.uniform(-1.9, 1.9),
        )
        x, energy = rng.uniform(-1, 1), device.mu0
        junction = Junction.from_device(device)
        reference = scattering(junction.matrix(x), junction.force_operator(x), 0, 2, energy)
        friction = (reference[3] + reference[4] + 2 * reference[5]) / (4 * np.pi)
        reference = np.append(reference, friction)
        for route, system, kernels in (
            ("chain", device, pair_kernels(device, x, energy)),
            ("junction", junction, junction.pair_kernels(x, energy)),
        ):
            source = chain if route == "chain" else junction
            arguments = (device, x, energy) if route == "chain" else (x, energy)
            values = [source.transmission(*arguments), *source.lead_kernels(*arguments)]
            values += [*kernels[:3], electronic_friction(system, x)]
            compare(route, np.array(values), reference)

        x, energy = rng.uniform(-1, 1), rng.uniform(-1.9, 1.9)
        other = Junction(molecule, right=1, mu0=energy)
        reference = scattering(other.matrix(x), other.force_operator(x), 0, 1, energy)
        friction = (reference[3] + reference[4] + 2 * reference[5]) / (4 * np.pi)
        values = [other.transmission(x, energy), *other.lead_kernels(x, energy)]
        values += [*other.pair_kernels(x, energy)[:3], electronic_friction(other, x)]
        compare("molecule", np.array(values), np.append(reference, friction))

    largest = max(max(row.values()) for row in worst.values())
    record = {
        "kwant": kwant.__version__,
        "numpy": np.__version__,
        "seed": SEED,
        "points": points,
        "tolerance": TOLERANCE,
        "largest_deviation": float(f"{largest:.1e}"),
        "deviations": {
            route: {name: float(f"{value:.1e}") for name, value in row.items()}
            for route, row in worst.items()
        },
        "scale": "transmission: 1; F: the larger of F_L and F_R; K and friction: the sum of K",
        "agrees": largest <= TOLERANCE,
    }
    path = Path(__file__).with_suffix(".json")
    path.write_text(json.dumps(record, indent=2) + "\n")
    print(json.dumps(record, indent=2))
    return 0 if record["agrees"] else 1


if __name__ == "__main__":
    sys.exit(main())
