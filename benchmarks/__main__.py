"""Speed and memory, side by side with what one would use instead.

    python -m benchmarks [NAME ...]

Needs the environments of benchmarks/environment.py, which `make bench` makes. Writes
book/data/performance.json, which the chapter "Performance" shows.
"""

from __future__ import annotations

import argparse
import importlib
import json
import os
import platform
import subprocess
import sys
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from benchmarks.environment import KWANT
from benchmarks.timing import measure
from cifcore.book.published import write_whole
from tools.files import ROOT

OUT = ROOT / "book" / "data" / "performance.json"
ALL = ("kernels", "statics", "dynamics", "many", "exact", "growth")
PACKAGES = "cifcore numpy scipy jax diffrax numba sdeint torch torchsde".split()


def environment() -> dict[str, Any]:
    """Machine, versions and date."""
    processor = platform.processor() or platform.machine()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [line for line in info.read_text().splitlines() if line.startswith("model name")]
        processor = names[0].split(":", 1)[1].strip() if names else processor
    versions = {"python": platform.python_version()}
    for package in PACKAGES:
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            versions[package] = "missing"
    told = (
        "from importlib.metadata import version as v; print(v('kwant'), 'with numpy', v('numpy'))"
    )
    asked = subprocess.run([KWANT / "bin" / "python", "-c", told], capture_output=True, text=True)
    versions["kwant"] = asked.stdout.strip() or "missing"
    return {
        "date": datetime.now(UTC).date().isoformat(),
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "system": platform.system(),
        "versions": versions,
    }


def show(row: dict[str, Any]) -> None:
    print(f"\n{row['name']}: {row['work']}")
    print(f"  cifcore  {row['seconds']:.4g} s, error {row['error']:.1e}, {row['note']}")
    for peer in row["peers"]:
        goal = f"goal {peer['goal']:g}" if peer["goal"] else ""
        print(
            f"  {peer['peer']:34} {peer['seconds']:9.4g} s  x {peer['ratio']:.4g} "
            f"({peer['ratio_low']:.3g} to {peer['ratio_high']:.3g}) {goal}, "
            f"error {peer['error']:.1e}, {peer['note']}"
        )


def measured(names: list[str]) -> dict[str, Any]:
    """The table of before, with what these modules measure now in its place."""
    table: dict[str, Any] = json.loads(OUT.read_text()) if OUT.exists() else {"cases": {}}
    for name in names:
        if name == "growth":
            table["growth"] = importlib.import_module("benchmarks.growth").growth()
            continue
        for case in importlib.import_module(f"benchmarks.{name}").cases():
            row = measure(case) | {"date": datetime.now(UTC).date().isoformat()}
            show(row)
            table["cases"][row["name"]] = row
    return table


def run(names: list[str]) -> None:
    """Measure, alone on the machine as far as we can tell, and write all at the end."""
    table = measured(names) | {"environment": environment()}
    write_whole(OUT, json.dumps(table, indent=1) + "\n")


def main() -> int:
    parser = argparse.ArgumentParser(description="Speed side by side with other packages.")
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(ALL)}; or all")
    names = parser.parse_args().names or list(ALL)
    if unknown := set(names) - set(ALL):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    try:
        import jax

        jax.config.update("jax_enable_x64", True)
    except ImportError:
        print("some peers are missing: see benchmarks/requirements.txt", file=sys.stderr)
        return 1
    run(names)
    return 0


if __name__ == "__main__":
    sys.exit(main())
