"""python -m cifcore claims [--json]: measure every row of the ledger and print it."""

import argparse
import sys

from cifcore.book.ledger import Ledger, answer


def main(arguments: list[str] | None = None) -> int:
    """Print the ledger; 1 if a verdict no longer follows from its number."""
    parser = argparse.ArgumentParser(prog="python -m cifcore", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    claims = commands.add_parser("claims", help="measure every row of the ledger and print it")
    claims.add_argument("--json", action="store_true", help="as a list of objects")
    options = parser.parse_args(arguments)
    answers = answer()
    if options.json:
        print(Ledger(answers).as_json(), end="")
    else:
        for a in answers:
            print(f"{a.claim.verdict:28} {a.claim.id:28} {a.claim.paper} | ours: {a.ours}")
    broken = [a.claim.id for a in answers if not a.follows]
    if broken:
        print(f"verdicts that no longer follow: {', '.join(broken)}", file=sys.stderr)
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
