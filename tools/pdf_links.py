"""Links of the book as one page that lead somewhere on any machine."""

from __future__ import annotations

import re

import yaml

from tools.files import ROOT


def data_address() -> str:
    """Where the repository shows the data behind the figures."""
    config = yaml.safe_load((ROOT / "_config.yml").read_text(encoding="utf-8"))
    repository = config["repository"]
    return f"{repository['url']}/blob/{repository['branch']}/book/data/"


def portable(page: str, data: str) -> str:
    """The page with its links to other pages as places in itself, and to files as addresses.

    A row of the ledger has the same name in its chapter and in the ledger; from the chapter
    the way leads to the top of the ledger. The texts of the licences come with the pages only.
    """
    licence = r'<a\b[^>]*\bhref="[^"]*_static/licences/[^"]*"[^>]*>(.*?)</a>'
    page = re.sub(licence, r"\1", page, flags=re.DOTALL)
    page = re.sub(r'(href=")claims\.html#row-[^"]*"', r'\1#sec-claims"', page)
    page = re.sub(r'(href=")[\w./-]+\.html(#[^"]+")', r"\1\2", page)
    return re.sub(r'(href=")[\w./-]*_downloads/\w+/([^"/]+")', rf"\g<1>{data}\2", page)
