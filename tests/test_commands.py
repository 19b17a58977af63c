"""The `market` command as a script sees it: one clear line and an exit code."""

import asyncio
import os
import socket
import subprocess
import sys
from pathlib import Path

import asyncpg
import pytest

from market.db import migrate
from market.embedded import EmbeddedPostgres
from market.settings import DEMO_SECRET, Settings, UnsafeSettings
from tests.house.tree import ROOT


def market(*args: str, stdin: str = "", **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run the command to its end."""
    env = {**{key: value for key, value in os.environ.items() if not key.startswith("MARKET_")}, **environment}
    return subprocess.run(
        [sys.executable, "-m", "market", *args],
        cwd=ROOT,
        env=env,
        input=stdin,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def one_line(result: "subprocess.CompletedProcess[str]") -> str:
    """The single line that the command said on standard error."""
    lines = result.stderr.strip().splitlines()
    assert len(lines) == 1, result.stderr
    return lines[0]


def test_every_command_explains_itself() -> None:
    listed = market("--help").stdout
    for command in (
        "demo",
        "serve",
        "worker",
        "migrate",
        "seed",
        "reindex",
        "audit",
        "reconcile",
        "backup",
        "restore",
        "openapi",
        "operator",
    ):
        assert command in listed


def test_a_taken_port_is_told_in_one_line(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        result = market("demo", "--port", str(taken.getsockname()[1]), "--data-dir", str(tmp_path / "data"))
    assert result.returncode == 1
    assert "is taken" in one_line(result)
    assert not (tmp_path / "data" / "pg").exists()


def test_a_data_folder_that_cannot_be_written_is_told_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    result = market("demo", "--port", str(port), "--data-dir", str(tmp_path / "file" / "data"))
    assert result.returncode == 1
    assert "not writable" in one_line(result)


async def test_a_database_of_a_newer_version_is_told_in_one_line(dsn: str) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute("INSERT INTO schema_migrations (version, name) VALUES (9999, 'from_the_future')")
    await connection.close()
    result = await asyncio.to_thread(market, "migrate", MARKET_DATABASE_URL=dsn)
    assert result.returncode == 1
    assert "9999" in one_line(result)
    assert "newer" in one_line(result)


async def test_an_old_database_is_refused_until_it_is_migrated(postgres: EmbeddedPostgres) -> None:
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute("CREATE DATABASE never_migrated TEMPLATE template0")
    await admin.close()
    dsn = postgres.dsn("never_migrated")
    result = await asyncio.to_thread(market, "audit", MARKET_DATABASE_URL=dsn)
    assert result.returncode == 1
    assert "market migrate" in one_line(result)
    assert len(await migrate(dsn)) > 5
    assert await migrate(dsn) == []


@pytest.mark.parametrize(
    ("changed", "named"),
    [
        (
            {},
            [
                "MARKET_SECRET_KEY",
                "MARKET_TENDER_KEY",
                "MARKET_STRIPE_SECRET_KEY",
                "MARKET_STRIPE_WEBHOOK_SECRET",
                "MARKET_BASE_URL",
                "MARKET_DATABASE_URL",
            ],
        ),
        ({"secret_key": DEMO_SECRET}, ["MARKET_SECRET_KEY"]),
        ({"secret_key": "short"}, ["MARKET_SECRET_KEY"]),
        ({"tender_key": DEMO_SECRET}, ["MARKET_TENDER_KEY"]),
        ({"tender_key": "k" * 40}, ["MARKET_TENDER_KEY"]),
        ({"stripe_secret_key": ""}, ["MARKET_STRIPE_SECRET_KEY"]),
        ({"stripe_webhook_secret": ""}, ["MARKET_STRIPE_WEBHOOK_SECRET"]),
        ({"base_url": "http://market.example.org"}, ["MARKET_BASE_URL"]),
        ({"debug": True}, ["MARKET_DEBUG"]),
    ],
)
def test_M17_production_refuses_unsafe_settings_by_name(changed: dict[str, object], named: list[str]) -> None:
    safe = {
        "secret_key": "k" * 40, "tender_key": "t" * 40, "stripe_secret_key": "sk_live", "stripe_webhook_secret": "whsec_" + "w" * 30,
        "base_url": "https://market.example.org", "database_url": "postgresql://market@db/market",
    }  # fmt: skip
    assert Settings(env="production", **safe).unsafe() == []
    settings = Settings(env="production", **({**safe, **changed} if changed else {}))
    with pytest.raises(UnsafeSettings) as refused:
        settings.require_safe()
    assert [name for name in named if name not in str(refused.value)] == []


def test_production_does_not_start_with_the_demo_environment(tmp_path: Path) -> None:
    result = market("serve", "--data-dir", str(tmp_path), MARKET_ENV="production")
    assert result.returncode == 2
    assert "MARKET_STRIPE_SECRET_KEY" in one_line(result)


def test_a_setting_of_the_wrong_kind_is_named() -> None:
    result = market("migrate", MARKET_POOL_SIZE="many")
    assert result.returncode == 2
    assert "MARKET_POOL_SIZE" in one_line(result)


async def test_an_operator_is_made_and_a_backup_comes_back(
    dsn: str, postgres: EmbeddedPostgres, tmp_path: Path
) -> None:
    made = await asyncio.to_thread(
        market,
        "operator",
        "create",
        "op@example.test",
        "--data-dir",
        str(tmp_path),
        stdin="a long password\n",
        MARKET_DATABASE_URL=dsn,
    )
    assert made.returncode == 0, made.stderr
    again = await asyncio.to_thread(
        market,
        "operator",
        "create",
        "op@example.test",
        "--data-dir",
        str(tmp_path),
        stdin="a long password\n",
        MARKET_DATABASE_URL=dsn,
    )
    assert again.returncode == 1
    file = tmp_path / "market.dump"
    saved = await asyncio.to_thread(market, "backup", str(file), "--data-dir", str(tmp_path), MARKET_DATABASE_URL=dsn)
    assert saved.returncode == 0, saved.stderr
    admin = await asyncpg.connect(postgres.dsn("postgres"))
    await admin.execute("CREATE DATABASE restored TEMPLATE template0")
    await admin.close()
    restored = await asyncio.to_thread(
        market, "restore", str(file), "--data-dir", str(tmp_path), MARKET_DATABASE_URL=postgres.dsn("restored")
    )
    assert restored.returncode == 0, restored.stderr
    connection = await asyncpg.connect(postgres.dsn("restored"))
    assert await connection.fetchval("SELECT count(*) FROM logins WHERE login = 'op@example.test'") == 1
    assert await connection.fetchval("SELECT role FROM roles") == "operator"
    await connection.close()
    twice = await asyncio.to_thread(market, "restore", str(file), "--data-dir", str(tmp_path), MARKET_DATABASE_URL=dsn)
    assert twice.returncode == 1
    assert "not empty" in one_line(twice)


async def test_the_audit_names_a_changed_row_and_says_so_by_its_exit_code(dsn: str, tmp_path: Path) -> None:
    clean = await asyncio.to_thread(
        market, "audit", "--data-dir", str(tmp_path), MARKET_DATABASE_URL=dsn, MARKET_ENV="test"
    )
    assert clean.returncode == 0, clean.stdout + clean.stderr
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO payment_sessions (order_id, provider, provider_session, provider_payment, amount_minor, currency, request, status, "
        "paid_minor, paid_currency, expires_at) "
        "VALUES (uuidv7(), 'stripe', 'cs_x', 'pi_x', 100, 'CNY', '{}', 'paid', 100, 'CNY', now())"
    )
    await connection.close()
    wrong = await asyncio.to_thread(
        market, "audit", "--data-dir", str(tmp_path), MARKET_DATABASE_URL=dsn, MARKET_ENV="test"
    )
    assert wrong.returncode == 1
    assert "clearing-differs: CNY" in wrong.stdout


async def test_a_month_is_prepared_at_the_terminal_and_waits_for_a_signature(dsn: str, tmp_path: Path) -> None:
    connection = await asyncpg.connect(dsn)
    await connection.execute(
        "INSERT INTO communities (id, slug, kind, path, name) SELECT id, 'liuyuan', 'district', ARRAY[id], '柳园' FROM uuidv7() AS id"
    )
    done = await asyncio.to_thread(
        market, "close", "liuyuan", "2025-10", "--data-dir", str(tmp_path), MARKET_DATABASE_URL=dsn, MARKET_ENV="test"
    )
    assert done.returncode == 0, done.stderr
    assert "waits for a signature" in done.stdout
    assert await connection.fetchval("SELECT status FROM period_closes") == "prepared"
    await connection.close()
    wrong = await asyncio.to_thread(
        market, "close", "liuyuan", "2999-10", "--data-dir", str(tmp_path), MARKET_DATABASE_URL=dsn, MARKET_ENV="test"
    )
    assert wrong.returncode == 1
    assert "is not over yet" in one_line(wrong)
