"""`python -m market` is the `market` command."""

from market.cli import run

run()
