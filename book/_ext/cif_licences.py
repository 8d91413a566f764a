"""The page of licences: everything in the built book that others wrote.

Names, versions and licences are those that the packages state of themselves; what a script
contains is read from its source map. The texts go to ``_static/licences``. A package that
states no licence, or a script that contains something unknown, ends the build.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from html import escape
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

from cif_scenes import PUBLIC
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

PYTHON = {
    "Sphinx": (
        *("basic.css", "doctools.js", "documentation_options.js", "language_data.js"),
        *("searchtools.js", "sphinx_highlight.js", "file.png", "minus.png", "plus.png"),
    ),
    "Pygments": ("pygments.css",),
    "pydata-sphinx-theme": (
        *("scripts/bootstrap.js*", "scripts/fontawesome.js*", "scripts/pydata-sphinx-theme.js*"),
        *("styles/pydata-sphinx-theme.css*", "styles/theme.css", "vendor/fontawesome/*"),
        *("webpack-macros.html", "fonts/fa-*"),
    ),
    "sphinx-book-theme": (
        *("scripts/sphinx-book-theme.js*", "styles/sphinx-book-theme.css*", "locales/*"),
        *("images/logo_*", "sbt-webpack-macros.html"),
    ),
    "sphinx-copybutton": ("copybutton*", "copy-button.svg", "check-solid.svg", "clipboard.min.js"),
    "sphinx-togglebutton": ("togglebutton.*",),
    "sphinx-design": ("sphinx-design.min.css", "design-tabs.js"),
    "sphinx-thebe": ("sphinx-thebe.*", "play-solid.svg"),
    "myst-nb": ("mystnb.*.css",),
}
"""Python packages that put files into ``_static``, and which."""

NPM = {
    "@fontsource-variable/source-code-pro": (
        "vendor/fonts/source-code-pro*",
        "fonts/source-code-pro-*",
    ),
    "@fontsource-variable/source-sans-3": ("vendor/fonts/source-sans-3*", "fonts/source-sans-3-*"),
    "@fontsource-variable/source-serif-4": (
        "vendor/fonts/source-serif-4*",
        "fonts/source-serif-4-*",
    ),
    "@jupyter-widgets/html-manager": ("vendor/widgets/embed*", "vendor/widgets/@jupyter-widgets/*"),
    "d3-scale": ("vendor/d3/d3-scale.min.js", "vendor/d3/LICENSE"),
    "mathjax": ("vendor/mathjax/*", "fonts/MathJax_*"),
    "requirejs": ("vendor/widgets/require.js",),
}
"""The same for packages of ``package.json``; other parts of d3 have a file each."""

INSIDE = {
    "@fortawesome/fontawesome-free": "CC-BY-4.0 AND OFL-1.1 AND MIT",
    "@popperjs/core": "MIT",
    "bootstrap": "MIT",
    "clipboard": "MIT",
    "compare-versions": "MIT",
    "css-loader": "MIT",
    "internmap": "ISC",
    "mhchemparser": "Apache-2.0",
    "snowball-stemmers": "BSD-3-Clause",
    "style-loader": "MIT",
}
"""Licences of what was built into scripts by others and is not installed here itself."""

UNMAPPED = {
    "clipboard": "sphinx-copybutton",
    "internmap": "d3-array",
    "mhchemparser": "mathjax",
    "snowball-stemmers": "Sphinx",
}
"""What is inside scripts that have no source map."""

SAME_TEXT = {"@jupyter-widgets/html-manager": "ipywidgets"}
"""npm packages that bring no text of their licence, and the same project's Python package."""


@dataclass(frozen=True)
class Part:
    """Something in the book, or in another part of it."""

    name: str
    version: str
    licence: str
    inside: str = ""
    files: tuple[str, ...] = ()
    texts: list[Path] = field(default_factory=list)

    @property
    def text_name(self) -> str:
        """Name of the file with its licence, empty if it brings none."""
        return re.sub(r"\W+", "-", self.name).strip("-") + ".txt" if self.texts else ""


