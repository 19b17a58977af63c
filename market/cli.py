"""The `market` command: every way to run, look after and check an installation."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Annotated, Any, NoReturn, TypeVar

import typer
import uvloop
from rich.console import Console

from market import commands
from market.db import DatabaseTooNew
from market.embedded import EmbeddedDatabaseFailed
from market.errors import MarketError
from market.settings import Settings, UnsafeSettings

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help=__doc__)
operator = typer.Typer(no_args_is_help=True, help="Accounts that run the installation.")
app.add_typer(operator, name="operator")

T = TypeVar("T")
DataDir = Annotated[Path, typer.Option("--data-dir", help="Folder of the embedded database, index, media and outbox.")]
Port = Annotated[int, typer.Option(min=1, max=65535, help="TCP port to listen on.")]
Host = Annotated[str, typer.Option(help="Address to listen on.")]
DEFAULT_DATA = Path("data")
errors = Console(stderr=True, highlight=False, soft_wrap=True)

EXPECTED = (MarketError, EmbeddedDatabaseFailed, DatabaseTooNew, UnsafeSettings, commands.CommandFailed)


def fail(message: str, code: int = 1) -> NoReturn:
    """One line for the person at the terminal, and an exit code for the script."""
    errors.print(f"market: {message}", markup=False)
    raise typer.Exit(code)


def settings_for(data_dir: Path, **more: Any) -> Settings:
    """Settings from the environment with the command's own options on top; children inherit them."""
    os.environ["MARKET_DATA_DIR"] = str(data_dir.absolute())
    for key, value in more.items():
        os.environ.setdefault(f"MARKET_{key.upper()}", str(value))
    try:
        settings = Settings()
        settings.require_safe()
    except UnsafeSettings as fault:
        fail(f"unsafe settings: {fault}", 2)
    except ValueError as fault:
        details: list[Any] = getattr(fault, "errors", list)()
        named = "; ".join(f"MARKET_{'_'.join(map(str, each['loc'])).upper()}: {each['msg']}" for each in details)
        fail(f"settings cannot be used: {named or fault}", 2)
    return settings


def awaited(work: Coroutine[Any, Any, T], *, runner: Callable[[Coroutine[Any, Any, T]], T] = asyncio.run) -> T:
    """Run one use case and turn an expected refusal into one line."""
    try:
        return runner(work)
    except EXPECTED as fault:
        fail(str(fault))


@app.command()
def demo(
    port: Port = 8000,
    data_dir: DataDir = DEFAULT_DATA,
    fresh: Annotated[bool, typer.Option("--fresh", help="Throw the demo's data away and start over.")] = False,
) -> None:
    """Start everything with the demo town: database, web, worker. Ctrl-C stops all of it."""
    from market import demo as running

    try:
        code = running.run(port=port, data_dir=data_dir.absolute(), fresh=fresh)
    except EXPECTED as fault:
        fail(str(fault))
    raise typer.Exit(code)


@app.command()
def serve(port: Port = 8000, host: Host = "127.0.0.1", data_dir: DataDir = DEFAULT_DATA) -> None:
    """Serve the web application (pages, API, webhooks)."""
    settings = settings_for(data_dir, base_url=f"http://localhost:{port}", sandbox_url=f"http://127.0.0.1:{port}")
    commands.serve(settings, host=host, port=port)


@app.command()
def worker(data_dir: DataDir = DEFAULT_DATA) -> None:
    """Run jobs: search index, mail, refunds, holds, seals."""
    awaited(commands.work(settings_for(data_dir)), runner=uvloop.run)


@app.command()
def migrate(data_dir: DataDir = DEFAULT_DATA) -> None:
    """Bring the database to this program's version."""
    applied = awaited(commands.migrate_database(settings_for(data_dir)))
    print("\n".join(applied) if applied else "nothing to do")


@app.command()
def seed(data_dir: DataDir = DEFAULT_DATA) -> None:
    """Load the demo town into an empty database."""
    awaited(commands.seed(settings_for(data_dir)))


@app.command()
def reindex(data_dir: DataDir = DEFAULT_DATA) -> None:
    """Build the search index anew from the database."""
    count = awaited(commands.reindex(settings_for(data_dir)))
    print(f"{count} documents indexed")


