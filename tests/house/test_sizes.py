"""Files and functions stay small; what is over the aim may only shrink (style rule 1)."""

import ast
import json

from tests.house.tree import ROOT, name, python_sources

AIM_FILE, MAX_FILE = 300, 400
MAX_FUNCTION = 70
RATCHET = ROOT / "tests" / "house" / "sizes.json"


def test_no_file_is_too_long_and_none_over_the_aim_grows() -> None:
    ratchet: dict[str, int] = json.loads(RATCHET.read_text(encoding="utf-8"))
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_sources()}
    too_long = {file: size for file, size in sizes.items() if size > MAX_FILE}
    grown = {file: size for file, size in sizes.items() if size > max(AIM_FILE, ratchet.get(file, 0))}
    assert not too_long
    assert not grown, "split by noun, or shrink: " + str(grown)


def test_the_ratchet_lists_only_what_is_still_over_the_aim() -> None:
    ratchet: dict[str, int] = json.loads(RATCHET.read_text(encoding="utf-8"))
    sizes = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in python_sources()}
    assert {file: sizes.get(file) for file in ratchet} == ratchet, "write the smaller numbers into sizes.json"


def test_no_function_is_too_long() -> None:
    too_long = {}
    for path in python_sources():
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                length = (node.end_lineno or node.lineno) - node.lineno + 1
                if length > MAX_FUNCTION:
                    too_long[f"{name(path)}:{node.name}"] = length
    assert not too_long
