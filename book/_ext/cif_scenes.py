"""Scenes in the page: ``{scene} force``.

A scene of `cifcore.book.scenes` becomes three things in one figure: a drawing, for print and
without JavaScript; frames computed here, so that its sliders work at once, from a folder too;
and the addresses from which the page can start Python on request. The frames and the package as
a wheel are written beside the scripts, in ``_static/scenes``.

``cif_pyodide_url`` (or ``CIF_PYODIDE_URL`` in the environment) says where Python comes from:
an address, or a folder relative to ``_static/scenes``.
"""

from __future__ import annotations

import base64
import hashlib
import html
import io
import json
import os
import re
import tomllib
import zipfile
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
from cif_figures import inline_svg
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

import cifcore
from cifcore.book.scenes import catalogue as scenes
from cifcore.book.scenes.draw import draw

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = Path(cifcore.__file__).parent
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
PUBLIC = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
KEPT = ROOT / "_build" / "scenes"
EARLIEST = (1980, 1, 1, 0, 0, 0)


class scene(nodes.General, nodes.Element):
    """A scene, by its name."""


class SceneDirective(SphinxDirective):
    """``{scene} NAME``: what a reader can move."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if name not in scenes.SCENES:
            known = ", ".join(scenes.SCENES)
            raise self.error(f"there is no scene {name!r}; there are {known}")
        # what the page shows is computed from the package
        for path in sorted(PACKAGE.rglob("*.py")):
            self.env.note_dependency(str(path))
        target = nodes.target("", "", ids=[f"scene-{name}"])
        return [target, scene("", name=name)]


# --- the figure in the page -------------------------------------------------------------


def _visit_html(translator: Any, node: scene) -> None:
    name = node["name"]
    config = translator.builder.config
    told = scenes.declaration(name)
    sheet = Sheet()
    told |= {
        "arrays": sheet.arrays,
        "picture": sheet.picture(scenes.evaluate(name)),
        "version": digest(name)[:12],
        "pyodide": os.environ.get("CIF_PYODIDE_URL") or config.cif_pyodide_url,
        "wheel": f"cifcore-{VERSION}-py3-none-any.whl",
    }
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    sentence = html.escape(told["picture"]["sentence"])
    translator.body.append(
        f'<figure class="cif-scene"><figcaption>{html.escape(told["title"])}</figcaption>'
        f'<div class="cif-still">{still(name)}<p>{sentence}</p></div>{live(told)}'
        f'<script type="application/json">{text}</script></figure>'
    )
    raise nodes.SkipNode


BUTTONS = {
    "python": "Compute with Python in this page",
    "reset": "Back to the paper’s values",
    "csv": "Data as CSV",
}


def live(told: dict[str, Any]) -> str:
    """What the page's script fills in: places for the charts, and sliders at their values."""
    panels = told["picture"]["panels"]
    places = '<div class="cif-panel"></div>' * len(panels)
    sliders = "".join(_slider(told["name"], control) for control in told["controls"])
    buttons = "".join(
        f'<button type="button" class="cif-button cif-{kind}">{words}</button>'
        for kind, words in BUTTONS.items()
    )
    return (
        f'<div class="cif-live"><div class="cif-panels" data-panels="{len(panels)}">{places}</div>'
        f'<p class="cif-sentence">{html.escape(told["picture"]["sentence"])}</p>'
        f'<p class="cif-spoken" aria-live="polite"></p>'
        f'<fieldset class="cif-controls"><legend class="cif-spoken">Move</legend>'
        f"{sliders}</fieldset>"
        f'<div class="cif-buttons">{buttons}</div>'
        f'<p class="cif-shown"></p><p class="cif-status" role="status"></p></div>'
    )


