"""What takes too long for every change: run one with ``.venv/bin/nox -s NAME``.

Every session starts from a fresh environment.
"""

import json
import random
import re
from pathlib import Path

import nox

nox.options.default_venv_backend = "uv"
LOCK = ("--require-hashes", "-r", "requirements.txt")
NOTEBOOKS = ("--nbval", "--nbval-current-env")


@nox.session(python=["3.11", "3.12", "3.13"])
@nox.parametrize("resolution", ["lowest-direct", "highest"])
def tests(session: nox.Session, resolution: str) -> None:
    """Unit tests and notebooks with the oldest and the newest packages allowed."""
    session.install("--resolution", resolution, "--editable", ".[book,scale,test]")
    folders = ["tests", *NOTEBOOKS, "book", "--ignore=tests/book"]
    session.run("pytest", "-q", "-n2", "--dist=loadfile", *folders, env={"CIF_CHECK_DATA": "1"})


@nox.session(python="3.11")
@nox.parametrize("cpu", ["X86_V4 AVX512_ICL", "X86_V4 AVX512_ICL X86_V3"])
def processors(session: nox.Session, cpu: str) -> None:
    """The notebooks as older processors compute them."""
    session.install(*LOCK)
    session.install("--no-deps", "--no-build-isolation", "--editable", ".")
    env = {"NPY_DISABLE_CPU_FEATURES": cpu, "OPENBLAS_CORETYPE": "Haswell", "CIF_CHECK_DATA": "1"}
    session.run("pytest", "-q", "-n2", "--dist=loadfile", *NOTEBOOKS, "book", env=env)


@nox.session(python="3.11")
def binder(session: nox.Session) -> None:
    """The install steps of Binder's Dockerfile, replayed without Docker; then the notebooks."""
    session.install("jupyter-repo2docker>=2026.4", "jupyterlab", "pip")
    said = session.run("jupyter-repo2docker", "--no-build", "--debug", ".", silent=True) or ""
    _, _, own = said.replace("\\\n", " ").partition("# Run pre-assemble scripts!")
    prefix = session.virtualenv.location
    env = {"KERNEL_PYTHON_PREFIX": prefix, "NB_PYTHON_PREFIX": prefix}
    for command in re.findall(r"^RUN (.*)", own, re.MULTILINE):
        session.run("bash", "-ec", command, env=env, external=True)
    session.run("pip", "check")
    session.run("pytest", "-q", "-n2", "--dist=loadfile", *NOTEBOOKS, "book")


@nox.session(python="3.11")
def lab(session: nox.Session) -> None:
    """Every chapter opened and run in JupyterLab, by Chromium."""
    session.install(*LOCK)
    session.install("--no-deps", "--no-build-isolation", "--editable", ".")
    session.install("jupyterlab")
    session.run("python", "-m", "tests.book.lab", *session.posargs)


@nox.session(python="3.11")
def kwant(session: nox.Session) -> None:
    """Junctions of kwant systems against the chain; needs g++ and OpenBLAS beforehand."""
    session.install("numpy<2", "scipy", "cython<3.1", "setuptools<70", "wheel")
    for package in ("tinyarray", "kwant==1.5.0"):
        session.install("--no-build-isolation", package)
    session.run("python", "tests/external/from_packages.py", "kwant")


@nox.session(python="3.11")
def sisl(session: nox.Session) -> None:
    """Junctions of sisl Hamiltonians against the chain."""
    session.install("sisl==0.20.0")
    session.run("python", "tests/external/from_packages.py", "sisl")


@nox.session
def audit(session: nox.Session) -> None:
    """Known weaknesses of what is locked."""
    session.install("pip-audit==2.10.1")
    session.run("pip-audit", "--strict", "--disable-pip", *LOCK)
    session.run("npm", "audit", external=True)


@nox.session(python="3.11")
def coverage(session: nox.Session) -> None:
    """Which lines of the package no test runs."""
    session.install(".[book,scale,test]", "pytest-cov")
    session.run("pytest", "-q", "--cov=cifcore", "--cov-branch", "--ignore=tests/book", "tests")


@nox.session(python="3.11")
def mutants(session: nox.Session) -> None:
    """The physics broken on purpose: do tests notice? ``-- 5 1`` takes five of a file, seed 1."""
    session.install(".[book,scale,test]", "mutmut==3.8.1")
    session.run("mutmut", "run", "nothing", success_codes=[1])  # breaks, and sees who runs what
    number, seed = map(int, session.posargs or (5, 1))
    chosen: list[str] = []
    for path in sorted(Path("mutants").rglob("*.meta")):
        names = sorted(json.loads(path.read_text())["exit_code_by_key"])
        chosen += random.Random(f"{seed} {path.stem}").sample(names, min(number, len(names)))
    session.run("mutmut", "run", *chosen)
    told = session.run("mutmut", "results", silent=True) or ""
    print(*(line for line in told.splitlines() if "not checked" not in line), sep="\n")
