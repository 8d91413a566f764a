"""Random devices of the chain, for tests of one route against another."""

import numpy as np

from cifcore import Device


def random_device(rng: np.random.Generator, kT: float) -> Device:
    """A device with its level and Fermi energy well within the band."""
    return Device(
        E_dot=rng.uniform(-0.8, 0.8),
        gamma=rng.uniform(0.05, 0.5),
        b=rng.uniform(1, 8),
        a0=4.0,
        k=0.02,
        lam=rng.uniform(-0.8, 0.8),
        mu0=rng.uniform(-0.5, 0.5),
        kT0=kT,
    )
