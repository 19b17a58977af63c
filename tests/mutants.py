"""What `make mutants` found: how many of the broken lines the tests noticed, and which they did not.

The tester is mutmut at a pinned version in a folder of its own (.venv-tools), like Lighthouse: neither build nor tests need it."""

import json
import sys
from collections import Counter

from tests.house.tree import ROOT

LEAST_PERCENT = 90
SURVIVED, UNTESTED = 0, 33


def main() -> int:
    """Print the figure for each file and what survived; 1 when too much did."""
    total: Counter[str] = Counter()
    for file in sorted((ROOT / "mutants" / "market").rglob("*.meta")):
        codes: dict[str, int | None] = json.loads(file.read_text(encoding="utf-8"))["exit_code_by_key"]
        alive = [key for key, code in codes.items() if code in {SURVIVED, UNTESTED, None}]
        total.update(all=len(codes), alive=len(alive))
        if codes:
            killed = len(codes) - len(alive)
            print(
                f"{file.relative_to(ROOT / 'mutants').with_suffix('')}: {killed} of {len(codes)} ({100 * killed / len(codes):.1f} %)"
            )
            print(*(f"  survived: {key}" for key in alive), sep="\n")
    killed = total["all"] - total["alive"]
    percent = 100 * killed / max(1, total["all"])
    print(f"killed: {killed} of {total['all']} ({percent:.1f} %, at least {LEAST_PERCENT} % wanted)")
    return 0 if percent >= LEAST_PERCENT else 1


if __name__ == "__main__":
    sys.exit(main())
