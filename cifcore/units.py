"""From electronvolts, angstroms and kilograms to the dimensionless device and back (Appendix A).

Needs pint, and imports it only when a `Scales` is made. Quantities belong to pint's application
registry, so they mix with the reader's own.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np

from cifcore import _check
from cifcore.device import Device, check_device

# the scale of each field of a Device; None: a pure number
_FIELDS: dict[str, str | None] = {
    "E_dot": "energy",
    "gamma": "energy",
    "b": None,
    "a0": "length",
    "k": "stiffness",
    "lam": None,
    "M": "mass",
    "zeta": None,
    "mu0": "energy",
    "kT0": "energy",
}
_UNITS = {"energy": "eV", "length": "angstrom", "stiffness": "N/m", "mass": "kg"}


def _registry() -> Any:
    try:
        import pint
    except ImportError as error:
        raise ImportError("cifcore.units needs pint: pip install pint") from error
    return pint.get_application_registry()


def _quantity(name: str, value: Any, unit: str) -> Any:
    """`value` as a pint quantity of the dimension of `unit`."""
    registry = _registry()
    if isinstance(value, str):
        try:
            value = registry.Quantity(value)
        except Exception as error:  # pint raises many kinds for text it cannot read
            raise ValueError(
                f"{name} = {value!r}: must be a quantity such as '1 {unit}'"
            ) from error
    if not hasattr(value, "dimensionality"):
        raise TypeError(
            f"{name} = {value!r}: must be a quantity with a unit, such as '1 {unit}' or a "
            "pint.Quantity"
        )
    if unit == "eV" and value.check("[temperature]"):
        value = value.to("kelvin") * registry.boltzmann_constant
    if not value.check(unit):
        raise ValueError(f"{name} = {value}: must have the dimension of {unit}")
    return value.to(unit)


@dataclass(frozen=True)
class Scales:
    """The physical scales that a hopping and a lattice constant set.

    Parameters
    ----------
    gamma0 : str, pint.Quantity or float, positive
        Hopping of the leads; a plain number is in electronvolts.
    a : str, pint.Quantity or float, positive
        Lattice constant of the leads; a plain number is in angstroms.

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
            _check.positive(name, _check.real(name, value.magnitude))
            object.__setattr__(self, name, value)

    @property
    def energy(self) -> Any:
        """gamma0, in eV."""
        return self.gamma0

    @property
    def length(self) -> Any:
        """a, in angstrom."""
        return self.a

    @property
    def time(self) -> Any:
        """t* = hbar/gamma0, in fs."""
        return (_registry().hbar / self.gamma0).to("fs")

    @property
    def frequency(self) -> Any:
        """Angular frequency gamma0/hbar, in rad/s."""
        return (self.gamma0 / _registry().hbar).to("1/s") * _registry().radian

    @property
    def force(self) -> Any:
        """F* = gamma0/a, in nN."""
        return (self.gamma0 / self.a).to("nN")

    @property
    def stiffness(self) -> Any:
        """k* = gamma0/a^2, in N/m."""
        return (self.gamma0 / self.a**2).to("N/m")

    @property
    def mass(self) -> Any:
        """M* = hbar^2/(gamma0 a^2), in kg."""
        return (_registry().hbar ** 2 / (self.gamma0 * self.a**2)).to("kg")

    @property
    def friction(self) -> Any:
        """nu* = hbar/a^2, in kg/s."""
        return (_registry().hbar / self.a**2).to("kg/s")

    @property
    def temperature(self) -> Any:
        """gamma0/kB, in K."""
        return (self.gamma0 / _registry().boltzmann_constant).to("kelvin")

    @property
    def current(self) -> Any:
        """e gamma0/hbar, in microampere."""
        return (_registry().elementary_charge * self.gamma0 / _registry().hbar).to("microampere")

    def kelvin(self, energy: Any) -> Any:
        """Temperature, in K, at which kB T is this energy in gamma0; a number or an array."""
        return self.temperature.magnitude * _check.real_array("energy", energy)[()]

    def device(self, **fields: Any) -> Device:
        """The dimensionless device of physical parameters: the fields of `Device`, by name.

        Energies (E_dot, gamma, mu0, kT0), the length a0, the stiffness k and the mass M are
        quantities with a unit, as text or from pint; an energy may be given as a temperature.
        b, lam and zeta are pure numbers. TypeError if a field is unknown, missing, or has no unit
        where it needs one; ValueError if it has the wrong one, or `Device` refuses the value.
        """
        unknown = sorted(set(fields) - set(_FIELDS))
        if unknown:
            raise TypeError(
                f"no such field: {', '.join(unknown)}; a Device has {', '.join(_FIELDS)}"
            )
        values = {}
        for name, value in fields.items():
            scale = _FIELDS[name]
            if scale is None:
                values[name] = value
            else:
                unit = _UNITS[scale]
                quantity = _quantity(name, value, unit)
                values[name] = quantity.magnitude / getattr(self, scale).to(unit).magnitude
        return Device(**values)

    def physical(self, device: Device) -> dict[str, Any]:
        """The fields of a device as quantities (pure numbers stay numbers), for `device`."""
        check_device(device)
        return {
            name: value if _FIELDS[name] is None else value * getattr(self, str(_FIELDS[name]))
            for name, value in device.parameters.items()
        }


def adiabatic_ratio(device: Device) -> Any:
    """gamma/(hbar omega), which Appendix A asks to be large: tunnelling against vibration.

    The width of the resonance at a given position, which decides how fast the electrons follow,
    is smaller than gamma at weak coupling.
    """
    check_device(device)
    return np.divide(device.gamma, device.omega)[()]
