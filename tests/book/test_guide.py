"""The guide says what is so: its messages occur, its commands exist, its ports are looked after."""

from __future__ import annotations

import re
import socket

import pytest

from tools import book
from tools.files import ROOT

GUIDE = (ROOT / "book" / "guide.md").read_text(encoding="utf-8")
SPEAKING = ("Makefile", "tools/*.py", "cifcore/**/*.py", "book/_static/scenes/*.js")
"""What says something to whoever runs or reads the book."""


def messages() -> list[str]:
    """The first column of the table of troubles, without its marks."""
    rows = re.findall(r"^\| (.+?) \| .+ \|$", GUIDE, re.MULTILINE)[1:]
    return [found for row in rows for found in re.findall(r"[`*]([^`*]+)[`*]", row)]


def test_there_are_messages() -> None:
    assert len(messages()) > 10


@pytest.mark.parametrize("message", messages())
def test_each_message_occurs(message: str) -> None:
    sources = "\n".join(
        path.read_text(encoding="utf-8") for pattern in SPEAKING for path in ROOT.glob(pattern)
    )
    parts = [part.strip() for part in re.split(r"\.\.\.|NAME", message)]
    assert any(len(part) > 7 for part in parts), "too little to be found by"
    assert [part for part in parts if part not in sources] == []


def test_each_command_exists() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))
    named = set(re.findall(r"(?:`|^)make ([a-z-]+)", GUIDE, re.MULTILINE))
    assert {"book", "serve", "test", "chapters"} <= named
    assert named - targets == set()


def test_a_port_in_use_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        assert book.serve(port) == 1
    assert capsys.readouterr().err == f"port {port} is in use: make serve PORT={port + 1}\n"
