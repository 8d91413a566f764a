"""Number figures and equations, the paper's as the paper does, and link every mention of one.

What is labelled ``eq-17``, ``eq-B6`` or ``fig-4`` carries the paper's number wherever it stands
and is referred to. What is ours has another label, and the letters of its page with a count:
Fig. M.2 is the second of ours on the page on the model. "Fig. 4(c)", "Eqs. 14 and 15",
"Appendix B" in running text become links without being written as such.

The numbers come from the text sources alone, so that `tools.plain` writes the same into the
notebooks that people open in Jupyter.
"""

import html
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from docutils import nodes
from sphinx import addnodes
from sphinx.application import Sphinx
from sphinx.domains.math import MathDomain
from sphinx.environment import BuildEnvironment
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util.nodes import make_refnode

SECTIONS = {"Appendix A": "sec-units", "Appendix B": "sec-analytic", "Sec. II": "sec-model"}
"""Where the book has what the paper tells in a part of it."""

_PAPER = re.compile(r"(?:eq|fig)-([A-Z]?\d+[a-z]?)")
_LABELS = re.compile(
    r"^\((?P<section>[\w-]+)\)=\n|^#+ (?P<heading>.+)|^\s*:label: (?P<equation>[\w-]+)"
    r"|^\s*:?name: (?P<figure>fig-[\w-]+)",
    re.MULTILINE,
)
_ITEM = r"\(?[A-Z]?\d+\)?(?:\([a-i](?:[-–, ]+[a-i])*\))?"
MENTION = re.compile(
    rf"(?P<kind>Fig|Eq)(?:\.[ \u00a0]{_ITEM}|s\.[ \u00a0]{_ITEM}(?:(?:, and|,| and| or| to|-|–)"
    rf"[ \u00a0]?{_ITEM})*)(?!\w)|\b(?P<section>{'|'.join(map(re.escape, SECTIONS))})(?![\w.])"
)


@dataclass(frozen=True)
class Place:
    """What a label stands for: its page, number or title, and the heading above it."""

    page: str
    number: str
    heading: str


def letters(pages: list[str]) -> dict[str, str]:
    """Letters of each page's own figures and equations: the first of its name, or more."""
    taken: dict[str, str] = {}
    for page in pages:
        name = page.rsplit("/", 1)[-1]
        initials = "".join(word[0] for word in name.split("-")).upper()
        longer = (name[:size].capitalize() for size in range(2, len(name) + 1))
        free = (each for each in (initials[0], initials, *longer) if each not in taken.values())
        taken[page] = next(free)
    return taken


@cache
def places(root: Path) -> dict[str, Place]:
    """Everything labelled in the book whose table of contents is in a folder."""
    contents = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    pages = [contents["root"]]
    pages += [chapter["file"] for part in contents["parts"] for chapter in part["chapters"]]
    found: dict[str, Place] = {}
    for page, prefix in letters(pages).items():
        found |= _labelled((root / f"{page}.md").read_text(encoding="utf-8"), page, prefix)
    return found


def _labelled(text: str, page: str, prefix: str) -> dict[str, Place]:
    text = re.sub(r"^---\n.*?\n---\n", "", text, count=1, flags=re.DOTALL)
    code = re.compile(r"^```\{code-cell\}.*?\n(---\n.*?\n---\n)?.*?^```$", re.DOTALL | re.MULTILINE)
    text = code.sub(lambda cell: cell[1] or "", text)
    found: dict[str, Place] = {}
    count = {"equation": 0, "figure": 0}
    heading = ""
    waiting: list[str] = []
    for match in _LABELS.finditer(text):
        kind = str(match.lastgroup)
        label = match[kind]
        if kind == "heading":
            heading = label.strip()
            found |= {each: Place(page, heading, heading) for each in waiting}
            waiting = []
        elif kind == "section":
            waiting.append(label)
        else:
            own = _PAPER.fullmatch(label) is None
            count[kind] += own
            number = f"{prefix}.{count[kind]}" if own else label.partition("-")[2]
            found[label] = Place(page, number, heading)
    return found


def mentions(text: str) -> Iterator[tuple[int, int, str]]:
    """Where a text speaks of the paper's figures, equations and parts: start, end and label."""
    for mention in MENTION.finditer(text):
        if mention["section"]:
            yield mention.start(), mention.end(), SECTIONS[mention["section"]]
            continue
        start = mention.start()
        for item in re.finditer(_ITEM, mention[0]):
            number = re.findall(r"[A-Z]?\d+", item[0])[0]
            yield start, mention.start() + item.end(), f"{mention['kind'].lower()}-{number}"
            following = re.search(rf"(?={_ITEM})", mention[0][item.end() :])
            start = mention.start() + item.end() + (following.start() if following else 0)


