"""Where the embedded index lies: numbered folders and a pointer file that names the one in use, replaced atomically."""

import contextlib
import fcntl
import json
import os
import shutil
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

FORMAT = 8  # of the index; one of another format is not opened but built anew


class RebuildRunning(RuntimeError):
    """Another process builds a new index at this moment."""


class Folders:
    """The folders below `<data_dir>/search`."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._pointer = root / "current.json"

    def stamp(self) -> tuple[int, ...]:
        """A cheap mark that changes with the pointer; () when there is none."""
        try:
            found = self._pointer.stat()
        except OSError:
            return ()
        return (found.st_mtime_ns, found.st_ino)

    def current(self) -> Path | None:
        """The folder in use, None when there is none in today's format."""
        try:
            pointer = json.loads(self._pointer.read_text(encoding="utf-8"))
            folder = self.root / str(pointer["folder"])
            return folder if pointer["format"] == FORMAT and folder.parent == self.root and folder.is_dir() else None
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def fresh(self) -> Path:
        """A new empty folder."""
        folder = self.root / f"index-{uuid.uuid4().hex[:12]}"
        folder.mkdir(parents=True)
        return folder

    def publish(self, folder: Path) -> None:
        """Make `folder` the one in use; the one before stays for those who still read it, older ones go."""
        before = self.current()
        draft = self.root / f"current-{uuid.uuid4().hex[:8]}.tmp"
        draft.write_text(json.dumps({"folder": folder.name, "format": FORMAT}), encoding="utf-8")
        os.replace(draft, self._pointer)  # noqa: PTH105 - atomic replacement is the point
        for each in self.root.glob("index-*"):
            if each not in {folder, before}:
                shutil.rmtree(each, ignore_errors=True)

    @contextlib.contextmanager
    def rebuilding(self) -> Iterator[None]:
        """Hold the right to build a new index; raises RebuildRunning when somebody has it."""
        with self._lock(fcntl.LOCK_EX, patience_s=0.5):
            yield

    def is_rebuilding(self) -> bool:
        """Whether rebuilding() is held by anybody."""
        try:
            with self._lock(fcntl.LOCK_SH, patience_s=0):
                return False
        except RebuildRunning:
            return True

    @contextlib.contextmanager
    def _lock(self, kind: int, *, patience_s: float) -> Iterator[None]:
        self.root.mkdir(parents=True, exist_ok=True)
        give_up = time.monotonic() + patience_s  # those who only ask hold it for a moment
        with (self.root / "rebuild.lock").open("w") as lock:
            while True:
                try:
                    fcntl.flock(lock, kind | fcntl.LOCK_NB)
                    break
                except BlockingIOError as busy:
                    if time.monotonic() >= give_up:
                        raise RebuildRunning("the search index is being rebuilt by another process") from busy
                    time.sleep(0.02)
            yield
