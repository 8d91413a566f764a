"""What the book adds to its pages, but for figures, scenes and licences.

A text source and its executed notebook are one page; the page of the package lists its modules;
every page says how long it takes to read; and all that others wrote is on the page of licences.
"""

import json
import math
import os
import platform
import re
from collections.abc import Iterable, Iterator
from importlib.metadata import distribution, version
from pathlib import Path
from typing import Any

import nbformat
from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config

from cifcore.book.published import table, write_whole
from tools import chapters
from tools.files import BUILD, ROOT

# --- the repository -----------------------------------------------------------------------


def _lead_to_the_repository(app: Sphinx, config: Config) -> None:
    """Buttons, and what needs the book's own address, where there is a public repository."""
    url = os.environ.get("CIF_REPOSITORY", "")  # found by tools/book.py
    if not url:
        return
    options: dict[str, Any] = config.html_theme_options
    options |= {"repository_url": url, "repository_branch": "main"}
    options |= {"use_repository_button": True, "use_issues_button": True}
    if found := re.fullmatch(r"https://github\.com/([^/]+)/([^/]+)", url):
        binder = {"notebook_interface": "jupyterlab", "binderhub_url": "https://mybinder.org"}
        options["launch_buttons"] = binder
        config.html_baseurl = f"https://{found[1].lower()}.github.io/{found[2]}/"
        config.ogp_site_url = config.html_baseurl
        config.sitemap_url_scheme = "{link}"
        app.setup_extension("sphinx_sitemap")


# --- sources ------------------------------------------------------------------------------


def _exclude_text_sources(app: Sphinx, config: Config) -> None:
    # NAME.md, edited by people, and NAME.ipynb, made from it for Jupyter, would be one page: it
    # has the outputs of the notebook, and the text, and what cells say of themselves, of the source
    config.exclude_patterns += [f"book/{path.stem}.md" for path in ROOT.glob("book/*.ipynb")]


def merged(source: Path, executed: str) -> str:
    """A notebook with the cells of a text source and the outputs of an executed one."""
    notebook = chapters.with_outputs(source, nbformat.reads(executed, as_version=4))
    for cell in chapters.code_cells(notebook):
        for data in (output.get("data", {}) for output in cell.outputs):
            if told := data.get("text/html"):  # from notebook to notebook; here, from page to page
                data["text/html"] = re.sub(r'(?<=href=")([\w-]+)\.ipynb', r"\1.html", told)
        _name_fold(cell)
    return str(nbformat.writes(notebook))


def _name_fold(cell: Any) -> None:
    """Say on the bar of a folded cell what is in it, unless the source says so itself."""
    tags, settings = cell.metadata.get("tags", []), cell.metadata.setdefault("mystnb", {})
    kinds = {kind for output in cell.outputs for kind in output.get("data", {})}
    glued = [output.get("metadata", {}).get("scrapbook") for output in cell.outputs]
    kinds_of_cells = (
        ("a solution", "solution" in tags),
        ("how this is drawn", "image/svg+xml" in kinds),
        ("how this table is made", "text/html" in kinds or "|---" in str(cell.outputs)),
        ("how this list is made", "text/markdown" in kinds),
        ("where these numbers come from", glued and all(glued)),
        ("what is imported", "hide-cell" in tags),
        ("how this is computed", True),
    )
    what = next(told for told, so in kinds_of_cells if so)
    for verb in ("show", "hide"):
        settings.setdefault(f"code_prompt_{verb}", f"{verb.capitalize()} {what}")


def _take_text(app: Sphinx, docname: str, content: list[str]) -> None:
    path = Path(app.env.doc2path(docname))
    if path.suffix == ".ipynb":
        app.env.note_dependency(str(path.with_suffix(".md")))
        content[0] = merged(path.with_suffix(".md"), content[0])
    content[0] = re.sub(r"(?m)^% (modules|made with|packages)$", _listed, content[0])


ROOMS = ("", "electrons", "force", "positions", "motion", "quantum", "book")
"""The package's rooms, in the order in which data flow; scenes and evidence are the pages' own."""
MADE_WITH = "cifcore numpy scipy matplotlib jupyter-book Sphinx sphinx-book-theme"


