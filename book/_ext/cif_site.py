"""What surrounds the pages: previews of references, cards for links, reading times, a map.

Every page gets a description and a picture for those who share its address, and an estimate
of the time to read it. The site gets ``sitemap.xml``, ``404.html`` and the picture.
"""

from __future__ import annotations

import html
import json
import math
import platform
import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.util.docutils import SphinxDirective

WORDS_A_MINUTE = 200
PICTURE = "preview.png"


def base_url(app: Sphinx) -> str:
    """Address of the book, with a slash at its end: html_baseurl, or the repository's pages."""
    given = str(app.config.html_baseurl or "")
    if not given:
        address = urlsplit(str(app.config.html_theme_options.get("repository_url", "")))
        owner, _, name = address.path.strip("/").partition("/")
        given = f"https://{owner}.github.io/{name}" if name else ""
    return given.rstrip("/") + "/" if given else ""


# --- one page ---------------------------------------------------------------------------


def description(doctree: nodes.document) -> str:
    """The page's first paragraph, shortened to what a card shows."""
    for paragraph in doctree.findall(nodes.paragraph):
        text = " ".join(paragraph.astext().split())
        if len(text) > 60 and not isinstance(paragraph.parent, nodes.Admonition):
            return text if len(text) <= 200 else text[:197].rsplit(" ", 1)[0] + " …"
    return ""


def minutes(doctree: nodes.document) -> int:
    """Time to read the prose and to look at the equations and figures."""
    words = sum(
        len(part.astext().split())
        for part in doctree.findall(nodes.paragraph)
        if part.next_node(nodes.math_block) is None
    )
    seconds = 60 * words / WORDS_A_MINUTE
    seconds += 12 * sum(1 for _ in doctree.findall(nodes.math_block))
    seconds += 20 * sum(1 for _ in doctree.findall(nodes.figure))
    return max(1, math.ceil(seconds / 60))


def execution_times(app: Sphinx) -> dict[str, float]:
    """Seconds that each chapter took when it was last executed, where that is recorded."""
    record = Path(app.srcdir) / "book" / "data" / "times.json"
    return dict(json.loads(record.read_text(encoding="utf-8"))) if record.exists() else {}


