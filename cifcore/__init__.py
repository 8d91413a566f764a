"""Current-induced forces on a mobile quantum dot between two leads."""

from typing import Any

from .device import Device, paper_device
from .drive import Drive, pulses, ramp, triangle, wave
from .equilibria import barriers, branch, equilibria, folds, potential
from .friction import electronic_friction, electronic_noise
from .full import FullBias, FullThermal
from .langevin import langevin
from .molecule import LinearJunction
from .motion import simulate
from .negf import Junction
from .rectification import follow, rectification, rest_position
from .response import LinearBias, LinearThermal, Response

__all__ = [
    "Device",
    "Drive",
    "FullBias",
    "FullThermal",
    "Junction",
    "LinearBias",
    "LinearJunction",
    "LinearThermal",
    "Response",
    "barriers",
    "branch",
    "electronic_friction",
    "electronic_noise",
    "equilibria",
    "folds",
    "follow",
    "langevin",
    "paper_device",
    "potential",
    "pulses",
    "ramp",
    "rectification",
    "rest_position",
    "simulate",
    "triangle",
    "wave",
]


def __getattr__(name: str) -> Any:
    # The version is looked up when it is asked for: the search costs more than the import.
    if name == "__version__":
        from importlib.metadata import version

        return version("cifcore")
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
