"""Controls that scenes share; each may replace their ends, steps and defaults."""

from cifcore.book.scenes.picture import Control
from cifcore.units import C60

ZETA = Control("zeta", r"damping ratio, $\zeta$", "", 0.05, 0.9, 0.1, 0.01)
LAM = Control("lam", r"asymmetry, $\lambda$", "", -0.9, 0.9, 0.7, 0.05)
E_DOT = Control("E_dot", r"energy of the dot, $E_{dot}$", r"$\gamma_0$", -0.5, 0.5, -0.2, 0.01)
COUPLING = Control("gamma", r"coupling, $\gamma$", r"$\gamma_0$", 0.05, 0.6, 0.1, 0.01)
SHAPE = Control("b", "electromechanical coupling, $b$", "", 1.0, 12.0, 8.0, 0.25, frames=12)
STIFFNESS = Control("k", "spring constant, $k$", r"$\gamma_0/a^2$", 0.01, 0.06, 0.02, 0.001)
VOLTAGE = Control("eV", "bias, $eV$", r"$\gamma_0$", -0.3, 0.3, 0.2, 0.005, frames=25)
MASS = Control("M", "mass, $M$", r"$\hbar^2/\gamma_0 a^2$", 1e3, 5e6, 1e3, frames=8)
HEAVY = ("C₆₀", {"M": float(f"{C60:.4g}")})  # a preset

SCENE_TOLERANCE = 1e-4  # of motions, in units of the length of the force: far below the line width
