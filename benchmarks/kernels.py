"""Transmission and force kernel at many energies: closed forms, inverted matrices, kwant."""

from __future__ import annotations

import atexit
import functools
import json
import subprocess
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks import environment
from benchmarks.timing import Case, Contender
from cifcore import paper_device
from cifcore.electrons import chain

DEVICE = paper_device("2b")
X = 0.3
ENERGIES = np.linspace(-1.9, 1.9, 100_000)
FEW = slice(None, None, 1000)


def closed_form() -> Any:
    return np.stack(chain.BiasLoop(DEVICE, ENERGIES).kernel_and_transmission(X))


def inverses() -> Any:
    """The three-site junction of Eq. 15, inverted at all energies at once."""
    left, right = DEVICE.couplings(X)
    sigma = chain.self_energy(ENERGIES)
    h = np.zeros((len(ENERGIES), 3, 3), complex)
    h[:, 0, 0] = h[:, 2, 2] = ENERGIES - sigma
    h[:, 1, 1] = ENERGIES - DEVICE.E_dot
    h[:, 0, 1] = h[:, 1, 0] = left
    h[:, 1, 2] = h[:, 2, 1] = right
    g = np.linalg.inv(h)
    gamma = -sigma.imag
    slope = DEVICE.b / DEVICE.a0
    force = np.array([[0, -left, 0], [-left, 0, right], [0, right, 0]]) * slope

    def kernel(lead: int) -> Any:
        column = g[:, :, lead]
        return gamma * np.einsum("ei,ij,ej->e", column.conj(), force, column).real

    return np.stack([kernel(0) - kernel(2), 4 * gamma**2 * np.abs(g[:, 0, 2]) ** 2])


@functools.cache
def _worker() -> subprocess.Popen[str]:
    """Kwant in a process of its own, which ends with this one."""
    script = Path(__file__).with_name("kwant_worker.py")
    python = environment.KWANT / "bin" / "python"
    pipe = subprocess.PIPE
    process = subprocess.Popen([python, "-W", "ignore", script], stdin=pipe, stdout=pipe, text=True)
    atexit.register(process.communicate)
    return process


def with_kwant() -> Any:
    left, right = DEVICE.couplings(X)
    energies = ENERGIES[FEW].tolist()
    asked = {"left": left, "right": right, "dot": DEVICE.E_dot, "energies": energies}
    process = _worker()
    assert process.stdin is not None and process.stdout is not None
    process.stdin.write(json.dumps(asked) + "\n")
    process.stdin.flush()
    return np.array(json.loads(process.stdout.readline()))


def error(name: str, outcome: Any) -> float:
    if name.startswith("kwant"):
        return float(np.max(np.abs(outcome - chain.transmission(DEVICE, X, ENERGIES[FEW]))))
    exact = np.stack(
        [chain.bias_kernel(DEVICE, X, ENERGIES), chain.transmission(DEVICE, X, ENERGIES)]
    )
    return float(np.max(np.abs(outcome - exact)))


def cases() -> list[Case]:
    return [
        Case(
            name="Transmission and force kernel",
            work="100,000 energies, one position",
            accuracy="rounding (errors below 1e-12)",
            ours=Contender(closed_form),
            peers={
                "numpy.linalg.inv, batched": Contender(inverses),
                "kwant 1.5, smatrix": Contender(
                    with_kwant, 1e-3, "transmission only, at every thousandth energy"
                ),
            },
            goals={"numpy.linalg.inv, batched": 20, "kwant 1.5, smatrix": 100_000},
            error=error,
            rounds=7,
        )
    ]
