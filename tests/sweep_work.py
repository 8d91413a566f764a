"""Work that tests/test_sweep.py hands to other processes: light to import, so they start fast."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from cifcore import LinearBias, langevin, paper_device, pulses


def counted(device, bias, folder, stop_after=None, slow=0.0):
    """Leaves a file for every chunk it was called for; fails once there are enough."""
    folder = Path(folder)
    if stop_after is not None and len(list(folder.iterdir())) >= stop_after:
        raise ArithmeticError("enough")
    time.sleep(slow)
    (folder / f"{device.lam[0]:.3f}_{bias[0]:.3f}_{time.time_ns()}").touch()
    return {"sum": device.lam + bias}


def deadly(device, bias, folder, deaths=1):
    """Kills the process that works on the fourth row, the first few times."""
    if np.any(np.isclose(device.lam, 0.0)):
        marks = Path(folder)
        if len(list(marks.iterdir())) < deaths:
            (marks / f"died_{time.time_ns()}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
    time.sleep(0.02)
    return {"sum": device.lam + bias}


def ends(device, bias, seed):
    """Where one noisy dot of each device ends."""
    found = []
    for lam, V, its in zip(device.lam, bias, seed, strict=True):
        response = LinearBias(paper_device("2b", lam=lam))
        found.append(langevin(response, pulses([(V, 50.0)]), 0.01, 1, its).x_end)
    return {"x": np.concatenate(found)}
