"""Form bodies with nested keys as the SDK sends them: `line_items[0][price_data][currency]=cny` (pure)."""

import re
from typing import Any
from urllib.parse import parse_qsl

MAX_FIELDS = 2000
MAX_DEPTH = 8
KEY = re.compile(r"[^\[\]]+(\[[^\[\]]*\])*")


class UnreadableForm(ValueError):
    """The form cannot be read."""


def parse(text: str) -> dict[str, Any]:
    """Nested dicts, lists and strings. Raises UnreadableForm."""
    try:
        pairs = parse_qsl(text, keep_blank_values=True, max_num_fields=MAX_FIELDS, errors="strict")
    except ValueError as fault:
        raise UnreadableForm(str(fault)) from fault
    root: dict[str, Any] = {}
    for key, value in pairs:
        if "\x00" in value or "\x00" in key or not KEY.fullmatch(key):
            raise UnreadableForm("a key or value cannot be used")
        path = [key.split("[", 1)[0], *re.findall(r"\[([^\[\]]*)\]", key)]
        if len(path) > MAX_DEPTH:
            raise UnreadableForm("nested too deeply")
        _put(root, path, value)
    return {key: _lists(value) for key, value in root.items()}


def _put(node: dict[str, Any], path: list[str], value: str) -> None:
    for step in path[:-1]:
        child = node.setdefault(step or str(len(node)), {})
        if not isinstance(child, dict):
            raise UnreadableForm("a key is both a value and a group")
        node = child
    last = path[-1] or str(len(node))
    if isinstance(node.get(last), dict):
        raise UnreadableForm("a key is both a value and a group")
    node[last] = value


def _lists(node: Any) -> Any:
    """Groups whose keys are 0, 1, 2… are lists."""
    if not isinstance(node, dict):
        return node
    if node and all(key.isascii() and key.isdecimal() for key in node):
        return [_lists(node[key]) for key in sorted(node, key=int)]
    return {key: _lists(value) for key, value in node.items()}
