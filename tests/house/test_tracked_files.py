"""No registry host, no path of a machine, no secret in any tracked file."""

import re

from tests.house.tree import name, tracked

TEXT = {
    ".py",
    ".ts",
    ".svelte",
    ".js",
    ".json",
    ".toml",
    ".md",
    ".yml",
    ".yaml",
    ".lock",
    ".sql",
    ".css",
    ".html",
    ".txt",
    "",
    ".npmrc",
    ".svg",
}
HOSTS = re.compile(
    r"registry\.npm"
    + r"js|py"
    + r"pi\.org|files\.python"
    + r"hosted|registry\.yarn"
    + r"pkg|crates\."
    + r"io|(extra-)?index-"
    + r"url"
    r"|\"resolved\": *\"https?:"
)
MACHINE_PATHS = re.compile(r"(^|[\s\"'(=])/(work|root|home|Users|farm)/", re.MULTILINE)
SECRETS = re.compile(
    r"sk_" + r"live_[0-9A-Za-z]{8,}|sk_" + r"test_[0-9A-Za-z]{16,}|-----BEGIN [A-Z ]*PRIVATE " + r"KEY-----"
)


def _offenders(pattern: re.Pattern[str]) -> list[str]:
    found = []
    for path in tracked():
        if path.suffix not in TEXT:
            continue
        match = pattern.search(path.read_text(encoding="utf-8", errors="replace"))
        if match:
            found.append(f"{name(path)}: {match.group(0).strip()[:60]}")
    return found


def test_no_file_names_a_registry_host() -> None:
    assert _offenders(HOSTS) == []


def test_no_file_names_a_path_of_a_machine() -> None:
    assert _offenders(MACHINE_PATHS) == []


def test_no_file_holds_a_secret() -> None:
    assert _offenders(SECRETS) == []
