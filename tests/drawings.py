"""Whether two drawings are the same: structure and words exact, places to a hundredth of a point.

Names made of digests count as names only; embedded pictures may differ by two levels of grey.
"""

from __future__ import annotations

import base64
import io
import re

import numpy as np
from PIL import Image

from cifcore.book.figures import COLOURS

TOLERANCE = 0.0151  # points: a hundredth, and the rounding to two decimals of what is written
GREY = 2  # levels of 255, of a picture within a drawing
COARSE = 24  # the same for a PNG in few colours beside one in all, averaged over 8 x 8 pixels

_PLACES = re.compile(
    r'(?<=translate\()[^)]*|(?<= (?:d|x|y)=")[^"]*|(?<= width=")[^"]*|(?<= height=")[^"]*'
    r'|(?<=;base64,)[^"]*'
)
_NEEDLESS = re.compile(
    r'\s*<metadata>.*?</metadata>|\s*<style type="text/css">\*\{[^}]*\}</style>', re.DOTALL
)
_NAME = re.compile(r"\b(?:[a-z]+|C\w+_)?[0-9a-f]{10}\b")
_NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:e-?\d+)?")
_PNG = re.compile(r"iVBORw0KGgo[A-Za-z0-9+/=\s]+")


class Drawing(str):
    """An output that shows something: equal to another if they show the same."""

    def __eq__(self, other: object) -> bool:
        return not difference(self, str(other))

    def __ne__(self, other: object) -> bool:
        return not self == other

    __hash__ = str.__hash__


def is_drawing(told: object) -> bool:
    """Whether an output is an SVG or a PNG in base 64."""
    return isinstance(told, str) and (
        told.lstrip().startswith(("<?xml", "<svg")) or _PNG.fullmatch(told.strip()) is not None
    )


def difference(one: str, two: str) -> str:
    """In which way two drawings differ; nothing if they do not."""
    if str.__eq__(one, two):
        return ""
    if not ("<svg" in one and "<svg" in two):
        return _apart(*_few(_picture(one), _picture(two)), COARSE)
    (frame, places), (other, there) = _parts(one), _parts(two)
    if frame != other:
        pairs = zip(frame.split("\n"), other.split("\n"), strict=False)
        first = next((f"{a.strip()[:150]} | {b.strip()[:150]}" for a, b in pairs if a != b), "")
        return f"structure or words: {first}"
    for a, b in zip(places, there, strict=True):
        picture = a.lstrip().startswith("iVBOR") and b.lstrip().startswith("iVBOR")
        found = _apart(_picture(a), _picture(b), GREY) if picture else _displaced(a, b)
        if found:
            return found
    return ""


def _parts(svg: str) -> tuple[str, list[str]]:
    """The drawing without its places, names counted; and the places."""
    svg = _NEEDLESS.sub("", svg[svg.index("<svg") :]).strip()
    places: list[str] = _PLACES.findall(svg)
    known: dict[str, str] = {}
    named = lambda found: known.setdefault(found[0], f"name-{len(known)}")  # noqa: E731
    return _NAME.sub(named, _PLACES.sub("", svg)), places


def _displaced(one: str, two: str) -> str:
    if _NUMBER.sub("", one).split() != _NUMBER.sub("", two).split():
        return f"another path: {one[:100]} | {two[:100]}"
    here, there = (np.array(_NUMBER.findall(told), dtype=float) for told in (one, two))
    if len(here) != len(there):
        return f"{len(here)} and {len(there)} numbers: {one[:100]} | {two[:100]}"
    far = float(np.max(np.abs(here - there), initial=0.0))
    return f"{far:.3f} points apart: {one[:100]} | {two[:100]}" if far > TOLERANCE else ""


def _picture(encoded: str) -> Image.Image:
    """A picture on paper; one in few colours stays so."""
    drawn = Image.open(io.BytesIO(base64.b64decode(encoded)))
    if drawn.mode == "P":
        return drawn
    page = Image.new("RGBA", drawn.size, COLOURS["paper"])
    page.alpha_composite(drawn.convert("RGBA"))
    return page.convert("RGB")


def _few(*pictures: Image.Image) -> list[Image.Image]:
    """Pictures in the colours of that which has few, averaged."""
    few = next((each for each in pictures if each.mode == "P"), None)
    mapped = (
        each.quantize(palette=few, dither=Image.Dither.NONE) if few and each.mode != "P" else each
        for each in pictures
    )
    return [each.convert("RGB").reduce(8) for each in mapped]


def _apart(one: Image.Image, two: Image.Image, allowed: int) -> str:
    if one.size != two.size:
        return f"pictures of {one.size} and {two.size} pixels"
    far = int(np.max(np.abs(np.asarray(one, dtype=int) - np.asarray(two, dtype=int))))
    return f"pictures differ by {far} levels of 255" if far > allowed else ""
