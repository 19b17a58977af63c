"""The tracked files of the repository, read once."""

import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that git tracks or would track."""
    listing = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(path for line in listing.stdout.splitlines() if (path := ROOT / line).is_file())


@cache
def python_sources() -> tuple[Path, ...]:
    """The program's own Python files."""
    return tuple(path for path in tracked() if path.suffix == ".py" and path.is_relative_to(ROOT / "market"))


def name(path: Path) -> str:
    """Path from the root."""
    return path.relative_to(ROOT).as_posix()
