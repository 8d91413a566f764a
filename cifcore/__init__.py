"""Current-induced forces on a mobile quantum dot between two leads."""

from .device import Device, paper_device
from .drive import Drive, pulses, ramp, triangle, wave
from .equilibria import barriers, branch, equilibria, folds, potential
from .langevin import langevin
from .motion import simulate
from .rectification import follow, rectification, rest_position
from .response import LinearBias, LinearThermal, Response

__all__ = [
    "Device",
    "Drive",
    "LinearBias",
    "LinearThermal",
    "Response",
    "barriers",
    "branch",
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
