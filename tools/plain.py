"""A chapter's text as plain Markdown, which every Jupyter shows without an extension.

The text sources are written in MyST: directives, roles, macros, numbers from cells. The
notebook made of one has the same code cells and outputs, and text in which all of this is
worked out: equations with their numbers, references as words with links, captions under
figures. (jupyterlab-myst sets the equations, but knows none of the macros.)
"""

from __future__ import annotations

import ast
import hashlib
import re
from functools import cache
from pathlib import Path
from typing import Any

import nbformat
from nbformat import NotebookNode
from pybtex.database import Entry, parse_file

from book._ext.cif_numbers import Place, linked, places
from tools.files import ROOT
from tools.formulas import macros

SCENE = """On the web a scene to play with stands here. In a new cell it is

```python
from cifcore.book.scenes.widgets import explore

explore("{}")
```"""
RAW = re.compile(
    r"\{[\w:]+\}`|:label:|:class:|^(?::::|```)\{|\\(?:Edot|eV|kB|dd|Fne)\b", re.MULTILINE
)
"""What only the text source may have."""
FOLDED = {"hide-input", "hide-cell"}
_BLOCK = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w:-]+)\} *(?P<title>.*)\n"
    r"(?P<inside>(?:.*\n)*?)(?P=fence) *$",
    re.MULTILINE,
)
_OPTION = re.compile(r":([\w-]+): *(.*)\n")
_CODE = re.compile(r"^(`{3,}).*\n(?:.*\n)*?\1 *$|(?<![`\\])(`+)(?!`)[^`]+\2(?!`)", re.MULTILINE)
_ROLE = re.compile(r"\{([\w:]+)\}`([^`]+)`")
_LINK = re.compile(r"(?<!!)\[([^\[\]]*)\]\(([^()\s]+)\)")
_MATHS = re.compile(r"\$\$.+?\$\$|(?<![\\$])\$[^$]+\$", re.DOTALL)


def plain(notebook: NotebookNode, page: str) -> NotebookNode:
    """The notebook with its text worked out; `page` is its name as in the table of contents."""
    teller = _Teller(page, glued(notebook))
    cells = []
    for cell in notebook.cells:
        cell = nbformat.from_dict(cell)
        cells.append(cell)
        if cell.cell_type == "markdown":
            cell.source = teller.text(cell.source)
            continue
        if FOLDED & set(cell.metadata.get("tags", [])):
            cell.metadata["jupyter"] = {"source_hidden": True}
        if "solution" in cell.metadata.get("tags", []):
            cell.metadata["jupyter"]["outputs_hidden"] = True
        figure = cell.metadata.get("mystnb", {}).get("figure")
        if figure is not None:
            number = teller.place(figure["name"]).number
            caption = teller.text(f"**Fig. {number}.** {figure['caption'].strip()}")
            cells.append(nbformat.v4.new_markdown_cell(caption, metadata={"tags": ["caption"]}))
    told = nbformat.from_dict({**notebook, "cells": cells})
    return _named(told)


def _named(notebook: NotebookNode) -> NotebookNode:
    seen: dict[str, int] = {}
    for cell in notebook.cells:
        content = hashlib.sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[content] = seen.get(content, 0) + 1
        cell["id"] = f"{content}-{seen[content]}"
    return notebook


def glued(notebook: NotebookNode) -> dict[str, Any]:
    """Values that cells hand to the text, by name."""
    found = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            text = output.get("data", {}).get("application/papermill.record/text/plain")
            if name is not None and text is not None:
                found[name] = ast.literal_eval(text)
    return found


@cache
def _titles() -> dict[str, str]:
    found = {}
    for path in (ROOT / "book").glob("*.md"):
        heading = re.search(r"^# (.+)$", path.read_text(encoding="utf-8"), re.MULTILINE)
        found[path.stem] = heading[1] if heading else path.stem
    return found


@cache
def _entries() -> dict[str, Entry]:
    return dict(parse_file(ROOT / "book" / "references.bib").entries)


def _cited(key: str) -> str:
    entry = _entries()[key]
    names = [" ".join(person.last_names) for person in entry.persons.get("author", [])]
    who = names[0] + " et al." if len(names) > 2 else " and ".join(names)
    words = f"{who or entry.fields['title']} {entry.fields.get('year', '')}".strip()
    address = entry.fields.get("url", "")
    if "doi" in entry.fields:
        address = f"https://doi.org/{entry.fields['doi']}"
    return f"[{words}]({address})" if address else words


