"""Current-induced forces on a mobile quantum dot between two leads."""

from .device import Device, paper_device

__all__ = ["Device", "paper_device"]