def _slider(name: str, control: dict[str, Any]) -> str:
    """A slider over the values of the frames, at the default."""
    label, unit = (re.sub(r"[$\\{}_^]", "", control[key]) for key in ("label", "unit"))
    values, default = control["frames"], control["default"]
    own = f"cif-{name}-{control['name']}"
    return (
        f'<div class="cif-control"><label for="{own}">{html.escape(label)}</label>'
        f'<output for="{own}">{default:g} {html.escape(unit)}</output>'
        f'<input type="range" id="{own}" min="0" max="{len(values) - 1}" step="1"'
        f' value="{values.index(default)}" autocomplete="off"></div>'
    )


def _visit_other(translator: Any, node: scene) -> None:
    raise nodes.SkipNode


def still(name: str) -> str:
    """The scene at the paper's values as inlined SVG."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from cifcore.book.figures import use_style

    out = io.StringIO()
    with mpl.rc_context():
        use_style()
        figure = draw(name)
        figure.savefig(out, format="svg", metadata={"Date": None, "Creator": None})
        plt.close(figure)
    scene_ = scenes.SCENES[name]
    alt = f"{scene_.title}, at the paper's values. {scenes.compute(name).sentence}"
    drawn = re.sub(r"-?\d+\.\d{3,}", lambda m: f"{float(m[0]) + 0.0:.2f}", out.getvalue())
    return inline_svg(drawn, alt, f"scene-{name}")


# --- frames -----------------------------------------------------------------------------


class Sheet:
    """The arrays of many pictures, each once, as 16-bit steps between its least and largest.

    A short array stays a list of numbers with six digits. That a step is 1/65534 of the range
    is far below what a screen can show.
    """

    def __init__(self) -> None:
        self.arrays: list[Any] = []
        self._found: dict[str, int] = {}

    def _index(self, values: list[float | None]) -> int:
        packed = _packed(values)
        key = json.dumps(packed)
        if key not in self._found:
            self._found[key] = len(self.arrays)
            self.arrays.append(packed)
        return self._found[key]

    def picture(self, picture: dict[str, Any]) -> dict[str, Any]:
        """The picture with each array replaced by its number on the sheet."""
        for panel in picture["panels"]:
            for key in ("x_range", "y_range"):
                if panel[key] is not None:
                    panel[key] = [_short(value) for value in panel[key]]
            for trace in panel["traces"]:
                for key in ("x", "y", "base"):
                    if trace[key] is not None:
                        trace[key] = self._index(trace[key])
        return picture


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _packed(values: list[float | None]) -> Any:
    array = np.array([np.nan if v is None else v for v in values])
    there = array[np.isfinite(array)]
    if len(array) < 12 or not len(there):
        return [_short(v) for v in values]
    low, high = float(there.min()), float(there.max())
    with np.errstate(invalid="ignore"):
        level = np.round((array - low) / ((high - low) or 1.0) * 65534)
    level = np.where(np.isfinite(array), level, 65535).astype("<u2")
    data = base64.b64encode(level.tobytes()).decode()
    return {"low": float(f"{low:.8g}"), "high": float(f"{high:.8g}"), "data": data}


def frames(name: str) -> str:
    """The frames of a scene as a script.

    Each control over its range, the others at rest; and two of them together, where neither is.
    """
    scene_, sheet = scenes.SCENES[name], Sheet()

    def framed(**values: float) -> dict[str, Any]:
        return sheet.picture(scenes.evaluate(name, values))

    alone = {
        control.name: [framed(**{control.name: v}) for v in control.frame_values.tolist()]
        for control in scene_.controls
    }
    rest = scene_.defaults
    (one, ones), (two, twos) = scene_.grid.items()
    grid = [
        [
            None if a == rest[one] or b == rest[two] else framed(**{one: a, two: b})
            for b in twos.tolist()
        ]
        for a in ones.tolist()
    ]
    told = json.dumps(
        {"arrays": sheet.arrays, "alone": alone, "grid": grid},
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    return f"cifScenes.receive({json.dumps(name)},{told});\n"


def digest(name: str) -> str:
    """What the frames of a scene depend on."""
    total = hashlib.sha256(f"{name} {np.__version__}".encode())
    for path in (Path(__file__), *sorted(PACKAGE.rglob("*.py"))):
        total.update(path.read_bytes())
    return total.hexdigest()


class Frames:
    """The frames of all scenes, computed beside whatever else is done and kept in a folder.

    Those that are kept are computed again only when the package has changed.
    """

    def __init__(self, kept: Path) -> None:
        kept.mkdir(parents=True, exist_ok=True)
        self._paths = {name: kept / f"{name}-{digest(name)[:12]}.js" for name in scenes.SCENES}
        missing = [name for name, path in self._paths.items() if not path.exists()]
        # the longest first
        missing.sort(key=lambda name: len(scenes.SCENES[name].controls), reverse=True)
        self._pool = ProcessPoolExecutor(max_workers=min(2, os.cpu_count() or 1))
        self._texts = {name: self._pool.submit(frames, name) for name in missing}

    def write(self, folder: Path) -> None:
        """Write them to `folder`, when all are there."""
        folder.mkdir(parents=True, exist_ok=True)
        for name, path in self._paths.items():
            if name in self._texts:
                for old in path.parent.glob(f"{name}-*.js"):
                    old.unlink()
                partial = path.with_suffix(f".{os.getpid()}.partial")
                partial.write_text(self._texts[name].result(), encoding="utf-8")
                partial.replace(path)
            (folder / f"{name}.js").write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
        self._pool.shutdown()


# --- what the page's Python and charts need ---------------------------------------------------


def wheel() -> bytes:
    """The package as a wheel: the same bytes whenever its files are the same."""
    info = f"cifcore-{VERSION}.dist-info"
    files = {
        f"cifcore/{path.relative_to(PACKAGE).as_posix()}": path.read_bytes()
        for path in sorted(PACKAGE.rglob("*"))
        if path.suffix in {".py", ".toml"} and "__pycache__" not in path.parts
    }
    files[f"{info}/METADATA"] = (
        f"Metadata-Version: 2.1\nName: cifcore\nVersion: {VERSION}\n"
        "License-Expression: BSD-3-Clause\nRequires-Dist: numpy\n"
    ).encode()
    files[f"{info}/WHEEL"] = (
        b"Wheel-Version: 1.0\nGenerator: cif_scenes\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    )
    record = "".join(
        f"{name},sha256={_record_hash(data)},{len(data)}\n" for name, data in files.items()
    )
    files[f"{info}/RECORD"] = f"{record}{info}/RECORD,,\n".encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in files.items():
            entry = zipfile.ZipInfo(name, EARLIEST)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, data)
    return out.getvalue()


def _record_hash(data: bytes) -> str:
    return base64.urlsafe_b64encode(hashlib.sha256(data).digest()).rstrip(b"=").decode()


def _add_assets(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if doctree is not None and next(doctree.findall(scene), None) is not None:
        app.add_js_file("scenes/scenes.js", loading_method="defer")
        app.add_css_file("scenes/scenes.css")


_RUNNING: dict[Sphinx, Frames] = {}


def _begin(app: Sphinx) -> None:
    if app.builder.format == "html":
        _RUNNING[app] = Frames(KEPT)


def _write(app: Sphinx, exception: Exception | None) -> None:
    running = _RUNNING.pop(app, None)
    if exception is None and running is not None:
        folder = Path(app.outdir) / "_static" / "scenes"
        running.write(folder / "frames")
        (folder / f"cifcore-{VERSION}-py3-none-any.whl").write_bytes(wheel())


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_config_value("cif_pyodide_url", PUBLIC, "html", str)
    app.add_node(
        scene,
        html=(_visit_html, None),
        latex=(_visit_other, None),
        text=(_visit_other, None),
    )
    app.add_directive("scene", SceneDirective)
    app.connect("builder-inited", _begin)
    app.connect("html-page-context", _add_assets)
    app.connect("build-finished", _write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
