"""Current-induced forces on a mobile quantum dot between two leads."""

from .device import Device, paper_device
from .response import LinearBias, LinearThermal, Response

__all__ = ["Device", "LinearBias", "LinearThermal", "Response", "paper_device"]
