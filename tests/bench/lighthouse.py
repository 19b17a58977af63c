"""`make lighthouse`: the main pages on a simulated cheap phone with slow 4G, against their targets; one table, exit code 1 below.

Lighthouse is fetched by npx at a pinned version when it is asked for: it has some hundred packages that nobody needs for building
or testing. It drives the system's Chromium and downloads no browser."""

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from urllib.parse import quote

from rich.console import Console
from rich.table import Table

from tests.browser.conftest import chromium_path
from tests.house.tree import ROOT

VERSION = "13.5.0"
TARGETS = {"performance": 95, "accessibility": 100, "best-practices": 100, "seo": 95}
METRICS = (
    "first-contentful-paint",
    "largest-contentful-paint",
    "total-blocking-time",
    "cumulative-layout-shift",
    "speed-index",
)
MOST_SHIFT = 0.02
READY_S = 240
out = Console(width=160)


def town(folder: Path, port: int) -> subprocess.Popen[bytes]:
    """A demo of its own, ready."""
    log = folder / "log"
    demo = subprocess.Popen(
        [sys.executable, "-m", "market", "demo", "--port", str(port), "--data-dir", str(folder / "data")],
        cwd=ROOT, stdout=log.open("wb"), stderr=subprocess.STDOUT, env={**os.environ, "MARKET_LOG_LEVEL": "warning"},
    )  # fmt: skip
    deadline = time.monotonic() + READY_S
    while b"is ready" not in log.read_bytes():
        if demo.poll() is not None or time.monotonic() > deadline:
            demo.kill()
            sys.exit("the demo did not start:\n" + log.read_text()[-2000:])
        time.sleep(0.5)
    return demo


def pages(address: str) -> dict[str, str]:
    with urllib.request.urlopen(f"{address}/api/search?kind=service&q={quote('晨间瑜伽课')}") as answer:
        listing = json.load(answer)["items"][0]["id"]
    return {
        "home": "/",
        "search": f"/search?q={quote('瑜伽')}",
        "listing": f"/listings/{listing}",
        "fund": "/funds/liuyuan-development",
    }


def measure(url: str, folder: Path) -> dict[str, object]:
    """One run of Lighthouse as JSON."""
    report = folder / "report.json"
    subprocess.run(
        ["npx", "--yes", f"lighthouse@{VERSION}", url, "--quiet", "--output=json", f"--output-path={report}",
         "--form-factor=mobile", "--throttling-method=simulate", f"--only-categories={','.join(TARGETS)}",
         "--chrome-flags=--headless=new --no-sandbox --disable-gpu"],
        check=True, cwd=ROOT / "frontend", env={**os.environ, "CHROME_PATH": chromium_path() or ""},
    )  # fmt: skip
    return dict(json.loads(report.read_text()))


def shown(found: dict[str, dict[str, object]], misses: list[str]) -> None:
    table = Table("page", *TARGETS, *METRICS)
    for name, report in found.items():
        scores = {each: round(100 * (report["categories"][each]["score"] or 0)) for each in TARGETS}
        audits = report["audits"]
        table.add_row(
            name, *(str(each) for each in scores.values()), *(str(audits[each]["displayValue"]) for each in METRICS)
        )
        misses += [
            f"{name}: {each} {score} < {TARGETS[each]}" for each, score in scores.items() if score < TARGETS[each]
        ]
        shift = float(audits["cumulative-layout-shift"]["numericValue"])
        misses += [f"{name}: layout shift {shift:.3f}"] if shift > MOST_SHIFT else []
        for kind in TARGETS:
            for audit in report["categories"][kind]["auditRefs"]:
                it = audits[audit["id"]]
                if audit["weight"] and it["score"] is not None and it["score"] < 0.9:
                    misses.append(f"  {name} {kind}: {it['title']} {it.get('displayValue', '')}")
    out.print(table)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--address", help="a town that runs already, e.g. http://localhost:8000")
    chosen = options.parse_args()
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        demo = None
        address = chosen.address
        if not address:
            with socket.socket() as probe:
                probe.bind(("127.0.0.1", 0))
                port = probe.getsockname()[1]
            demo = town(folder, port)
            address = f"http://localhost:{port}"
        try:
            found = {name: measure(address + path, folder) for name, path in pages(address).items()}
        finally:
            if demo:
                demo.send_signal(signal.SIGINT)
                demo.wait(30)
    misses: list[str] = []
    shown(found, misses)
    for miss in misses:
        out.print(miss)
    sys.exit(1 if any(not miss.startswith("  ") for miss in misses) else 0)


if __name__ == "__main__":
    main()
