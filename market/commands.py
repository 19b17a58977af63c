"""What the commands do, apart from reading options and printing.

The application is imported where it is needed: the process that only watches over the web workers does without its sixty megabytes."""

import asyncio
import gc
import json
import os
import signal
import subprocess
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

from rich.progress import Progress, SpinnerColumn, TextColumn

from market.db import latest_version, migrate, schema_version
from market.embedded import EmbeddedPostgres, binary
from market.funds import seal_rules
from market.funds.seal_rules import Head
from market.operations import configure_logging
from market.point_in_time import CannotRestore, archive_command, base_backup, restore_to
from market.settings import Settings

if TYPE_CHECKING:
    from market.app import Parts


class CommandFailed(RuntimeError):
    """One line for the terminal."""


@contextmanager
def database(settings: Settings) -> Iterator[str]:
    """Address of the configured database; the embedded one is started when it does not run yet, and stopped again."""
    if settings.database_url:
        yield settings.database_url
        return
    server = embedded(settings)
    server.start()
    try:
        yield server.dsn()
    finally:
        server.stop()


def embedded(settings: Settings) -> EmbeddedPostgres:
    """The embedded database of the settings, with its log archived where they ask for it."""
    archive = settings.wal_archive
    if archive is not None:
        archive.mkdir(parents=True, exist_ok=True)
    return EmbeddedPostgres(settings.data_dir / "pg", archive=archive_command(archive) if archive else None)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator["Parts"]:
    """All parts over a database of the right version."""
    from market.app import make_parts

    with database(settings) as dsn:
        parts = make_parts(settings, dsn=dsn)
        async with parts.running():
            version = await schema_version(parts.db)
            if version != latest_version():
                raise CommandFailed(
                    f"the database has schema version {version}, this program needs {latest_version()}: run `market migrate`"
                )
            yield parts


def serve(settings: Settings, *, host: str, port: int) -> None:
    """Run Granian until it is told to stop."""
    from granian import Granian
    from granian.constants import Interfaces, Loops

    configure_logging(settings)
    Granian(
        "market.commands:make_app",
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        workers=settings.web_workers,
        loop=Loops.uvloop,
        factory=True,
        log_enabled=True,
        log_level="warning",  # type: ignore[arg-type]  # Granian takes the word too
        backlog=1024,
        workers_kill_timeout=10,
        respawn_failed_workers=True,
    ).serve()


def make_app() -> Any:
    """Application factory of the server processes: all settings come from the environment."""
    from market.app import create_app

    settings = Settings()
    configure_logging(settings)
    app = create_app(settings)
    # what is loaded now stays: looking through it again and again would cost a tenth of each request
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    return app


async def work(settings: Settings) -> None:
    """Run jobs until SIGTERM or SIGINT."""
    from market.app import create_worker

    configure_logging(settings)
    async with opened(settings) as parts:
        stop = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stop.set)
        await create_worker(parts).run(stop)


async def migrate_database(settings: Settings) -> list[str]:
    with database(settings) as dsn:
        return await migrate(dsn)


async def seed(settings: Settings) -> None:
    """Load seeds/ through the services."""
    from market.app import make_parts
    from seeds import loader

    with database(settings) as dsn:
        await migrate(dsn)
        configure_logging(settings.model_copy(update={"log_level": "warning"}))
        parts = make_parts(settings, dsn=dsn)
        async with parts.running():
            await loader.load(parts)


async def reindex(settings: Settings) -> int:
    from market.search import service as search

    async with opened(settings) as parts:
        with Progress(
            TextColumn("indexing"), SpinnerColumn(), TextColumn("{task.completed} documents"), transient=True
        ) as progress:
            task = progress.add_task("index", total=None)
            return await search.rebuild(
                parts.db,
                engine=parts.engine,
                prefix=search.media_prefix(settings),
                progress=lambda done: progress.update(task, completed=done),
            )


async def audit(settings: Settings) -> list[str]:
    """Findings as lines. The sandbox lives in the web process, so it is asked only through the database."""
    from market.checkout import auditing
    from market.payments.sandbox.in_process import sandbox_transport
    from market.payments.stripe import make_gateway

    async with opened(settings) as parts:
        if not settings.sandbox:
            findings = await auditing.audit(parts.db, gateway=None)
        else:
            gateway = make_gateway(settings, transport=sandbox_transport(parts.db, settings))
            findings = await auditing.audit(parts.db, gateway=gateway)
            await gateway.aclose()
        return [f"{finding.check}: {finding.message}" for finding in findings]


