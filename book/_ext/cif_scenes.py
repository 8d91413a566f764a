"""Scenes in the page: ``{scene} force``.

A scene of `cifcore.book.scenes` becomes three things in one figure (``scene.html``): a drawing,
for print and without JavaScript; frames computed here, so that its sliders work at once, from a
folder too; and the addresses from which the page can start Python on request: ``PUBLIC``, or,
where ``CIF_PYODIDE`` in the environment names a folder with its files, the book itself.
"""

import base64
import hashlib
import io
import json
import os
import re
import shutil
import tomllib
from concurrent.futures import ProcessPoolExecutor
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from docutils import nodes
from jinja2 import Environment, FileSystemLoader
from repro_zipfile import ReproducibleZipFile
from sphinx.application import Sphinx
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

from book._ext.cif_figures import inline_svg
from cifcore.book.published import write_whole
from cifcore.book.scenes import catalogue as scenes
from cifcore.book.scenes.draw import draw
from cifcore.book.scenes.frames import Sheet, frames
from tools.files import BUILD, ROOT

HERE, PACKAGE = ROOT / "book/_ext", ROOT / "cifcore"
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
PUBLIC = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
PYODIDE = json.loads((HERE / "pyodide.json").read_text("utf-8"))
"""Size and sha256 of each file of Python that the page may load: it refuses any other bytes."""

_TEMPLATES = Environment(
    loader=FileSystemLoader(HERE), autoescape=True, trim_blocks=True, lstrip_blocks=True
)
_TEMPLATES.policies["json.dumps_kwargs"] = {"ensure_ascii": False, "separators": (",", ":")}
_TEMPLATES.filters["bare"] = lambda label: re.sub(r"[$\\{}_^]", "", label)
_IN_PAGE: Any = _TEMPLATES.get_template("scene.html").module


class SceneDirective(SphinxDirective):
    """``{scene} NAME``: what a reader can move; the content says what to try."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        name, sheet = self.arguments[0], Sheet()
        if name not in scenes.SCENES:
            raise self.error(f"there is no scene {name!r}; there are {', '.join(scenes.SCENES)}")
        told = scenes.declaration(name) | python()
        told |= {"picture": sheet.packed(scenes.evaluate(name)), "arrays": sheet.arrays}
        told |= {"version": digest()[:12], "release": VERSION}
        said = _IN_PAGE.scene(told, still(name), scenes.compute(name).sentence)
        begin = f'<figure class="cif-scene"><figcaption>{told["title"]}</figcaption>'
        return [
            nodes.target("", "", ids=[f"scene-{name}"]),
            nodes.raw("", begin, format="html"),
            *self.parse_content_to_nodes(),
            nodes.raw("", f"{said}</figure>", format="html", scripted=True),
        ]


class CellDirective(SphinxDirective):
    """``{cell} TITLE``: code that a reader edits and runs; what follows ``# check`` judges it."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        code, _, check = "\n".join(self.content).partition("\n# check\n")
        told = python() | {"code": code.rstrip(), "check": check}
        return [nodes.raw("", _IN_PAGE.cell(self.arguments[0], told), format="html", scripted=True)]


def python() -> dict[str, Any]:
    """From where the page takes Python."""
    return {
        "pyodide": "pyodide/" if os.environ.get("CIF_PYODIDE") else PUBLIC,
        "files": PYODIDE,
        "wheel": f"cifcore-{VERSION}-py3-none-any.whl",
    }


@cache
def still(name: str) -> str:
    """The scene at the paper's values as inlined SVG."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from cifcore.book.figures import RC, svg

    with mpl.rc_context(RC):
        drawn = svg(figure := draw(name))
        plt.close(figure)
    scene_ = scenes.SCENES[name]
    alt = f"{scene_.title}, at the {scene_.origin}'s values. {scenes.compute(name).sentence}"
    return inline_svg(drawn, alt, f"scene-{name}")


# --- beside the pages ------------------------------------------------------------------


@cache
def digest() -> str:
    """What frames depend on."""
    return hashlib.sha256(np.__version__.encode() + wheel()).hexdigest()


def _keep(name: str) -> None:
    write_whole(BUILD / "frames" / digest() / f"{name}.js", frames(name))


_POOL = ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1))
_RUNNING: list[Any] = []


def _begin(app: Sphinx) -> None:
    """Compute the frames that are not kept, beside whatever else is done, the longest first."""
    kept = BUILD / "frames"
    if app.builder.format == "html":
        for old in kept.glob("*"):
            if old.name != digest():
                shutil.rmtree(old)
        slow_first = sorted(scenes.SCENES, key=lambda name: -len(scenes.SCENES[name].controls))
        missing = (n for n in slow_first if not (kept / digest() / f"{n}.js").exists())
        _RUNNING[:] = [_POOL.submit(_keep, name) for name in missing]


def _write(app: Sphinx, exception: Exception | None) -> None:
    """What the page's charts and Python need."""
    if exception is not None or app.builder.format != "html":
        return
    for running in _RUNNING:
        running.result()
    folder = Path(app.outdir) / "_static" / "scenes"
    shutil.copytree(BUILD / "frames" / digest(), folder / "frames", dirs_exist_ok=True)
    (folder / f"cifcore-{VERSION}-py3-none-any.whl").write_bytes(wheel())
    if given := os.environ.get("CIF_PYODIDE"):
        bring_python(Path(given), folder / "pyodide")


def wheel() -> bytes:
    """The package as the page unpacks it: the same bytes whenever its files are the same."""
    out = io.BytesIO()
    with ReproducibleZipFile(out, "w", compression=8) as archive:
        for path in sorted(PACKAGE.rglob("*")):
            if path.suffix in {".py", ".toml"}:
                archive.write(path, path.relative_to(PACKAGE.parent))
        about = f"Metadata-Version: 2.1\nName: cifcore\nVersion: {VERSION}\n"
        archive.writestr(f"cifcore-{VERSION}.dist-info/METADATA", about)
    return out.getvalue()


def bring_python(given: Path, folder: Path) -> None:
    """Copy Python's files from `given` to `folder`; refuse other bytes than the known ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, known in PYODIDE.items():
        data = (given / name).read_bytes()
        if base64.b64encode(hashlib.sha256(data).digest()).decode() != known["sha256"]:
            raise ExtensionError(f"{given / name} is not the {name} that the page knows")
        (folder / name).write_bytes(data)


def _add_assets(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    if tree is not None and any("scripted" in raw for raw in tree.findall(nodes.raw)):
        app.add_js_file("scenes/scenes.js", loading_method="defer")


def setup(app: Sphinx) -> None:
    app.config.release = VERSION
    app.add_directive("scene", SceneDirective)
    app.add_directive("cell", CellDirective)
    app.add_css_file("scenes/scenes.css")
    app.connect("builder-inited", _begin)
    app.connect("html-page-context", _add_assets)
    app.connect("build-finished", _write)
