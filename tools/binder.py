"""Build without Docker what Binder builds, and execute every notebook there.

repo2docker, which Binder uses, prints the Dockerfile of this repository. Its install steps are
replayed as they stand, in a copy of the repository below ``_build/binder``, and in a fresh
environment that holds what repo2docker's own holds at that point. There every notebook is
executed from its own folder and compared, and every scene of `explore` is moved. What
came out is kept in ``book/data/binder.json``.

    python -m tools.binder
"""

from __future__ import annotations

import importlib.util
import json
import re
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import nbformat

from tools.environment import VENV
from tools.files import BUILD, ROOT, one_at_a_time, write_atomically
from tools.fresh import copy_repository, fresh, install, pytest, variables

HOME = BUILD / "binder"
COPY = HOME / "repository"
RECORD = ROOT / "book" / "data" / "binder.json"
SERVER = {
    "ipywidgets": "ipywidgets",
    "jupyter-offlinenotebook": "jupyter-offlinenotebook",
    "jupyter-resource-usage": "jupyter-resource-usage",
    "jupyter_server": "jupyter_server",
    "jupyterhub-singleuser": "jupyterhub",
    "jupyterlab": "jupyterlab",
    "notebook": "notebook",
    "pip": "pip",
}
"""What repo2docker brings from conda, and what PyPI calls it."""

WIDGETS = (
    """\
from cifcore.book.scenes.widgets import explore
from cifcore.book.scenes.catalogue import SCENES

shown = {name: explore(name) for name in SCENES}
display(*shown.values())
figures = {name: box.children[-2] for name, box in shown.items()}
""",
    """\
before = {name: figure.outputs for name, figure in figures.items()}
assert all(before.values()), "a figure is empty"
for box in shown.values():
    for slider in box.children:
        if hasattr(slider, "options"):
            slider.index = 0 if slider.index else len(slider.options) - 1
""",
    """\
stuck = [name for name, figure in figures.items() if figure.outputs == before[name]]
assert not stuck, f"these did not move: {stuck}"
print(len(figures))
""",
)
"""Cells that show every scene, move all of its sliders, and compare the figures."""


def dockerfile() -> tuple[str, str]:
    """The Dockerfile that repo2docker makes of this repository, and the Python it chose."""
    command = [str(VENV / "bin" / "jupyter-repo2docker"), "--no-build", "--debug", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    (python,) = re.findall(r"^Building conda environment for python=(\S+)$", done.stderr, re.M)
    return done.stdout, python


def steps(text: str) -> list[str]:
    """The commands of a Dockerfile that depend on the repository, in order."""
    _, _, own = text.replace("\\\n", " ").partition("# Run pre-assemble scripts!")
    return [" ".join(line[4:].split()) for line in own.splitlines() if line.startswith("RUN ")]


def server(python: str) -> list[str]:
    """What repo2docker's environment for this Python holds beforehand, exactly."""
    home = importlib.util.find_spec("repo2docker")
    assert home is not None and home.origin is not None
    conda = Path(home.origin).parent / "buildpacks" / "conda"
    lock = (conda / f"environment.py-{python}-linux-64.lock").read_text(encoding="utf-8")
    pins = []
    for name, on_pypi in SERVER.items():
        (version,) = re.findall(rf"/{name}-(\d[^-/]*)-[^-/]+\.conda", lock)
        pins.append(f"{on_pypi}=={version}")
    return pins


def replay(commands: list[str], beforehand: list[str], python: str) -> Path:
    """Run the install steps in a copy of the repository; give the Python of the environment."""
    copy_repository(COPY)
    own = fresh("binder/environment", python)
    print("installing what comes beforehand:", *beforehand, flush=True)
    install(own, *beforehand)
    prefix = str(own.parent.parent)
    inside = variables(own, KERNEL_PYTHON_PREFIX=prefix, NB_PYTHON_PREFIX=prefix)
    with open(HOME / "install.log", "w", encoding="utf-8") as log:
        for command in commands:
            print(command, flush=True)
            shell = ["bash", "-ec", command]
            subprocess.run(shell, cwd=COPY, env=inside, check=True, stdout=log)
    return own


def execute(python: Path) -> dict[str, Any]:
    """Execute every notebook of the copy from its folder, and the widgets; say what held."""
    nbval = ["--nbval", "--nbval-sanitize-with", "tests/nbval_sanitize.cfg"]
    notebooks = pytest(python, HOME / "notebooks.log", ["book", *nbval], COPY)
    path = COPY / "book" / "widgets.ipynb"
    cells = [nbformat.v4.new_code_cell(source) for source in WIDGETS]
    nbformat.write(nbformat.v4.new_notebook(cells=cells), path)
    run = [str(python.with_name("jupyter")), "execute", "--inplace", path.name]
    done = subprocess.run(run, cwd=path.parent, env=variables(python), check=False)
    moved = 0
    if done.returncode == 0:
        moved = int(nbformat.read(path, as_version=4).cells[-1].outputs[0].text)
    print(f"scenes that moved: {moved}")
    return {"notebooks": notebooks, "scenes moved": moved}


@one_at_a_time("binder")
def main() -> int:
    text, chosen = dockerfile()
    commands, beforehand = steps(text), server(chosen)
    python = replay(commands, beforehand, chosen)
    check = [str(python), "-m", "pip", "check"]
    conflicts = subprocess.run(check, capture_output=True, text=True, check=False)
    if conflicts.returncode:
        print(conflicts.stdout)
    found = {
        "date": datetime.now(UTC).date().isoformat(),
        "python": chosen,
        "beforehand": beforehand,
        "steps": commands,
        "conflicts": conflicts.stdout.splitlines() if conflicts.returncode else [],
        **execute(python),
    }
    write_atomically(RECORD, json.dumps(found, indent=1) + "\n")
    good = not found["conflicts"] and not found["notebooks"]["failed"] and found["scenes moved"]
    return 0 if good else 1


if __name__ == "__main__":
    try:
        sys.exit(main())
    except (FileNotFoundError, RuntimeError, subprocess.SubprocessError) as error:
        sys.exit(str(error))
