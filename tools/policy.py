"""What a page may load and run: the book's Content-Security-Policy.

Everything comes from the book itself, but for Python, which comes from one address. Scripts
in the pages are known by their digests. Styles on elements are allowed, for drawings and
formulas place their parts by them; style sheets in pages are known by their digests.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Iterable

_INLINE = re.compile(r"<(script|style)\b([^>]*)>(.*?)</\1>", re.DOTALL)
_PYTHON = re.compile(r'"pyodide":"(https?://[^"]+)"')  # as written by the scenes
_HEADER_ONLY = ("frame-ancestors",)  # browsers do not read these from a page
HEADERS = "_headers"


def policy(pages: Iterable[str]) -> dict[str, list[str]]:
    """Directives and their sources for these pages."""
    scripts: set[str] = set()
    styles: set[str] = set()
    python: set[str] = set()
    for page in pages:
        python |= set(_PYTHON.findall(page))
        for kind, attributes, text in _INLINE.findall(page):
            if kind == "style":
                styles.add(_digest(text))
            elif "src=" not in attributes and "application/json" not in attributes:
                scripts.add(_digest(text))
    elsewhere = sorted(python)
    return {
        "default-src": ["'none'"],
        "script-src": ["'self'", "'wasm-unsafe-eval'", *elsewhere, *sorted(scripts)],
        "style-src": ["'self'", "'unsafe-inline'"],
        "style-src-elem": ["'self'", *sorted(styles)],
        "style-src-attr": ["'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'", *elsewhere],
        "worker-src": ["'self'"],
        "base-uri": ["'none'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
    }


def _digest(text: str) -> str:
    return f"'sha256-{base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()}'"


def written(directives: dict[str, list[str]]) -> str:
    """The policy in one line."""
    return "; ".join(" ".join([name, *sources]) for name, sources in directives.items())


def with_policy(page: str, directives: dict[str, list[str]]) -> str:
    """The page with the policy in its head."""
    here = {name: sources for name, sources in directives.items() if name not in _HEADER_ONLY}
    meta = f'<meta http-equiv="Content-Security-Policy" content="{written(here)}" />'
    return re.sub(r'(<meta charset="[^"]*" ?/?>)', rf"\1\n    {meta}", page, count=1)


def headers(directives: dict[str, list[str]]) -> str:
    """The file in which hosts of static pages look for headers to send."""
    return (
        f"/*\n  Content-Security-Policy: {written(directives)}\n  X-Content-Type-Options: nosniff\n"
    )