class _Teller:
    """Puts the text of one page into plain words."""

    def __init__(self, page: str, values: dict[str, Any]) -> None:
        self.page, self.values = page, values

    def text(self, source: str) -> str:
        source = re.sub(r"^\([\w-]+\)=\n", "", source, flags=re.MULTILINE)
        while (told := _BLOCK.sub(self._block, source)) != source:
            source = told
        source = self._outside(_CODE, source, self._roles)
        return self._outside(_CODE, source, self._mentions)

    def place(self, label: str) -> Place:
        return self._known(places(ROOT), label)

    def _known(self, known: dict[str, Any], name: str) -> Any:
        if name not in known:
            raise ValueError(f"{self.page}: nothing is called {name}")
        return known[name]

    @staticmethod
    def _outside(kept: re.Pattern[str], text: str, change: Any) -> str:
        """The text with everything changed that is not matched by a pattern."""
        done, parts = 0, []
        for found in kept.finditer(text):
            role = re.search(r"\{[\w:]+\}$", text[done : found.start()]) is not None
            if not role:
                parts += [change(text[done : found.start()]), found[0]]
                done = found.end()
        return "".join([*parts, change(text[done:])])

    def _block(self, found: re.Match[str]) -> str:
        name, title, inside = found["name"], found["title"].strip(), found["inside"]
        options = {}
        while option := _OPTION.match(inside):
            options[option[1]] = option[2]
            inside = inside[option.end() :]
        inside = inside.strip("\n")
        if name == "math":
            label = options.get("label")
            tag = f"\n\\tag{{{self.place(label).number}}}" if label else ""
            return f"$$\n{inside}{tag}\n$$"
        if name == "scene":
            return SCENE.format(title)
        if name == "cell":
            code, _, _ = inside.partition("\n# check\n")
            return f"**{title}.** On the web this code runs in the page.\n\n```python\n{code}\n```"
        if name == "figure":
            number = self.place(options["name"]).number
            return f"![{options['alt']}]({title})\n\n**Fig. {number}.** {inside}"
        if title or name in {"note", "warning", "tip", "hint", "important"}:
            inside = f"**{title or name.capitalize()}.** {inside}"
        return "\n".join(f"> {line}".rstrip() for line in inside.splitlines())

    def _roles(self, text: str) -> str:
        text = _ROLE.sub(self._role, text)
        text = _LINK.sub(self._link, text)
        named = re.compile(rf"\\({'|'.join(macros())})(?![A-Za-z])")
        return named.sub(lambda found: f"{{{macros()[found[1]]}}}", text)

    def _role(self, found: re.Match[str]) -> str:
        role, told = found[1], found[2]
        explicit = re.fullmatch(r"(.*?)\s*<([^<>]+)>", told, re.DOTALL)
        words, target = (explicit[1], explicit[2]) if explicit else ("", told)
        if role == "glue:text":
            name, _, form = told.partition(":")
            return format(self._known(self.values, name), form)
        if role.startswith("cite"):
            who = ", ".join(_cited(key.strip()) for key in told.split(","))
            return who if role == "cite:t" else f"({who})"
        if role == "doc":
            name = Path(target).stem
            return f"[{words or _titles()[name]}]({self._file(f'book/{name}')})"
        if role.startswith("py:"):
            return f"`{words or re.sub('^~', '', target).rsplit('.', 1)[-1]}`"
        if role in {"eq", "numref", "ref"}:
            place = self.place(target)
            number = {"eq": f"Eq. ({place.number})", "numref": f"Fig. {place.number}"}
            if "%s" in words or "{number}" in words:
                words = words.replace("%s", place.number).replace("{number}", place.number)
            return f"[{words or number.get(role, place.number)}]({self._address(place)})"
        raise ValueError(f"{self.page}: no plain form of {found[0]}")

    def _link(self, found: re.Match[str]) -> str:
        words, target = found[1], found[2]
        name, _, fragment = target.partition("#")
        if target.lstrip("#") in places(ROOT):
            target = self._address(self.place(target.lstrip("#")))
        elif name.endswith(".md") and Path(name).stem in _titles():
            target = self._file(f"book/{Path(name).stem}") + (f"#{fragment}" if fragment else "")
        return f"[{words}]({target})"

    def _file(self, page: str) -> str:
        kernel = "kernelspec:" in (ROOT / f"{page}.md").read_text(encoding="utf-8")[:500]
        return f"{page.rsplit('/', 1)[-1]}.{'ipynb' if kernel else 'md'}"

    def _address(self, place: Place) -> str:
        # Jupyter leads to headings, by their text, and to nothing else
        heading = re.sub(r"[\s]+", "-", re.sub(r"[`*]", "", place.heading))
        heading = heading.replace("(", "%28").replace(")", "%29")
        return f"{'' if place.page == self.page else self._file(place.page)}#{heading}"

    def _mentions(self, text: str) -> str:
        kept = re.compile(rf"{_MATHS.pattern}|\[[^\[\]]*\]\([^()]*\)|^#+ .*$|\*\*Fig\. [^*]*\*\*",
                          re.DOTALL | re.MULTILINE)  # fmt: skip
        return self._outside(kept, text, self._linked)

    def _linked(self, text: str) -> str:
        return "".join(linked(text, self._link_to))

    def _link_to(self, label: str, words: str) -> str | None:
        known = places(ROOT)
        return f"[{words}]({self._address(known[label])})" if label in known else None