def linked(
    text: str, link: Callable[[str, str], Any], plain: Callable[[str], Any] = str
) -> list[Any]:
    """The text in pieces: what `link` makes of a label and its words, or nothing, and the rest."""
    parts, done = [], 0
    for start, end, label in mentions(text):
        if made := link(label, text[start:end]):
            parts += [plain(text[done:start]), made]
            done = end
    return [*parts, plain(text[done:])]


class PaperNumbers(MathDomain):
    """The mathematics domain, with the numbers of `places`."""

    def note_equation(
        self, docname: str, labelid: str, location: nodes.Element | None = None
    ) -> None:
        super().note_equation(docname, labelid, location)
        # Sphinx types the number as an integer and only ever writes it out.
        number: Any = places(Path(self.env.srcdir))[labelid].number
        self.equations[labelid] = (docname, number)


def _number_figures(app: Sphinx, env: BuildEnvironment) -> list[str]:
    known = places(Path(env.srcdir))
    for figures in (kinds.get("figure", {}) for kinds in env.toc_fignumbers.values()):
        for label in figures.keys() & known.keys():
            number: Any = tuple(known[label].number.split("."))
            figures[label] = number
    return []


def _list_for_search(app: Sphinx, doctree: nodes.document) -> None:
    """Let a search for "Eq 17", "Fig. 4" or a symbol lead to the place itself."""
    here = app.env.docname
    entries, kinds = [], {"eq-": ("Eq", "Equation", "({})"), "fig": ("Fig", "Figure", "{}")}
    for label, place in places(Path(app.srcdir)).items():
        if place.page == here and label[:3] in kinds:
            (short, long, other), n = kinds[label[:3]], place.number
            said = f"{short}. {n}", f"{short} {n}", f"{short}. {other.format(n)}", f"{long} {n}"
            entries += [(name, _target(label)) for name in said]
    for row in doctree.findall(nodes.row) if here == "book/notation" else ():
        cells = [cell.astext().strip() for cell in row.findall(nodes.entry)]
        if cells[0] and len(cells) == 5 and cells[0] != "Symbol":
            row["ids"].append(nodes.make_id(cells[1]))
            greek = html.unescape(re.sub(r"\\([a-z]+)", r"&\1;", cells[0]))
            letter = re.sub(r"[\\{}_ &;]|rm|mathcal", "", greek)
            entries.append((cells[1], row["ids"][-1]))
            entries += [(letter, row["ids"][-1])] if len(letter) > 1 else []
    listed = [("single", name, to, "main", None) for name, to in dict.fromkeys(entries)]
    doctree.append(addnodes.index(entries=listed))


def _target(label: str) -> str:
    return f"equation-{label}" if label.startswith("eq-") else label


class LinkMentions(SphinxPostTransform):
    """Make links of what running text says of figures, equations and parts of the paper."""

    default_priority = 20  # when references are resolved
    _CODE = (nodes.literal, nodes.literal_block, nodes.raw, nodes.math)
    _KEPT = (*_CODE, nodes.reference, nodes.title)

    def run(self, **kwargs: Any) -> None:
        known = places(Path(self.env.srcdir))
        for text in list(self.document.findall(nodes.Text)):
            inside = [text.parent]
            while inside[-1].parent is not None:
                inside.append(inside[-1].parent)
            if any(isinstance(node, self._KEPT) for node in inside):
                continue
            free = known.keys() - {name for node in inside for name in node.get("ids", [])}

            def link(label: str, words: str, free: set[str] = free) -> nodes.Node | None:
                if label not in free:
                    return None
                page, to, inline = known[label].page, _target(label), nodes.inline("", words)
                return make_refnode(self.app.builder, self.env.docname, page, to, inline)

            parts = linked(str(text), link, nodes.Text)
            if len(parts) > 1:
                text.parent.replace(text, parts)


def setup(app: Sphinx) -> None:
    app.add_domain(PaperNumbers, override=True)
    app.connect("env-get-updated", _number_figures, priority=900)
    app.add_post_transform(LinkMentions)
    app.connect("doctree-read", _list_for_search)