def _listed(what: re.Match[str]) -> str:
    """What a page asks for: modules of the package, packages of others, or all versions."""
    if what[1] == "packages":
        link = '| {} | {} | <a class="reference" href="../_static/{}">{}</a> |'
        return "\n".join(link.format(n, at, text_name(n), said) for n, at, said, _ in others())
    if what[1] == "modules":
        paths = [p for room in ROOMS for p in sorted((ROOT / "cifcore" / room).glob("[a-z]*.py"))]
        names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in paths]
        module = "## `{0}`\n\n```{{eval-rst}}\n.. automodule:: {0}\n   :members:\n```\n"
        return "\n".join(map(module.format, names))
    made = [(name, version(name)) for name in MADE_WITH.split()]
    made.append(("Python", platform.python_version()))
    made.append(("System", f"{platform.system()} {platform.machine()}"))
    kwant = json.loads((ROOT / "tests/external/kwant_check.json").read_text("utf-8"))
    apart = [(name, f"{max(of.values()):.0e}") for name, of in kwant["deviations"].items()]
    tables = [table("Made with | Version", made)]
    tables.append(table(f"Beside kwant {kwant['kwant']} | Largest relative deviation", apart))
    took = [path.read_text("utf-8").split(": ") for path in sorted(BUILD.glob("chapters/*"))]
    if ran := [(name, time) for name, *times in took for time in times]:
        tables.append(table("Executed here | In", ran))
    return "\n\n".join(each.data for each in tables)


# --- around a page ------------------------------------------------------------------------


def _page(app: Sphinx, page: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """How long it takes to read the prose and to look at equations and figures, if there are."""
    blocks, figures = (
        len([*tree.findall(kind)]) if tree else 0 for kind in (nodes.math_block, nodes.figure)
    )
    if page != app.config.root_doc and blocks + figures:
        prose = (p for p in tree.findall(nodes.paragraph) if not p.next_node(nodes.math_block))
        words = sum(len(paragraph.astext().split()) for paragraph in prose)
        minutes = math.ceil((60 * words / 200 + 12 * blocks + 20 * figures) / 60)
        said = f'\\1\n<p class="cif-times">{minutes} min to read</p>'
        context["body"] = re.sub(r"(</h1>)", said, context["body"], count=1)


def _contents(app: Sphinx, name: str, template: str, context: dict[str, Any], tree: Any) -> None:
    """All parts in the contents in print: the theme takes a first one of one chapter as title."""
    if app.builder.name == "singlehtml" and tree is not None:
        context["toc"] = f"<ul><li><ul><li>{context['toc']}</li></ul></li></ul>"


# --- licences -----------------------------------------------------------------------------

PYTHON = (
    "Sphinx Pygments pydata-sphinx-theme sphinx-book-theme sphinx-copybutton sphinx-design "
    "sphinx-thebe myst-nb"
)
"""Python packages that put files into ``_static``."""


def others() -> Iterator[tuple[str, str, str, list[Path]]]:
    """Name, version, licence and its texts, of all that others wrote, those of Python first."""
    for name in PYTHON.split():
        dist = distribution(name)
        kinds = dist.metadata.get_all("Classifier") or []
        osi = [kind for kind in kinds if kind.startswith("License :: OSI Approved :: ")]
        licence = (dist.metadata.get_all("License-Expression") or osi)[-1].rpartition(" :: ")[2]
        yield name, dist.version, licence, _texts(map(dist.locate_file, dist.files or ()))
    described = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
    for name in described["dependencies"]:
        home = ROOT / "node_modules" / name
        about = json.loads((home / "package.json").read_text(encoding="utf-8"))
        yield name, about["version"], about["license"], _texts(home.glob("*"))


def _texts(beside: Iterable[Any]) -> list[Path]:
    texts = (p for p in map(Path, beside) if re.search(r"(?i)licen[cs]e|^copying", p.name))
    return sorted(path for path in texts if path.is_file())


def text_name(name: str) -> str:
    """Where the licence of a package is, below ``_static``."""
    return f"licences/{re.sub(r'[^a-zA-Z0-9_]+', '-', name).strip('-')}.txt"


def _write_texts(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        for name, _, _, paths in others():
            text = "\n\n----\n\n".join(path.read_text(encoding="utf-8").strip() for path in paths)
            write_whole(Path(app.outdir) / "_static" / text_name(name), text + "\n")


def setup(app: Sphinx) -> None:
    app.connect("config-inited", _lead_to_the_repository, priority=100)
    app.connect("config-inited", _exclude_text_sources, priority=100)
    app.connect("source-read", _take_text)
    app.connect("build-finished", _write_texts)
    app.connect("html-page-context", _page, priority=900)
    app.connect("html-page-context", _contents, priority=100)  # before the theme looks
    for name in ("access/access", "previews/previews"):
        app.add_js_file(f"{name}.js", loading_method="defer")
        app.add_css_file(f"{name}.css")
