"""Make of the pages that Sphinx writes those that a reader gets."""

from __future__ import annotations

import shutil
from pathlib import Path

from tools import lighten, mathematics, mend, policy

FORMULAS = "_static/mathematics.css"


def finish(raw: Path, done: Path) -> None:
    """Write the finished book from the folder `raw` to `done`, replacing it as a whole."""
    partial = done.with_name(f"{done.name}.partial")
    shutil.rmtree(partial, ignore_errors=True)
    shutil.copytree(raw, partial, ignore=shutil.ignore_patterns(".buildinfo", ".doctrees"))
    pages = {
        path: mend.mend(path.read_text(encoding="utf-8"))
        for path in sorted(partial.rglob("*.html"))
        if "_static" not in path.relative_to(partial).parts
    }
    pages, style = mathematics.typeset(pages)
    (partial / FORMULAS).write_text(style, encoding="utf-8")
    shutil.rmtree(partial / "_static/vendor/fontawesome/js", ignore_errors=True)
    pages = lighten.lighten(partial, pages, FORMULAS)
    rules = policy.policy(pages.values())
    for path, page in pages.items():
        path.write_text(policy.with_policy(page, rules), encoding="utf-8")
    (partial / policy.HEADERS).write_text(policy.headers(rules), encoding="utf-8")
    shutil.rmtree(done, ignore_errors=True)
    partial.rename(done)
