"""Scenes in the page: ``{scene} force``.

A scene of `cifcore.book.scenes` becomes three things in one figure: a drawing, for print and
without JavaScript; frames computed here, so that its sliders work at once, from a folder too;
and the addresses from which the page can start Python on request. The frames and the package as
a wheel are written beside the scripts, in ``_static/scenes``.

Python comes from the address ``cif_pyodide_url``; or, where ``CIF_PYODIDE`` in the environment
names a folder with its files, from the book itself. Either way its bytes must be the known ones.
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
from sphinx.errors import ExtensionError
from sphinx.util.docutils import SphinxDirective

import cifcore
from cifcore.book.scenes import catalogue as scenes
from cifcore.book.scenes.draw import draw

ROOT = Path(__file__).resolve().parent.parent.parent
PACKAGE = Path(cifcore.__file__).parent
VERSION = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]["version"]
PUBLIC = "https://cdn.jsdelivr.net/pyodide/v0.27.7/full/"
KEPT = ROOT / "_build" / "scenes"
PYODIDE = json.loads((Path(__file__).with_name("pyodide.json")).read_text("utf-8"))
"""Size and sha256 of each file of Python that the page may load: it refuses any other bytes."""
EARLIEST = (1980, 1, 1, 0, 0, 0)


class scene(nodes.General, nodes.Element):
    """A scene, by its name."""


class SceneDirective(SphinxDirective):
    """``{scene} NAME``: what a reader can move; the content says what to try."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        name = self.arguments[0]
        if name not in scenes.SCENES:
            known = ", ".join(scenes.SCENES)
            raise self.error(f"there is no scene {name!r}; there are {known}")
        # what the page shows is computed from the package
        for path in sorted(PACKAGE.rglob("*.py")):
            self.env.note_dependency(str(path))
        target = nodes.target("", "", ids=[f"scene-{name}"])
        node = scene("", name=name)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [target, node]


class cell(nodes.General, nodes.Element):
    """Code to be edited, by its title."""


class CellDirective(SphinxDirective):
    """``{cell} TITLE``: code that a reader edits and runs; what follows ``# check`` judges it."""

    required_arguments = 1
    final_argument_whitespace = True
    has_content = True

    def run(self) -> list[nodes.Node]:
        code, _, check = "\n".join(self.content).partition("\n# check\n")
        return [cell("", title=self.arguments[0], code=code.rstrip(), check=check)]


# --- the figure in the page -------------------------------------------------------------


def _visit_html(translator: Any, node: scene) -> None:
    name = node["name"]
    config = translator.builder.config
    told = scenes.declaration(name)
    sheet = Sheet()
    told |= python(config) | {
        "picture": sheet.packed(scenes.evaluate(name)),
        "arrays": sheet.arrays,
        "version": digest(name)[:12],
        "release": VERSION,
    }
    sentence = html.escape(scenes.compute(name).sentence)
    translator.body.append(
        f'<figure class="cif-scene"><figcaption>{html.escape(told["title"])}</figcaption>'
    )
    translator.scene_rest = (
        f'<div class="cif-still">{still(name)}<p>{sentence}</p></div>{live(told, sentence)}'
        f"{_kept(told)}</figure>"
    )


def python(config: Any) -> dict[str, Any]:
    """From where the page takes Python."""
    return {
        "pyodide": "pyodide/" if os.environ.get("CIF_PYODIDE") else config.cif_pyodide_url,
        "files": PYODIDE,
        "wheel": f"cifcore-{VERSION}-py3-none-any.whl",
    }


def _kept(told: dict[str, Any]) -> str:
    text = json.dumps(told, ensure_ascii=False, separators=(",", ":")).replace("</", "<\\/")
    return f'<script type="application/json">{text}</script>'


def _visit_cell(translator: Any, node: cell) -> None:
    title, code = html.escape(node["title"]), html.escape(node["code"])
    buttons = "".join(
        f'<button type="button" class="cif-button cif-{name.lower()}"{off}>{name}</button>'
        for name, off in (("Run", ""), ("Stop", " disabled"), ("Reset", ""))
    )
    told = python(translator.builder.config) | {"code": node["code"], "check": node["check"]}
    translator.body.append(
        f'<figure class="cif-cell"><figcaption>{title}</figcaption>'
        f'<textarea class="cif-typed" aria-label="{title}: Python" rows="{code.count(chr(10)) + 1}"'
        f' spellcheck="false" autocapitalize="off" autocomplete="off">\n{code}</textarea>'
        f'<div class="cif-live"><div class="cif-buttons">{buttons}</div>'
        f'<p class="cif-status" role="status"></p><pre class="cif-printed" tabindex="0"></pre>'
        f'<p class="cif-verdict" role="status"></p><div class="cif-panels"></div></div>'
        f"{_kept(told)}</figure>"
    )
    raise nodes.SkipNode


def _depart_html(translator: Any, node: scene) -> None:
    translator.body.append(translator.scene_rest)


BUTTONS = {
    "python": "Compute with Python in this page",
    "fit": "Fit the axes",
    "csv": "Data as CSV",
    "listen": "Listen",
}


