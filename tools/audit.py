"""Ask the registries whether anything locked has a known weakness.

python -m tools.audit [python | npm]
"""

from __future__ import annotations

import argparse
import subprocess
import sys

from tools import node
from tools.environment import UV
from tools.files import ROOT
from tools.lock import LOCK

PIP_AUDIT = "pip-audit==2.10.1"


def main() -> int:
    parser = argparse.ArgumentParser(description="Look for known weaknesses of what is locked.")
    parser.add_argument("what", nargs="?", choices=("python", "npm"), help="both without it")
    what = parser.parse_args().what
    python = [str(UV), "tool", "run", "--quiet", "--python", sys.executable, PIP_AUDIT]
    # the lock is complete and hashed: nothing needs to be resolved or installed
    python += ["--strict", "--disable-pip", "--require-hashes", "-r", str(LOCK)]
    commands = {"python": python, "npm": [*node.command("npm"), "audit"]}
    chosen = [commands[what]] if what else list(commands.values())
    return max(subprocess.run(command, cwd=ROOT, check=False).returncode for command in chosen)


if __name__ == "__main__":
    sys.exit(main())
