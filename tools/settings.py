"""Mistakes in ``_config.yml`` and ``_toc.yml``, by line or field, before anything is built.

What may stand in them is Jupyter Book's own: its defaults, its schema and its reader.
"""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml
from jsonschema import Draft7Validator
from sphinx_external_toc.parsing import MalformedError, parse_toc_yaml

from tools.files import ROOT

SILENT = {"project"}
"""What Jupyter Book takes, but has no default for."""


def problems(root: Path = ROOT) -> list[str]:
    """Everything wrong with the two files, one line each."""
    found = []
    for name, check in (("_config.yml", _config), ("_toc.yml", _contents)):
        try:
            found += [f"{name}: {what}" for what in check(root / name)]
        except yaml.MarkedYAMLError as error:
            line = f", line {error.problem_mark.line + 1}" if error.problem_mark else ""
            found.append(f"{name}{line}: not valid YAML: {error.problem}")
    return found


def _config(path: Path) -> list[str]:
    given = yaml.safe_load(path.read_text(encoding="utf-8"))
    own = files("jupyter_book")
    known = yaml.safe_load(own.joinpath("default_config.yml").read_text(encoding="utf-8"))
    schema = json.loads(own.joinpath("config_schema.json").read_text(encoding="utf-8"))
    found = [f"unknown setting {name}" for name in _unknown(given, known)]
    for error in Draft7Validator(schema).iter_errors(given):
        found.append(f"{'.'.join(map(str, error.path))}: {error.message}")
    return found


def _unknown(given: dict[str, Any], known: dict[str, Any]) -> list[str]:
    found = [name for name in given if name not in {*known, *SILENT}]
    for section, inside in known.items():
        if isinstance(inside, dict) and isinstance(given.get(section), dict):
            found += [f"{section}.{name}" for name in given[section] if name not in inside]
    return found


def _contents(path: Path) -> list[str]:
    try:
        pages = parse_toc_yaml(path)
    except MalformedError as error:
        return [str(error)]
    kinds = (".md", ".ipynb")
    return [
        f"there is no page {name}"
        for name in pages
        if not any((path.parent / f"{name}{kind}").exists() for kind in kinds)
    ]