@app.command()
def audit(
    data_dir: DataDir = DEFAULT_DATA,
    books: Annotated[
        Path | None,
        typer.Option(
            exists=True,
            dir_okay=False,
            help="Check this downloaded book (CSV, JSON) or proof instead: needs no database.",
        ),
    ] = None,
    head: Annotated[str | None, typer.Option(help="A published head, or the file of published heads.")] = None,
) -> None:
    """Recompute balances, invariants and seals; names what is wrong and exits with 1."""
    if books is None:
        findings, said = awaited(commands.audit(settings_for(data_dir))), ["audit: everything adds up"]
    else:
        try:
            findings, said = commands.audit_file(books, head)
        except EXPECTED as fault:
            fail(str(fault), 2)
    for finding in findings:
        print(finding)
    if findings:
        raise typer.Exit(1)
    print("\n".join(said))


@app.command()
def reconcile(data_dir: DataDir = DEFAULT_DATA) -> None:
    """Ask the payment provider about every unsettled payment now; after a restore, first about all that the books have missed."""
    count = awaited(commands.reconcile(settings_for(data_dir)))
    print(f"{count} payments looked up")


@app.command()
def close(
    community: Annotated[str, typer.Argument(help="Short name of the community.")],
    month: Annotated[str, typer.Argument(help="The month, like 2026-10.")],
    data_dir: DataDir = DEFAULT_DATA,
) -> None:
    """Prepare the close of a month; a director or the street signs it on the staff pages."""
    for line in awaited(commands.close(settings_for(data_dir), community=community, month=month)):
        print(line)


@app.command()
def backup(
    file: Annotated[Path, typer.Argument(help="Where to write the archive; with --base a new folder.")],
    data_dir: DataDir = DEFAULT_DATA,
    base: Annotated[
        bool,
        typer.Option("--base", help="A copy of the cluster, to go back to any later moment with the archived log."),
    ] = False,
) -> None:
    """Write the whole database to FILE (pg_dump custom format), or with --base to a folder.

    Photos and papers are files beside the database: keep `media` and `documents` of the data directory with it."""
    try:
        (commands.base if base else commands.backup)(settings_for(data_dir), file)
    except EXPECTED as fault:
        fail(str(fault))
    print(
        f"{file}: {file.stat().st_size} bytes" if file.is_file() else f"{file}: a base backup; keep it with the archive"
    )
    print("keep the folders media and documents of the data directory with it: photos and papers are files")


@app.command()
def restore(
    file: Annotated[
        Path, typer.Argument(exists=True, help="An archive written by backup, or the folder of a base backup.")
    ],
    data_dir: DataDir = DEFAULT_DATA,
    archive: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="Of a base backup: the folder of the archived log."),
    ] = None,
    to: Annotated[
        str | None,
        typer.Option(help="Of a base backup: the moment, like 2026-05-04T09:00:00+08:00; without it the newest."),
    ] = None,
    pg_wal: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="The lost database's pg_wal, if it is still there."),
    ] = None,
) -> None:
    """Read FILE into an empty database, or go back to a moment with a base backup and the archived log."""
    try:
        if file.is_dir():
            if archive is None:
                fail("a base backup needs --archive, the folder of the archived log")
            commands.restore_moment(settings_for(data_dir), file, archive=archive, until=to, unarchived=pg_wal)
        else:
            commands.restore(settings_for(data_dir), file)
    except EXPECTED as fault:
        fail(str(fault))
    print("restored; run `market reindex` and `market reconcile` next")


@app.command()
def openapi() -> None:
    """Print the HTTP contract as OpenAPI JSON."""
    os.environ.setdefault("MARKET_DATABASE_URL", "postgresql:///unused")
    from market.app import create_app

    json.dump(
        create_app(Settings(env="test")).openapi_schema.to_schema(),
        sys.stdout,
        ensure_ascii=False,
        indent=1,
        sort_keys=True,
    )
    print()


@operator.command("create")
def operator_create(
    login: Annotated[str, typer.Argument(help="E-mail or phone number.")],
    name: Annotated[str, typer.Option(help="Name shown to others.")] = "Operator",
    data_dir: DataDir = DEFAULT_DATA,
) -> None:
    """Create an account that runs the installation; asks for the password, or reads it from standard input."""
    password = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().strip()
    )
    person_id = awaited(commands.create_operator(settings_for(data_dir), login=login, name=name, password=password))
    print(f"operator {person_id} created")


def run() -> None:
    """Entry point."""
    app()