def parts(root: Path) -> list[Part]:
    """All that is in the built book, those of Python first."""
    own = [_python(name, files) for name, files in PYTHON.items()]
    lock = json.loads((root / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    own += [_npm(root / "node_modules", name, lock) for name in lock[""]["dependencies"]]
    versions = {part.name: f"{part.name} {part.version}" for part in own}
    inside = set(UNMAPPED.items())
    for part in own:
        inside |= {(name, part.name) for name in _mapped(_maps(root, part.name))}
    return own + [
        _inside(root / "node_modules", name, versions[where])
        for name, where in sorted(inside)
        if name not in versions
    ]


def _python(name: str, files: tuple[str, ...]) -> Part:
    found = distribution(name)
    about = found.metadata.json
    said = about.get("license_expression")
    for classifier in [] if said else about.get("classifier", []):
        if classifier.startswith("License :: OSI Approved :: "):
            said = classifier.rpartition(" :: ")[2]
    return Part(name, found.version, _stated(name, said), "", files, _texts_of(name))


def _npm(modules: Path, name: str, lock: dict[str, Any]) -> Part:
    entry = lock[f"node_modules/{name}"]
    files = NPM.get(name, (f"vendor/d3/{name}.min.js",))
    texts = _texts_of(SAME_TEXT[name]) if name in SAME_TEXT else _texts_in(modules / name)
    return Part(name, entry["version"], _stated(name, entry.get("license")), "", files, texts)


def _inside(modules: Path, name: str, where: str) -> Part:
    licence = INSIDE.get(name)
    if licence is None:
        described = json.loads((modules / name / "package.json").read_text(encoding="utf-8"))
        licence = _stated(name, described.get("license"))
    return Part(name, "", licence, where, (), _texts_in(modules / name))


def _texts_of(name: str) -> list[Path]:
    files = distribution(name).files or []
    return [Path(str(path.locate())) for path in files if _is_text(path.name)]


def _texts_in(folder: Path) -> list[Path]:
    return [path for path in sorted(folder.glob("*")) if path.is_file() and _is_text(path.name)]


def _is_text(name: str) -> bool:
    return re.search(r"licen[cs]e|^copying", name, re.IGNORECASE) is not None


def _stated(name: str, licence: Any) -> str:
    if not licence:
        raise ValueError(f"{name} states no licence")
    return str(licence)


def _maps(root: Path, name: str) -> list[Path]:
    """Source maps of a package's scripts and style sheets."""
    if name in PYTHON:
        files = distribution(name).files or []
        return [Path(str(path.locate())) for path in files if path.name.endswith(".map")]
    return sorted((root / "node_modules" / name / "dist").glob("embed.js.map"))


def _mapped(maps: Iterable[Path]) -> set[str]:
    """Names of the packages whose files went into scripts with these source maps."""
    sources = [s for path in maps for s in json.loads(path.read_text(encoding="utf-8"))["sources"]]
    found = (re.findall(r"node_modules/((?:@[^/]+/)?[^/]+)/", source) for source in sources)
    return {names[-1] for names in found if names}


class LicencesDirective(SphinxDirective):
    """``{licences}``: a table of all that others wrote."""

    def run(self) -> list[nodes.Node]:
        up = "../" * self.env.docname.count("/")
        return [nodes.raw("", table(parts(Path(self.env.srcdir)), up), format="html")]


def table(found: list[Part], up: str) -> str:
    """The table, with links to the texts; `up` leads to the root of the book."""
    rows = []
    for part in found:
        licence = escape(part.licence)
        if part.text_name:
            link = f"{up}_static/licences/{part.text_name}"
            licence = f'<a class="reference" href="{link}">{licence}</a>'
        where = part.version or f"in {part.inside}"
        rows.append(f"<td>{escape(part.name)}</td><td>{escape(where)}</td><td>{licence}</td>")
    pyodide = re.findall(r"/v([\d.]+)/", PUBLIC)[0]
    rows.append(f"<td>Pyodide</td><td>{pyodide}, on request</td><td>MPL-2.0</td>")
    body = "".join(f"<tr>{row}</tr>\n" for row in rows)
    return (
        '<div class="pst-scrollable-table-container"><table class="table"><thead><tr>'
        "<th>Package</th><th>Version</th><th>Licence</th></tr></thead>"
        f"<tbody>\n{body}</tbody></table></div>\n"
    )


def _write_texts(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    folder = Path(app.outdir) / "_static" / "licences"
    folder.mkdir(parents=True, exist_ok=True)
    for part in parts(Path(app.srcdir)):
        if part.text_name:
            texts = [path.read_text(encoding="utf-8").strip() for path in part.texts]
            whole = "\n\n----\n\n".join(texts) + "\n"
            (folder / part.text_name).write_text(whole, encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_directive("licences", LicencesDirective)
    app.connect("build-finished", _write_texts)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
