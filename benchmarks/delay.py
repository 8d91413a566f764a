"""What the chapter on the electrons' delay takes from long runs: `python -m benchmarks.delay`.

Scattering states followed in time (`cifcore.motion.ehrenfest`) at several masses, against frozen
electrons with and without friction. The time it takes on one core is written with the results, to
book/data/delay.json.
"""

from __future__ import annotations

import json
import time
from typing import Any

from cifcore.book.evidence import delay
from cifcore.book.evidence.validity import LIGHT
from cifcore.book.published import write_whole

CASES = (("2b", 0.1), ("2b", 0.2), ("7", 0.16), ("7", 0.2), ("8", 0.5), ("9", 0.16))
MASSES = {"2b": (250.0, 1000.0, 4000.0, 16000.0), "7": (16.0, 62.5, 250.0, 4000.0, 16000.0)}


def main() -> None:
    begin = time.process_time()
    table: dict[str, Any] = {"cases": [delay.compare(*case) for case in CASES]}
    for figure, masses in MASSES.items():
        table["cases"] += [delay.compare(figure, 0.16, M) for M in masses]
        print(figure, round(time.process_time() - begin), "s", flush=True)
    table["edges"] = [delay.edges(f, M) for f in MASSES for M in (250.0, LIGHT, 4000.0)]
    table["seconds"] = round(time.process_time() - begin)
    write_whole(delay.DATA, json.dumps(table, indent=1) + "\n")


if __name__ == "__main__":
    main()
