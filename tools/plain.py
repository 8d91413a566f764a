"""A chapter's text as plain Markdown, which every Jupyter shows without an extension.

The text sources are written in MyST: directives, roles, macros, numbers from cells. The
notebook made of one has the same code cells and outputs, and text in which all of this is
worked out: equations with their numbers, references as words with links, captions under
figures. (jupyterlab-myst sets the equations, but knows none of the macros.)
"""

import re
from collections import Counter
from hashlib import sha256
from typing import Any

import nbformat
from nbformat import NotebookNode
from pybtex.database import parse_file

from book._ext.cif_numbers import linked, places
from cifcore.book.published import told
from tools.files import ROOT
from tools.formulas import macros

SCENE = """On the web a scene to play with stands here. In a new cell it is

```python
from cifcore.book.scenes.widgets import explore

explore("{}")
```"""
_ENTRIES = parse_file(ROOT / "book" / "references.bib").entries
_BLOCK = re.compile(
    r"^(?P<fence>`{3,}|:{3,})\{(?P<name>[\w:-]+)\} *(?P<title>.*)\n"
    r"(?P<options>(?::[\w-]+:.*\n)*)(?P<inside>(?:.*\n)*?)(?P=fence) *$",
    re.MULTILINE,
)
_CODE = r"^```.*\n(?:.*\n)*?``` *$|`[^`]+`"
_LINK = r"\[([^\[\]]*)\]\(([^()\s]+)\)"
_REFERENCE = re.compile(rf"\{{([\w:]+)\}}`([^`]+)`|{_CODE}|(?<!!){_LINK}", re.MULTILINE)
# formulas, code, links, headings and captions
_MENTIONS_NOTHING = re.compile(
    rf"({_CODE}|\$\$(?s:.)+?\$\$|(?<!\\)\$[^$]+\$|\[[^\[\]]*\]\([^()]*\)|^#+ .*$"
    r"|\*\*Fig\. [^*]*\*\*)",
    re.MULTILINE,
)


def plain(notebook: NotebookNode, page: str) -> NotebookNode:
    """The notebook with its text worked out; `page` is its name as in the table of contents."""
    teller = _Teller(page, told(notebook))
    cells, seen = [], Counter[str]()
    for cell in map(nbformat.from_dict, notebook.cells):
        cells.append(cell)
        tags, figure = cell.metadata.get("tags", []), cell.metadata.get("mystnb", {}).get("figure")
        if cell.cell_type == "markdown":
            cell.source = teller.text(cell.source)
        elif {"hide-input", "hide-cell"}.intersection(tags):
            shown = {"outputs_hidden": True} if "solution" in tags else {}
            cell.metadata["jupyter"] = {"source_hidden": True, **shown}
        if figure is not None:
            caption = teller.caption(figure["name"], figure["caption"].strip())
            cells.append(nbformat.v4.new_markdown_cell(caption, metadata={"tags": ["caption"]}))
    for cell in cells:
        content = sha256(f"{cell.cell_type}\n{cell.source}".encode()).hexdigest()[:12]
        seen[content] += 1
        cell["id"] = f"{content}-{seen[content]}"
    return nbformat.from_dict({**notebook, "cells": cells})


def _cited(key: str) -> str:
    entry = _ENTRIES[key]
    names = [" ".join(person.last_names) for person in entry.persons["author"]]
    who = names[0] + " et al." if len(names) > 2 else " and ".join(names)
    words, doi = f"{who} {entry.fields['year']}", entry.fields.get("doi")
    return f"[{words}](https://doi.org/{doi})" if doi else words


def _file(page: str) -> str:
    """What Jupyter opens as a page."""
    notebook = ROOT / f"{page}.ipynb"
    return notebook.name if notebook.exists() else f"{notebook.stem}.md"


