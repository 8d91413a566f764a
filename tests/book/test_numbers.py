"""Numbers in words and digits: each comes from a cell, or is the paper's, or is mathematics.

The lint reads prose, captions and alternative texts of the pages, and the notes of the ledger.
What stands in a formula, in code, in a link or in a glue role is no finding; nor are the
numbers of equations, figures, sections and footnotes, and the short list `ALLOWED`. What is
left is a finding, and there must be none.
"""

import re

import pytest

from cifcore.book.ledger import read
from tools.files import ROOT

BOOK = ROOT / "book"

# a single digit is a label or a count, like "three"
_DIGITS = r"(?<![\w.^_{\\-])(?:\d[\d.,]*\d(?:e[-+]?\d+)?(?:\s?%)?|\d\s?%|\de[-+]?\d+)"
_WORDS = (
    r"(?:a|one) third(?! (?:pulse|one|time|way|position))",
    r"(?:a|one) (?:quarter|fifth|sixth|seventh|eighth|ninth|tenth|hundredth|thousandth)",
    r"(?:two|three|four|five|seven|eight|nine) (?:fifths|sixths|thirds|quarters|tenths)",
    r"(?:one|two|three|four|several|many) (?:to (?:two|three|four) )?"
    r"(?:orders|times|tens|hundreds|thousands)",
    r"(?:five|six|seven|eight|nine|ten|twenty|fifty|hundred|thousand) times",
    r"(?:hundredths|thousandths|millionths) of",
    r"half|halves|halved|twice|thrice|doubled?|triple|tenfold|hundredfold|dozens?",
    r"tens of|hundreds of|thousands of|per cent|percent|orders? of magnitude",
    r"ten|eleven|twelve|(?:thir|four|fif|six|seven|eigh|nine)teen|hundreds?|thousands?|[bm]illions?",
    r"(?:twen|thir|for|fif|six|seven|eigh|nine)ty(?:-\w+)?|a (?:twen|thir|for|fif|six)tieth",
    r"(?:two|three|four|five|six|seven|eight|nine|many|several)-?fold",
    r"(?:one|two|three|four|five|six|seven|eight|nine) (?:in|out of) (?:two|three|four|five|ten)",
)
NUMBER = re.compile(rf"{_DIGITS}|\b(?:{'|'.join(_WORDS)})\b", re.IGNORECASE)

PLACES = re.compile(
    r"\b(?:Figs?|Figures?|Eqs?|Equations?|Secs?|Sections?|Refs?|[Ff]ootnotes?|App|Appendix|panels?"
    r"|rows?|lines?|page|volume|Rev|Lett)\b\.?\s*"
    r"(?:[A-Z]?\d+(?:\([a-f](?:[,-]\s?[a-f])*\))?|[IVX]+(?: [A-E])?)"
    r"(?:\s?(?:,|and|to|or|-|/|=)\s?(?:[A-Z]?\d+(?:\([a-f](?:[,-]\s?[a-f])*\))?))*",
)

ALLOWED = re.compile(
    r"half[- ]chains?|half[- ]widths?|half of (?:all|the (?:cycle|period|story))"
    r"|(?:first|second|other|each|one|upper|lower|left|right|negative|positive) hal(?:f|ves)\b"
    r"|double[- ](?:well|peak\w*)|half (?:a|the) (?:kick|drift|period|swing|usual)|half swings?"
    r"|C_?\{?60\}?|Python 3[.\d]*|twelve digits|several times|many times|at the paper"
    # criteria and settings that a page chooses
    r"|ten times\s+(?:as the barrier|higher|ten to)|five times stiffer|ten thousand times"
    r"|(?:to|by more than|at least|is|ask for) a twentieth|a twentieth of the window"
    r"|one in twenty|ten years|(?:barrier (?:of|over)|our|# )\s*ten"
    r"|twice (?:the bound|that with both spins)",
    re.IGNORECASE,
)

QUOTED = {
    # parameters and results that the paper states, in gamma0 and a where it gives no unit
    *("0.1", "0.16", "0.2", "0.3", "0.5", "0.6", "0.7", "0.05", "0.02", "0.01", "0.15", "0.23"),
    *("3.88", "2.5", "22", "110", "140", "58", "1.5", "1500", "1000", "2e-4", "1e-3", "2e-3"),
    *("1.3e-3", "0", "1"),
}
"""Numbers quoted from the paper, free to be typed anywhere."""


