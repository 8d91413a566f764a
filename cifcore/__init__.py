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

__all__ = ["Bond", "Device", "Mechanics", "paper_device"]
__all__ += ["Junction", "electronic_friction", "electronic_noise", "electronic_tensors"]
__all__ += ["FieldBias", "FullBias", "FullJunction", "FullMixed", "FullThermal", "Josephson"]
__all__ += ["LinearBias", "LinearJunction", "LinearThermal", "Response", "electrons_bond"]
__all__ += ["VectorJunction", "VectorResponse", "VectorTable", "equilibrium_force"]
__all__ += ["barriers", "branch", "equilibria", "folds", "follow", "least_bias", "potential"]
__all__ += ["rectification", "rest_points", "rest_position"]
__all__ += ["Drive", "ehrenfest", "langevin", "pulses", "ramp", "simulate", "triangle", "wave"]
__all__ += ["crossover", "levels", "quantum_spread", "threshold_mass"]


def __getattr__(name: str) -> Any:
    if name == "__version__":  # the search costs more than the import
        from importlib.metadata import version

        return version("cifcore")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
