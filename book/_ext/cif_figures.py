"""Put SVG figures into the page itself, in colours that follow its theme.

The colours that `cifcore.book.figures` writes by their meaning become CSS variables, so that the
light and the dark theme each show their own; ``cif-palette.css``, written here, gives both.
The alternative text becomes the name of the picture for a screen reader, and a figure without
one is a warning. Under a figure whose code is folded stands a link to that code. Nothing of
this needs JavaScript.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from cifcore.book.figures import COLOURS, COLOURS_DARK

logger = logging.getLogger(__name__)

WIDE = 480.0  # CSS pixels; wider figures scroll inside themselves on a narrow screen
_PIXELS_PER_POINT = 96 / 72
_NAMES = {colour: name for name, colour in COLOURS.items()}


class InlineFigures(SphinxPostTransform):
    """Replace SVG images drawn by a chapter, or of class ``inline``, with their markup."""

    default_priority = 5
    formats = ("html",)

    def run(self, **kwargs: Any) -> None:
        slug = re.sub(r"[^a-z0-9]+", "-", self.env.docname.lower())
        number = 0
        for image in list(self.document.findall(nodes.image)):
            if not image.get("alt", "").strip():
                logger.warning("a figure has no alternative text", location=image)
            if image["uri"].endswith(".svg") and _is_ours(image):
                number += 1
                text = (Path(self.app.srcdir) / image["uri"]).read_text(encoding="utf-8")
                markup = inline_svg(text, image.get("alt", ""), f"{slug}-{number}")
                image.replace_self(nodes.raw("", markup, format="html"))


def _is_ours(image: nodes.image) -> bool:
    return "jupyter_execute" in image["uri"] or "inline" in image.get("classes", [])


def inline_svg(svg: str, alt: str, prefix: str) -> str:
    """The figure as HTML, with its own identifiers, a name, and colours by meaning."""
    svg = svg[svg.index("<svg") :]
    head, body = svg[: svg.index(">") + 1], svg[svg.index(">") + 1 :]
    width = _width(head)
    body = re.sub(r"<style\b.*?</style>", "", body, flags=re.DOTALL)  # it would style the page
    used = set(re.findall(r'(?:href="#|url\(#)([^")]+)', body))
    # access.js puts panels one below another on a phone
    body = body.replace(' id="axes_', ' class="cif-axes" id="axes_')
    body = re.sub(r' id="matplotlib\.axis_\d*[02468]"', ' class="cif-y"', body)
    body = re.sub(
        r' id="([^"]*)"', lambda m: f' id="{prefix}-{m[1]}"' if m[1] in used else "", body
    )
    body = re.sub(r'(href="#|url\(#)', rf"\g<1>{prefix}-", body)
    body = re.sub(r"#[0-9a-fA-F]{6}\b", _by_meaning, body)
    body = re.sub(r">\s+<", ">\n<", body)
    view = re.search(r'viewBox="\S+ \S+ (\S+) (\S+)"', head)
    if view is None:
        raise ValueError("an SVG figure needs a viewBox")
    name = html.escape(alt, quote=True)
    kind = "cif-figure cif-wide" if width > WIDE else "cif-figure"
    scrollable = ' tabindex="0" role="group" aria-label="figure, scrolls sideways"'
    return (
        f'<div class="{kind}"{scrollable if width > WIDE else ""}><div class="cif-drawing" '
        f'style="--natural: {width:.0f}px; aspect-ratio: {view[1]} / {view[2]}">'
        f'<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" '
        f'{view[0]} role="img" aria-label="{name}"><title>{name}</title>{body}</div></div>'
    )


def _width(head: str) -> float:
    found = re.search(r'\bwidth="([\d.]+)(pt|px)?"', head) or re.search(
        r'viewBox="\S+ \S+ (\S+)', head
    )
    if found is None:
        raise ValueError("an SVG figure needs a width or a viewBox")
    return float(found[1]) * (_PIXELS_PER_POINT if found.lastindex == 2 and found[2] == "pt" else 1)


def _by_meaning(colour: re.Match[str]) -> str:
    name = _NAMES.get(colour[0].lower())
    return colour[0] if name is None else f"var(--cif-{name})"


def palette_css() -> str:
    """The CSS variables of both themes."""

    def block(selector: str, colours: dict[str, str]) -> str:
        lines = "".join(f"  --cif-{name}: {colour};\n" for name, colour in colours.items())
        return f"{selector} {{\n{lines}}}\n"

    return block(":root", COLOURS) + block('html[data-theme="dark"]', COLOURS_DARK)


_FOLDED_CELL = '<div class="cell tag_hide-input docutils container">'
_INPUT = '<div class="cell_input docutils container">'


def with_origins(body: str) -> str:
    """The page with a link under each figure to the folded code that draws it.

    The link leads inside the fold, which a browser opens on the way.
    """
    before, *cells = body.split(_FOLDED_CELL)
    return before + "".join(_FOLDED_CELL + _with_origin(cell) for cell in cells)


def _with_origin(cell: str) -> str:
    found = re.search(r'<figure [^>]*id="([^"]+)".*?</figure>', cell, re.DOTALL)
    if found is None or not 0 <= cell.find(_INPUT) < found.start():
        return cell
    link = f'<p class="cif-how"><a href="#how-{found[1]}">How this figure was made</a></p>'
    cell = f"{cell[: found.end()]}\n{link}{cell[found.end() :]}"
    return cell.replace(_INPUT, f'{_INPUT[:-1]} id="how-{found[1]}">', 1)


def _link_origins(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any
) -> None:
    if doctree is not None and app.builder.name == "html":
        context["body"] = with_origins(context["body"])


def _write_palette(app: Sphinx, exception: Exception | None) -> None:
    if exception is None and app.builder.format == "html":
        target = Path(app.outdir) / "_static" / "cif-palette.css"
        target.write_text(palette_css(), encoding="utf-8")


def setup(app: Sphinx) -> dict[str, Any]:
    app.add_post_transform(InlineFigures)
    app.add_css_file("cif-palette.css", priority=400)
    app.connect("html-page-context", _link_origins)
    app.connect("build-finished", _write_palette)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": True}