def readable(source: str) -> list[tuple[int, str]]:
    """Lines of a page's prose, captions and alternative texts, with their numbers.

    Code is blanked, and of a figure's cell only caption and alternative text are kept.
    """
    text = re.sub(r"\A---\n.*?\n---\n", lambda m: "\n" * m[0].count("\n"), source, flags=re.S)

    def told(cell: re.Match[str]) -> str:
        body = cell[0].split("\n")
        kept, caption = [], None
        for line in body:
            indent = len(line) - len(line.lstrip())
            if caption is not None and line.strip() and indent > caption:
                kept.append(line)
                continue
            caption = indent if re.match(r"\s+caption: \|", line) else None
            found = re.match(r"\s+alt: (.*)", line)
            kept.append(found[1] if found else "")
        return "\n".join(kept)

    text = re.sub(r"^```\{code-cell\}.*?^```$", told, text, flags=re.S | re.M)
    text = re.sub(r"^(`{3,}|:{3,}).*?^\1$", _directive, text, flags=re.S | re.M)
    blank = (r"\$\$.*?\$\$", r"\$[^$]*\$", r"\{[\w:]+\}`[^`]*`", r"`[^`]*`", r"\]\([^)]*\)")
    for pattern in (*blank, r"<[^>]*>", r"https?://\S+"):
        text = re.sub(pattern, lambda m: " " + "\n" * m[0].count("\n"), text, flags=re.S)
    return [(i, line) for i, line in enumerate(text.split("\n"), 1) if line.strip()]


def _directive(found: re.Match[str]) -> str:
    """Admonitions are prose; formulas, scenes and code are not."""
    if re.match(r"[`:]{3,}\{(admonition|note|tip|warning|dropdown)", found[0]):
        return re.sub(r"^[`:]{3,}.*$|^:\w+:.*$", "", found[0], flags=re.M)
    return "\n" * found[0].count("\n")


def findings(lines: list[tuple[int, str]]) -> list[str]:
    """What looks like a number of ours, with its line."""
    out = []
    for number, line in lines:
        clean = ALLOWED.sub(" ", PLACES.sub(" ", re.sub(r"^\s*\d+\. ", "", line)))
        for found in NUMBER.finditer(clean):
            if found[0].rstrip(".,") not in QUOTED:
                near = clean[max(0, found.start() - 30) : found.end() + 20]
                out.append(f"line {number}: {found[0]!r} in '{' '.join(near.split())}'")
    return out


def pages() -> list[str]:
    # what only reports versions, licences or how the book is built speaks of other numbers
    other = {"guide", "performance", "licences", "references", "status", "api"}
    return sorted(path.stem for path in BOOK.glob("*.md") if path.stem not in other)


@pytest.mark.parametrize("page", pages())
def test_no_page_types_a_number_of_its_own(page):
    found = findings(readable((BOOK / f"{page}.md").read_text(encoding="utf-8")))
    assert not found, "\n".join(found)


def test_no_note_of_the_ledger_types_a_number_of_its_own():
    for claim in read():
        note = re.sub(r"\{[a-z][a-z0-9_]*:[^{}]*\}|\$[^$]*\$", " ", claim.note)
        assert findings([(0, note)]) == [], claim.id


def test_the_lint_finds_numbers_and_words_and_leaves_places_alone():
    source = """---
title: 77
---
It falls to 0.123 of it, by 12 %, a fifth, two orders of magnitude, and is halved.
It is a hundred times wider, threefold in nine in ten of twenty-one runs, by orders of magnitude.
By {glue:text}`x:.2f` and $x = 17$ in Fig. 7(b), Eqs. 12 and 13, Sec. III E, with 0.16.

```{code-cell} ipython3
---
mystnb:
  figure:
    caption: |
      A bar of 99 pieces.
  image:
    alt: It rises to 0.84.
---
print(88)
```
"""
    words = [re.search(r"'([^']*)'", each)[1] for each in findings(readable(source))]
    assert words == [
        "0.123",
        "12 %",
        "a fifth",
        "two orders",
        "halved",
        "hundred times",
        "threefold",
        "nine in ten",
        "twenty-one",
        "orders of magnitude",
        "99",
        "0.84",
    ]
    assert findings(readable(source))[0].startswith("line 4: ")