class _Teller:
    """Puts the text of one page into plain words."""

    def __init__(self, page: str, values: dict[str, Any]) -> None:
        self.page, self.values = page, values

    def text(self, source: str) -> str:
        source = re.sub(r"^\([\w-]+\)=\n", "", source, flags=re.MULTILINE)
        while (done := _BLOCK.sub(self._block, source)) != source:
            source = done
        source = _REFERENCE.sub(self._reference, source)
        named = rf"\\({'|'.join(macros())})(?![A-Za-z])"
        source = re.sub(named, lambda macro: f"{{{macros()[macro[1]]}}}", source)
        parts = _MENTIONS_NOTHING.split(source)
        parts[::2] = ["".join(linked(part, self._mention)) for part in parts[::2]]
        return "".join(parts)

    def caption(self, figure: str, words: str) -> str:
        return self.text(f"**Fig. {self._known(figure).number}.** {words}")

    def _known(self, name: str) -> Any:
        """The place of a label, or what a cell handed to the text."""
        found = places(ROOT).get(name, self.values.get(name))
        if found is None:
            raise ValueError(f"{self.page}: nothing is called {name}")
        return found

    def _block(self, found: re.Match[str]) -> str:
        title, inside = found["title"].strip(), found["inside"].strip("\n")
        options = dict(re.findall(r":([\w-]+): *(.*)\n", found["options"]))
        match found["name"]:
            case "math":
                label = options.get("label")
                tag = f"\n\\tag{{{self._known(label).number}}}" if label else ""
                return f"$$\n{inside}{tag}\n$$"
            case "scene":
                return SCENE.format(title)
            case "cell":
                code, _, _ = inside.partition("\n# check\n")
                code = f"```python\n{code}\n```"
                return f"**{title}.** On the web this code runs in the page.\n\n{code}"
            case "figure":
                return f"![{options['alt']}]({title})\n\n{self.caption(options['name'], inside)}"
            case name:
                title = title or name.capitalize()
                inside = f"**{title}{'' if title.endswith('?') else '.'}** {inside}"
                return "\n".join(f"> {line}".rstrip() for line in inside.splitlines())

    def _reference(self, found: re.Match[str]) -> str:
        role, content, words, target = found.groups()
        if role:
            return self._role(role, content)
        made = target and self._mention(target, words)
        return _REFERENCE.sub(self._reference, made) if made else found[0]

    def _role(self, role: str, content: str) -> str:
        explicit = re.fullmatch(r"(.*?)\s*<([^<>]+)>", content, re.DOTALL)
        words, target = explicit.groups() if explicit else ("", content)
        match role.split(":"):
            case ["glue", "text"]:
                name, _, form = content.partition(":")
                return format(self._known(name), form)
            case ["cite"]:
                return f"({', '.join(_cited(key.strip()) for key in content.split(','))})"
            case ["doc"]:
                text = (ROOT / "book" / f"{target}.md").read_text(encoding="utf-8")
                title = re.findall(r"^# (.+)$", text, re.MULTILINE)[0]
                return f"[{words or title}]({_file(f'book/{target}')})"
            case ["py", _]:
                return f"`{words or target.lstrip('~').rpartition('.')[2]}`"
            case ["eq" | "numref" | "ref"]:
                number = self._known(target).number
                form = {"eq": "Eq. ({})", "numref": "Fig. {}", "ref": "{}"}[role]
                return f"[{words or form.format(number)}]({self._address(target)})"
        raise ValueError(f"{self.page}: no plain form of the role {role}")

    def _address(self, label: str) -> str:
        # Jupyter leads to headings, by their text, and to nothing else
        place = self._known(label)
        heading = re.sub(r"\s+", "-", re.sub(r"[`*]", "", place.heading))
        heading = heading.replace("(", "%28").replace(")", "%29")
        return f"{'' if place.page == self.page else _file(place.page)}#{heading}"

    def _mention(self, label: str, words: str) -> str | None:
        return f"[{words}]({self._address(label)})" if label in places(ROOT) else None
