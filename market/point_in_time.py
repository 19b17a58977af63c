"""Going back to any moment: a base backup of the running database, and the log of every change that is archived after it (O01).

A dump is one moment; with a base backup and the archive the database comes back as it was at any moment since, to the last commit
when the log that was not archived yet is still there."""

import os
import pwd
import shutil
import subprocess
import time
from datetime import datetime
from pathlib import Path

from market.embedded import ARCHIVE_CONF, SERVICE_USER, EmbeddedDatabaseFailed, EmbeddedPostgres, binary

RECOVERY_S = 3600
# What a restore adds to the copy's settings, and takes out again once the copy stands on its own.
OURS = ("restore_command", "recovery_target_time", "recovery_target_action", "recovery_target_timeline")


class CannotRestore(RuntimeError):
    """One line for the terminal."""


def archive_command(archive: Path) -> str:
    """What PostgreSQL runs for each finished piece of its log: copied under another name first, so that a name means it is whole.

    A piece that is there already is left alone when it is the same, and never overwritten by another."""
    name = f"{_quoted(archive)}/%f"
    return f"test ! -f {name} && cp %p {name}.part && mv {name}.part {name} || cmp -s %p {name}"


def base_backup(dsn: str, folder: Path) -> None:
    """Copy the whole running cluster into a new folder; pieces of the log that it needs are in the archive. Raises CannotRestore."""
    if folder.exists() and any(folder.iterdir()):
        raise CannotRestore(f"{folder} is not empty")
    if _asked(dsn, "SHOW archive_mode") != "on":
        raise CannotRestore("the database does not archive its log: set MARKET_WAL_ARCHIVE and start it again")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    _run("pg_basebackup", "--checkpoint=fast", "--wal-method=none", f"--pgdata={part}", f"--dbname={dsn}")
    _asked(dsn, "SELECT pg_switch_wal()")
    if folder.exists():
        folder.rmdir()
    part.rename(folder)


def restore_to(
    base: Path, *, archive: Path, target: Path, until: datetime | None = None, unarchived: Path | None = None
) -> None:
    """Make `target` a database as it was at `until` (the last commit before it), or at the newest moment that the archive reaches.

    `unarchived` is the pg_wal folder of the lost database, if it is still there: then nothing that was committed is missing.
    Raises CannotRestore."""
    if target.exists() and any(target.iterdir()):
        raise CannotRestore(f"{target} is not empty: restore into a new data folder")
    if until is not None and until.tzinfo is None:
        raise CannotRestore("the moment needs an offset, like 2026-05-04T09:00:00+08:00")
    target.mkdir(parents=True, exist_ok=True)
    shutil.copytree(base, target, dirs_exist_ok=True)
    # The copy lives on another branch of time: its log must not mix with that of the lost database.
    (target / ARCHIVE_CONF).unlink(missing_ok=True)
    settings = {"restore_command": _restore_command(archive, unarchived), "recovery_target_timeline": "latest"}
    if until is not None:
        settings |= {"recovery_target_time": until.isoformat(), "recovery_target_action": "promote"}
    with (target / "postgresql.auto.conf").open("a", encoding="utf-8") as file:
        file.writelines(f"{name} = {_sql(value)}\n" for name, value in settings.items())
    (target / "recovery.signal").touch()
    _give_to_service(target)
    server = EmbeddedPostgres(target)
    try:
        server.start(recovering=True)
        _wait_until_promoted(server.dsn())
        for name in OURS:
            _asked(server.dsn(), f"ALTER SYSTEM RESET {name}")
    except (EmbeddedDatabaseFailed, CannotRestore) as fault:
        log = target / "server.log"
        said = (
            [line for line in log.read_text(encoding="utf-8", errors="replace").splitlines() if "FATAL" in line]
            if log.exists()
            else []
        )
        raise CannotRestore(said[-1] if said else str(fault)) from fault
    finally:
        server.stop()


def _restore_command(archive: Path, unarchived: Path | None) -> str:
    first = f"cp {_quoted(archive)}/%f %p"
    return first if unarchived is None else f"{first} || cp {_quoted(unarchived)}/%f %p"


def _quoted(folder: Path) -> str:
    path = str(folder.absolute())
    if set(path) & set("'\"\\%\n"):
        raise CannotRestore(f"{path} has characters that PostgreSQL's commands cannot name")
    return f'"{path}"'


def _sql(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _give_to_service(folder: Path) -> None:
    """PostgreSQL reads only what belongs to the user it runs as."""
    folder.chmod(0o700)
    if os.geteuid() == 0:
        user = pwd.getpwnam(SERVICE_USER)
        for path in (folder, *folder.rglob("*")):
            os.chown(path, user.pw_uid, user.pw_gid, follow_symlinks=False)


def _wait_until_promoted(dsn: str) -> None:
    deadline = time.monotonic() + RECOVERY_S
    while _asked(dsn, "SELECT pg_is_in_recovery()") == "t":
        if time.monotonic() > deadline:
            raise CannotRestore("the log could not be replayed in time")
        time.sleep(0.2)


def _asked(dsn: str, statement: str) -> str:
    return _run("psql", "-XAtc", statement, dsn).strip()


def _run(program: str, *args: str) -> str:
    result = subprocess.run(  # noqa: S603 - fixed programs of the wheel
        [str(binary(program)), *args],
        capture_output=True,
        text=True,
        timeout=RECOVERY_S,
        check=False,
        env={**os.environ, "LC_ALL": "C.UTF-8"},
    )
    if result.returncode != 0:
        lines = result.stderr.strip().splitlines()
        raise CannotRestore(f"{program}: {lines[0] if lines else 'failed'}")
    return result.stdout
