"""Current-induced forces on a mobile quantum dot between two leads.

Units: gamma0 = a = hbar = e = kB = 1, per spin where nothing else is said. Bad arguments raise
TypeError or ValueError: the message names the argument, the value and what is allowed.
"""

from typing import Any

from cifcore.bond import Bond
from cifcore.device import Device, Mechanics, paper_device
from cifcore.electrons.friction import electronic_friction, electronic_noise, electronic_tensors
from cifcore.electrons.junction import Junction
from cifcore.force.equilibrium import electrons_bond, equilibrium_force
from cifcore.force.exact import FullBias, FullMixed, FullThermal
from cifcore.force.field import FieldBias
from cifcore.force.linear import LinearBias, LinearThermal
from cifcore.force.molecule import FullJunction, LinearJunction
from cifcore.force.response import Response
from cifcore.force.superconductor import Josephson
from cifcore.force.vectors import VectorJunction, VectorResponse, VectorTable
from cifcore.motion.drive import Drive, pulses, ramp, triangle, wave
from cifcore.motion.explicit import ehrenfest
from cifcore.motion.noise import langevin
from cifcore.motion.path import simulate
from cifcore.positions.diode import follow, rectification, rest_position
from cifcore.positions.landscape import barriers, potential
from cifcore.positions.rest import branch, equilibria, folds, least_bias
from cifcore.positions.vectors import rest_points
from cifcore.quantum.capped import threshold_mass
from cifcore.quantum.spread import quantum_spread
from cifcore.quantum.states import levels
from cifcore.quantum.tunnelling import crossover

__all__ = [
    "Bond",
    "Device",
    "Drive",
    "FieldBias",
    "FullBias",
    "FullJunction",
    "FullMixed",
    "FullThermal",
    "Josephson",
    "Junction",
    "LinearBias",
    "LinearJunction",
    "LinearThermal",
    "Mechanics",
    "Response",
    "VectorJunction",
    "VectorResponse",
    "VectorTable",
    "barriers",
    "branch",
    "crossover",
    "ehrenfest",
    "electronic_friction",
    "electronic_noise",
    "electronic_tensors",
    "electrons_bond",
    "equilibria",
    "equilibrium_force",
    "folds",
    "follow",
    "langevin",
    "least_bias",
    "levels",
    "paper_device",
    "potential",
    "pulses",
    "quantum_spread",
    "ramp",
    "rectification",
    "rest_points",
    "rest_position",
    "simulate",
    "threshold_mass",
    "triangle",
    "wave",
]


def __getattr__(name: str) -> Any:
    # The version is looked up when it is asked for: the search costs more than the import.
    if name == "__version__":
        from importlib.metadata import version

        return version("cifcore")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
