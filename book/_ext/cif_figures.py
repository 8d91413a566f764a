"""Put SVG figures into the page itself, in colours that follow its theme.

The colours that `cifcore.book.figures` writes by their meaning become CSS variables, so that the
light and the dark theme each show their own; ``cif-palette.css`` gives both.
The alternative text becomes the name of the picture for a screen reader, and a figure without
one is a warning. Under a figure whose code is folded stands a link to that code. Nothing of
this needs JavaScript.
"""

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.config import Config
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from cifcore.book.figures import COLOURS, COLOURS_DARK

logger = logging.getLogger(__name__)

WIDE = 480.0  # CSS pixels; wider figures scroll inside themselves on a narrow screen
_MEANINGS = {colour: f"var(--cif-{name})" for name, colour in COLOURS.items()}


class InlineFigures(SphinxPostTransform):
    """Replace SVG images drawn by a chapter, or of class ``inline``, with their markup."""

    default_priority = 5
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        slug = re.sub(r"[^a-z0-9]+", "-", self.env.docname.lower())
        ours = []
        for image in self.document.findall(nodes.image):
            if not image.get("alt", "").strip():
                logger.warning("a figure has no alternative text", location=image)
            drawn = "jupyter_execute" in image["uri"] or "inline" in image.get("classes", [])
            if image["uri"].endswith(".svg") and drawn:
                ours.append(image)
        for number, image in enumerate(ours, 1):
            text = (Path(self.app.srcdir) / image["uri"]).read_text(encoding="utf-8")
            markup = inline_svg(text, image.get("alt", ""), f"{slug}-{number}")
            image.replace_self(nodes.raw("", markup, format="html"))
        for cell in self.document.findall(nodes.container):
            if "tag_hide-input" in cell["classes"]:
                _lead_to_code(cell)


def _lead_to_code(cell: nodes.container) -> None:
    """A link under the figure of a cell to its folded code, which a browser opens on the way."""
    figure = next(cell.findall(nodes.figure), None)
    code = next((p for p in cell.findall(nodes.container) if "cell_input" in p["classes"]), None)
    if figure is not None and code is not None and figure["ids"]:
        name = f"how-{figure['ids'][0]}"
        code["ids"].append(name)
        link = f'<p class="cif-how"><a href="#{name}">How this figure was made</a></p>'
        figure.parent.insert(figure.parent.index(figure) + 1, nodes.raw("", link, format="html"))


def inline_svg(svg: str, alt: str, prefix: str) -> str:
    """The figure as HTML, with its own identifiers, a name, and colours by meaning."""
    svg = svg[svg.index("<svg") :]
    head, body = svg[: svg.index(">") + 1], svg[svg.index(">") + 1 :]
    view = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', head)
    if view is None:
        raise ValueError("an SVG figure needs a viewBox")
    width = float(view[1]) * (96 / 72 if 'pt"' in head else 1)
    body = re.sub(r"<style\b.*?</style>", "", body, flags=re.DOTALL)  # it would style the page
    used = dict.fromkeys(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    short = {name: f"{prefix}-{number}" for number, name in enumerate(used)}
    # access.js puts panels one below another on a phone
    body = body.replace(' id="axes_', ' class="cif-axes" id="axes_')
    body = re.sub(r' id="matplotlib\.axis_\d*[02468]"', ' class="cif-y"', body)
    body = re.sub(r' id="([^"]*)"', lambda m: f' id="{short[m[1]]}"' if m[1] in used else "", body)
    body = re.sub(r'(href="#|url\(#)([^")]+)', lambda m: m[1] + short[m[2]], body)
    body = re.sub(r"#[0-9a-f]{6}\b", lambda m: _MEANINGS.get(m[0], m[0]), body)
    body = re.sub(r">\s+<", ">\n<", body)
    body = re.sub(r'(?<= d=")[^"]*', lambda way: re.sub(r"\s*([A-Za-z])\s*", r"\1", way[0]), body)
    name = html.escape(alt, quote=True)
    kind = "cif-figure cif-wide" if width > WIDE else "cif-figure"
    scrollable = ' tabindex="0" role="group" aria-label="figure, scrolls sideways"'
    return (
        f'<div class="{kind}"{scrollable if width > WIDE else ""}><div class="cif-drawing" '
        f'style="--natural: {width:.0f}px; aspect-ratio: {view[1]} / {view[2]}">'
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'{view[0]} role="img" aria-label="{name}"><title>{name}</title>{body}</div></div>'
    )


def _give_colours(app: Sphinx, config: Config) -> None:
    config.html_context["palettes"] = {":root": COLOURS, 'html[data-theme="dark"]': COLOURS_DARK}


def setup(app: Sphinx) -> None:
    app.add_post_transform(InlineFigures)
    app.add_css_file("cif-palette.css", priority=400)
    app.connect("config-inited", _give_colours)