def audit_file(file: Path, head: str | None) -> tuple[list[str], list[str]]:
    """(what is wrong, what can be said) about a downloaded book or proof; `head` is a published head or the file of them."""
    try:
        text = file.read_text(encoding="utf-8")
        heads = seal_rules.read_heads(_head_text(head)) if head else []
        if '"entries"' in text[:20_000] and '"days"' in text[:20_000]:
            return _audit_proof(text, heads)
        result = seal_rules.check_book(seal_rules.read_book(text), heads)
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise CommandFailed(f"{file}: cannot be checked: {fault}") from fault
    newer = [f"{result.unsealed} newer entries are not sealed yet"] if result.unsealed else []
    if heads:
        return result.findings, [f"{file}: {result.proven} lines are as they were published", *newer]
    return result.findings, [
        f"{file}: {result.chained} lines fit together; line {result.chained} has the link {result.last}",
        *newer,
        "compare it with the published head, or pass --head",
    ]


def _head_text(head: str) -> str:
    return Path(head).read_text(encoding="utf-8") if Path(head).exists() else head


def _audit_proof(text: str, heads: Sequence[Head]) -> tuple[list[str], list[str]]:
    from market.ledger.proofs import check_proof

    proof = json.loads(text)
    published = {day["day"]: head.head for day in proof["days"] for head in heads if head.day in {"", day["day"]}}
    result = check_proof(proof, published if heads else None)
    findings = [f"{finding.check}: {finding.message}" for finding in result.findings]
    leads = [f"the head of {day} must be {head}" for day, head in result.heads.items()]
    return findings, [f"{result.entries} entries are as they were sealed", *([] if heads else leads)]


async def close(settings: Settings, *, community: str, month: str) -> list[str]:
    """The figures of a close that waits for a signature, as lines."""
    from market.funds import closes
    from market.money import decimal_text

    async with opened(settings) as parts:
        row = await closes.prepare(parts.db, actor=None, community=community, month=month)
    figures, currency = row["figures"], row["currency"]
    lines = [f"{each['slug']}: in {decimal_text(each['income'], currency)}, out {decimal_text(each['spent'], currency)}, "
             f"stands at {decimal_text(each['closing'], currency)} {currency}" for each in figures["funds"]]  # fmt: skip
    for each in figures["enterprises"]:
        lines.append(f"{each['slug']}: net {decimal_text(each['net'], currency)} {currency}")
        lines += [f"  {part['to']}: {decimal_text(part['amount'], currency)}" for part in each["parts"]]
    return [*lines, f"{community} {month}: prepared, waits for a signature"]


async def reconcile(settings: Settings) -> int:
    from market.checkout import gaps, settlement
    from market.checkout import service as checkout

    async with opened(settings) as parts:
        await gaps.close_gaps(parts.db, gateway=parts.gateway, handle=settlement.handle)
        return await checkout.reconcile(parts.db, gateway=parts.gateway)


async def create_operator(settings: Settings, *, login: str, name: str, password: str) -> UUID:
    from market.people import service as people

    async with opened(settings) as parts:
        person_id = await people.create_account(parts.db, login=login, password=password, name=name, locale="zh-CN")
        async with parts.db.transaction() as tx:
            await people.grant_role(tx, person_id=person_id, role="operator", community_id=None)
        return person_id


def backup(settings: Settings, file: Path) -> None:
    """pg_dump to a temporary name, renamed when it is whole."""
    part = file.with_name(file.name + ".part")
    with database(settings) as dsn:
        _run_tool("pg_dump", "--format=custom", f"--file={part}", dsn)
    part.replace(file)


def restore(settings: Settings, file: Path) -> None:
    """pg_restore in one transaction; refuses a database that has tables."""
    with database(settings) as dsn:
        if _run_tool("psql", "-Atc", "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'", dsn).strip() != "0":
            raise CommandFailed("the database is not empty: restore into a new data folder or database")
        _run_tool("pg_restore", "--single-transaction", "--no-owner", f"--dbname={dsn}", str(file))


def base(settings: Settings, folder: Path) -> None:
    """A copy of the whole running cluster, from which the archived log leads to any later moment."""
    try:
        with database(settings) as dsn:
            base_backup(dsn, folder)
    except CannotRestore as fault:
        raise CommandFailed(str(fault)) from fault


def restore_moment(
    settings: Settings, folder: Path, *, archive: Path, until: str | None, unarchived: Path | None
) -> None:
    """The database of a new data folder as it was at a moment (RFC 3339), or as late as the archive reaches."""
    try:
        moment = datetime.fromisoformat(until) if until else None
    except ValueError as fault:
        raise CommandFailed(f"{until} is no moment: write it like 2026-05-04T09:00:00+08:00") from fault
    if settings.database_url:
        raise CommandFailed("only the embedded database is restored to a moment here: unset MARKET_DATABASE_URL")
    try:
        restore_to(folder, archive=archive, target=settings.data_dir / "pg", until=moment, unarchived=unarchived)
    except CannotRestore as fault:
        raise CommandFailed(str(fault)) from fault


def _run_tool(program: str, *args: str) -> str:
    result = subprocess.run(  # noqa: S603 - fixed programs of the wheel
        [str(binary(program)), *args],
        capture_output=True,
        text=True,
        timeout=3600,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines()
        raise CommandFailed(f"{program}: {lines[0] if lines else 'failed'}")
    return result.stdout
