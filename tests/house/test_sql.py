"""All SQL lives in queries (style rule 4)."""

import ast
import re

from tests.house.tree import name, python_sources

SQL = re.compile(
    r"^\s*(SELECT\s.+|INSERT\s+INTO|UPDATE\s+\S+\s+SET|DELETE\s+FROM|WITH\s+\w+\s+AS)", re.IGNORECASE | re.DOTALL
)
# The database layer, the queue, the limits and the commands that look at a database as a whole are below or beside the slices.
FOUNDATION = {
    "market/db.py",
    "market/jobs.py",
    "market/limits.py",
    "market/commands.py",
    "market/embedded.py",
    "market/point_in_time.py",
}


def test_sql_stands_only_in_queries() -> None:
    found = []
    for path in python_sources():
        if "queries" in path.name or name(path) in FOUNDATION:
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and SQL.match(node.value):
                found.append(f"{name(path)}:{node.lineno}")
    assert not found