def _page(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    app.add_js_file("previews/previews.js", loading_method="defer")
    app.add_css_file("previews/previews.css")
    if doctree is None:
        return
    title = html.escape(re.sub(r"<[^>]+>", "", context.get("title", "")))
    told = html.escape(description(doctree), quote=True)
    root = base_url(app)
    tags = {
        "og:type": "article",
        "og:title": title,
        "og:site_name": html.escape(str(app.config.project)),
        "og:description": told,
        "og:url": f"{root}{pagename}.html",
        "og:image": f"{root}_static/{PICTURE}",
        "og:image:alt": "The force on the dot and the places where it can rest",
    }
    lines = [f'<meta property="{key}" content="{value}" />' for key, value in tags.items()]
    lines.append('<meta name="twitter:card" content="summary_large_image" />')
    known = context.get("metatags", "")
    if told and 'name="description"' not in known:
        lines.append(f'<meta name="description" content="{told}" />')
    context["metatags"] = known + "\n" + "\n".join(lines)
    if any(doctree.findall(nodes.math_block)) or any(doctree.findall(nodes.figure)):
        context["body"] = _with_times(app, pagename, context["body"], minutes(doctree))


def _with_times(app: Sphinx, pagename: str, body: str, reading: int) -> str:
    said = f"{reading} min to read"
    seconds = execution_times(app).get(pagename.rsplit("/", 1)[-1])
    if seconds is not None:
        said += f" · {max(1, round(seconds))} s to compute"
    return re.sub(r"(</h1>)", rf'\1\n<p class="cif-times">{said}</p>', body, count=1)


# --- what the book was made with -----------------------------------------------------------

MADE_WITH = (
    "numpy",
    "scipy",
    "matplotlib",
    "jupyter-book",
    "Sphinx",
    "sphinx-book-theme",
    "cifcore",
)


class book_status(nodes.General, nodes.Element):
    """Stands for the table until every page is read."""


class StatusDirective(SphinxDirective):
    """``{status}``: how long each chapter takes to read and compute, and the versions used."""

    def run(self) -> list[nodes.Node]:
        return [book_status()]


def _fill_status(app: Sphinx, doctree: nodes.document, docname: str) -> None:
    for place in list(doctree.findall(book_status)):
        seconds = execution_times(app)
        order = [name for name in app.env.toctree_includes.get(app.config.root_doc, [])]
        chapters = []
        for name in order:
            took = seconds.get(name.rsplit("/", 1)[-1])
            link = f'<a href="{app.builder.get_relative_uri(docname, name)}">'
            title = html.escape(app.env.titles[name].astext())
            reading = f"{minutes(app.env.get_doctree(name))} min"
            chapters.append((f"{link}{title}</a>", reading, f"{took:.0f} s" if took else ""))
        versions = [("Python", platform.python_version())]
        versions += [(name, version(name)) for name in MADE_WITH]
        table = _table(("Chapter", "To read", "To compute"), chapters)
        table += _table(("Made with", "Version"), versions)
        place.replace_self(nodes.raw("", table, format="html"))


def _table(head: tuple[str, ...], rows: Sequence[tuple[str, ...]]) -> str:
    cells = "".join(f"<th>{cell}</th>" for cell in head)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>\n" for row in rows)
    return (
        f'<div class="pst-scrollable-table-container"><table class="table"><thead><tr>{cells}</tr>'
        f"</thead><tbody>\n{body}</tbody></table></div>\n"
    )


# --- the site ---------------------------------------------------------------------------

NOT_FOUND = """<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8" />
<meta name="viewport" content="width=device-width, initial-scale=1" />
<meta name="robots" content="noindex" />
<link rel="icon" href="data:," />
<title>Not here — {title}</title>
<style>
:root {{ color-scheme: light dark; }}
body {{ font: 1.1rem/1.6 Georgia, serif; max-width: 34rem; margin: 18vh auto; padding: 0 1rem; }}
a {{ color: light-dark(#17609c, #86c2f5); }}
</style>
</head>
<body>
<main>
<h1>This position is not stable</h1>
<p>There is no page at this address. It may have moved.
The nearest place to rest is <a href="{home}">the introduction</a>.</p>
</main>
</body>
</html>
"""


def _site(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    root = base_url(app)
    home = root or "book/intro.html"
    title = html.escape(str(app.config.project))
    (out / "404.html").write_text(NOT_FOUND.format(title=title, home=home), encoding="utf-8")
    pages = sorted(f"{root}{name}.html" for name in app.env.found_docs)
    listed = "".join(f"<url><loc>{html.escape(page)}</loc></url>\n" for page in pages)
    (out / "sitemap.xml").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{listed}</urlset>\n',
        encoding="utf-8",
    )
    draw_picture(out / "_static" / PICTURE, str(app.config.project))


def draw_picture(path: Path, title: str) -> None:
    """The picture that goes with a shared address, 1200 by 630 pixels."""
    import matplotlib as mpl
    import matplotlib.pyplot as plt

    from cifcore.book.figures import COLOURS, RC
    from cifcore.book.scenes.catalogue import compute

    with mpl.rc_context(RC):
        figure, ax = plt.subplots(figsize=(12, 6.3), dpi=100, facecolor=COLOURS["paper"])
        panel = compute("force").panels[0]
        for trace in panel.traces:
            ax.plot(
                trace.x,
                trace.y,
                color=COLOURS[trace.colour],
                linestyle={"solid": "-", "dashed": "--", "none": "none"}[trace.line],
                linewidth=3 * trace.width,
                marker="o" if trace.marker else None,
                markersize=18,
                markeredgewidth=4,
                markerfacecolor=COLOURS["paper"] if trace.marker == "open" else None,
            )
        ax.set(xlim=(-2.4, 3.2), ylim=panel.y_range)
        ax.axis("off")
        ax.set_title(title, fontsize=58, loc="left", pad=18)
        figure.savefig(path, facecolor=COLOURS["paper"], metadata={"Software": None})
        plt.close(figure)


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_node(book_status)
    app.add_directive("status", StatusDirective)
    app.connect("doctree-resolved", _fill_status)
    app.connect("html-page-context", _page, priority=800)
    app.connect("build-finished", _site)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
