"""Every example is executed: in the docstrings of the package, the guide and the README."""

from __future__ import annotations

import doctest
import importlib
import inspect
import pkgutil
import re

import pytest

import cifcore
from tools.files import ROOT

MODULES = [found.name for found in pkgutil.walk_packages(cifcore.__path__, "cifcore.")]


@pytest.mark.parametrize("name", [name for name in MODULES if name != "cifcore.__main__"])
def test_examples_of_a_module(name: str) -> None:
    assert doctest.testmod(importlib.import_module(name)).failed == 0


@pytest.mark.parametrize("name", cifcore.__all__)
def test_every_exported_name_has_an_example(name: str) -> None:
    text = inspect.getdoc(getattr(cifcore, name))
    section = re.search(r"^Examples\n-+\n(.*)", text or "", re.MULTILINE | re.DOTALL)
    assert section is not None
    examples = doctest.DocTestParser().get_examples(section[1])
    assert any(example.want for example in examples)


def test_examples_of_the_guide() -> None:
    blocks = re.findall(r"```python\n(.*?)```", text_of("book/guide.md"), re.DOTALL)
    assert len(blocks) > 5
    test = doctest.DocTestParser().get_doctest("\n".join(blocks), {}, "guide.md", None, 0)
    assert doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE).run(test).failed == 0


def test_example_of_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    (block,) = re.findall(r"```python\n(.*?)```", text_of("README.md"), re.DOTALL)
    exec(block, {})
    assert capsys.readouterr().out.count("True") == 2


def text_of(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")