def live(told: dict[str, Any], sentence: str) -> str:
    """What the page's script fills in: the stage, places for charts, sliders at their values."""
    panels = told["picture"]["panels"]
    places = '<div class="cif-panel"></div>' * len(panels)
    presets = [(f"The {told['origin']}’s values", {}), *told["presets"]]
    chosen = "".join(
        f'<button type="button" class="cif-button" data-values="{html.escape(json.dumps(values))}">'
        f"{html.escape(words)}</button>"
        for words, values in presets
    )
    sliders = "".join(_slider(told["name"], control) for control in told["controls"])
    buttons = "".join(
        f'<button type="button" class="cif-button cif-{kind}">{words}</button>'
        for kind, words in BUTTONS.items()
    )
    scrub = (
        '<label class="cif-scrub"><span class="cif-spoken">Moment</span>'
        '<input type="range" min="0" max="1" value="0" autocomplete="off"></label>'
        if told["picture"]["stage"]["clock"] is not None
        else ""
    )
    return (
        f'<div class="cif-live"><div class="cif-stage"></div><div class="cif-time">'
        f'<button type="button" class="cif-button cif-play" aria-label="Play">▶</button>{scrub}'
        f'<output class="cif-readout"></output></div>'
        f'<div class="cif-panels" data-panels="{len(panels)}">{places}</div>'
        f'<p class="cif-sentence">{sentence}</p>'
        f'<p class="cif-spoken" aria-live="polite"></p>'
        f'<fieldset class="cif-controls"><legend class="cif-spoken">Move</legend>'
        f'<div class="cif-presets">{chosen}</div>{sliders}</fieldset>'
        f'<p class="cif-shown"></p><div class="cif-buttons">{buttons}</div>'
        f'<p class="cif-status" role="status"></p>'
        f'<details class="cif-code"><summary>Code for this view</summary>'
        f'<pre tabindex="0"></pre><button type="button" class="cif-button cif-copy">Copy</button>'
        f"</details></div>"
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
    alt = f"{scene_.title}, at the {scene_.origin}'s values. {scenes.compute(name).sentence}"
    # a scale is a factor, not a place: it keeps its digits
    drawn = re.sub(
        r"scale\([^)]*\)|-?\d+\.\d{3,}",
        lambda m: m[0] if m[0][0] == "s" else f"{float(m[0]) + 0.0:.2f}",
        out.getvalue(),
    )
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

    def packed(self, told: Any) -> Any:
        """The same with each list of numbers replaced by "@" and its place on the sheet."""
        if isinstance(told, dict):
            return {key: self.packed(value) for key, value in told.items()}
        if not isinstance(told, list) or not told:
            return told
        if not all(value is None or isinstance(value, float) for value in told):
            return [self.packed(value) for value in told]
        array = _packed(told)
        key = json.dumps(array)
        if key not in self._found:
            self._found[key] = len(self.arrays)
            self.arrays.append(array)
        return f"@{self._found[key]}"


def _short(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _packed(values: list[float | None]) -> Any:
    array = np.array([np.nan if v is None else v for v in values])
    there = array[np.isfinite(array)]
    if len(array) < 12 or not len(there):
        return [_short(v) for v in values]
    low, high = float(there.min()), float(there.max())
    if low == high and len(there) == len(array):
        return {"value": float(f"{low:.8g}"), "count": len(array)}
    with np.errstate(invalid="ignore"):
        level = np.round((array - low) / ((high - low) or 1.0) * 65534)
    level = np.where(np.isfinite(array), level, 65535).astype("<u2")
    data = base64.b64encode(level.tobytes()).decode()
    return {"low": float(f"{low:.8g}"), "high": float(f"{high:.8g}"), "data": data}


def frames(name: str) -> str:
    """The frames of a scene as a script.

    Every pair of values of the two controls that go together; each other one over its range.
    """
    scene_, sheet = scenes.SCENES[name], Sheet()
    named = {control.name: control.frame_values.tolist() for control in scene_.controls}

    def framed(**values: float) -> dict[str, Any]:
        told: dict[str, Any] = sheet.packed(scenes.evaluate(name, values))
        return told

    one, two = scene_.together
    grid = [[framed(**{one: a, two: b}) for b in named[two]] for a in named[one]]
    alone = {
        control: [framed(**{control: value}) for value in values]
        for control, values in named.items()
        if control not in scene_.together
    }
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
    if doctree is not None and any(doctree.findall(lambda n: isinstance(n, scene | cell))):
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
        if given := os.environ.get("CIF_PYODIDE"):
            bring_python(Path(given), folder / "pyodide")


def bring_python(given: Path, folder: Path) -> None:
    """Copy Python's files from `given` to `folder`; refuse other bytes than the known ones."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, known in PYODIDE.items():
        data = (given / name).read_bytes()
        if base64.b64encode(hashlib.sha256(data).digest()).decode() != known["sha256"]:
            raise ExtensionError(f"{given / name} is not the {name} that the page knows")
        (folder / name).write_bytes(data)


def setup(app: Sphinx) -> dict[str, Any]:
    app.config.release = VERSION
    app.add_config_value("cif_pyodide_url", PUBLIC, "html", str)
    app.add_node(
        scene,
        html=(_visit_html, _depart_html),
        latex=(_visit_other, None),
        text=(_visit_other, None),
    )
    app.add_node(cell, html=(_visit_cell, None), text=(_visit_other, None))
    app.add_directive("scene", SceneDirective)
    app.add_directive("cell", CellDirective)
    app.connect("builder-inited", _begin)
    app.connect("html-page-context", _add_assets)
    app.connect("build-finished", _write)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
