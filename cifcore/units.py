"""From electronvolts, angstroms and kilograms to the dimensionless device and back (Appendix A).

Needs pint, but only once a `Scales` is made; quantities are of its application registry.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from cifcore import _check
from cifcore.device import Device

# scale and unit of each field of a Device that is not a pure number
_FIELDS = {
    **dict.fromkeys(("E_dot", "gamma", "mu0", "kT0"), ("energy", "eV")),
    "a0": ("length", "angstrom"),
    "k": ("stiffness", "N/m"),
    "M": ("mass", "kg"),
}


def _registry() -> Any:
    return _check.library("pint", "cifcore.units").get_application_registry()


def _quantity(name: str, value: Any, unit: str) -> Any:
    """`value` as a pint quantity of the dimension of `unit`."""
    registry = _registry()
    such = f"a quantity with a unit, such as '1 {unit}' or a pint.Quantity"
    if isinstance(value, str):
        try:
            value = registry.Quantity(value)
        except Exception as error:  # pint raises many kinds for text it cannot read
            raise ValueError(f"{name} = {value!r}: must be {such}") from error
    _check.having(name, value, "dimensionality", such)
    if unit == "eV" and value.check("[temperature]"):
        value = value.to("kelvin") * registry.boltzmann_constant
    if not value.check(unit):
        raise ValueError(f"{name} = {value}: must have the dimension of {unit}")
    return value.to(unit)


_KG, _HBAR = 1.66053906892e-27, 6.62607015e-34 / (2 * np.pi)
C60 = 720.66 * _KG * 3.88 * 1.602176634e-19 * (2.5e-10 / _HBAR) ** 2
"""Mass of C60 in hbar^2/(gamma0 a^2), for gamma0 = 3.88 eV and a = 2.5 angstrom; needs no pint."""


def _scale(name: str, unit: str, formula: Callable[[Any, Any], Any]) -> property:
    """A property: `formula` of the scales and pint's registry, in this unit."""
    return property(lambda self: formula(self, _registry()).to(unit), doc=f"{name}, in {unit}.")


@dataclass(frozen=True)
class Scales:
    """The physical scales that a hopping and a lattice constant set.

    Parameters
    ----------
    gamma0, a : str, pint.Quantity or float, positive
        Hopping and lattice constant of the leads; plain numbers are in electronvolts, angstroms.

    Examples
    --------
    >>> scales = Scales("3.88 eV", "2.5 angstrom")
    >>> f"{scales.stiffness:.2f~P}"
    '9.95 N/m'
    >>> device = scales.device(
    ...     E_dot="-0.776 eV", gamma="0.388 eV", b=8, a0="10 angstrom", k="0.23 N/m"
    ... )
    >>> round(device.k, 4)
    0.0231
    """

    gamma0: Any
    a: Any

    def __post_init__(self) -> None:
        registry = _registry()
        for name, unit in (("gamma0", "eV"), ("a", "angstrom")):
            value = getattr(self, name)
            if not isinstance(value, str) and not hasattr(value, "dimensionality"):
                value = registry.Quantity(_check.real(name, value), unit)
            value = _quantity(name, value, unit)
            _check.real(name, value.magnitude, *_check.POSITIVE)
            object.__setattr__(self, name, value)

    energy = _scale("gamma0", "eV", lambda s, u: s.gamma0)
    length = _scale("a", "angstrom", lambda s, u: s.a)
    time = _scale("t* = hbar/gamma0", "fs", lambda s, u: u.hbar / s.gamma0)
    frequency = _scale("gamma0/hbar", "radian/s", lambda s, u: s.gamma0 / u.hbar * u.radian)
    force = _scale("F* = gamma0/a", "nN", lambda s, u: s.gamma0 / s.a)
    stiffness = _scale("k* = gamma0/a^2", "N/m", lambda s, u: s.gamma0 / s.a**2)
    mass = _scale("M* = hbar^2/(gamma0 a^2)", "kg", lambda s, u: u.hbar**2 / (s.gamma0 * s.a**2))
    friction = _scale("nu* = hbar/a^2", "kg/s", lambda s, u: u.hbar / s.a**2)
    temperature = _scale("gamma0/kB", "kelvin", lambda s, u: s.gamma0 / u.boltzmann_constant)
    current = _scale("e gamma0/hbar", "microampere", lambda s, u: u.e * s.gamma0 / u.hbar)

    def kelvin(self, energy: Any) -> Any:
        """Temperature, in K, at which kB T is this energy in gamma0; a number or an array."""
        return self.temperature.magnitude * _check.real_array("energy", energy)[()]

    def device(self, **fields: Any) -> Device:
        """The dimensionless device of the fields of `Device`, by name.

        Energies (or temperatures), a0, k and M are quantities with a unit, as text or from pint.
        TypeError without one or for an unknown field, ValueError for the wrong unit or value.
        """
        for name in fields.keys() & _FIELDS.keys():
            scale, unit = _FIELDS[name]
            quantity = _quantity(name, fields[name], unit)
            fields[name] = quantity.magnitude / getattr(self, scale).to(unit).magnitude
        return Device(**fields)

    def physical(self, device: Device) -> dict[str, Any]:
        """The fields of a device as quantities (pure numbers stay numbers), for `device`."""
        _check.instance("device", device, Device)
        return {
            name: value * getattr(self, _FIELDS[name][0]) if name in _FIELDS else value
            for name, value in device.parameters.items()
        }
