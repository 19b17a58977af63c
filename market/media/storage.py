"""Where picture files lie: named by what is in them, written whole or not at all."""

import contextlib
import errno
import hashlib
import os
import re
import tempfile
from collections.abc import Iterable
from pathlib import Path
from typing import NoReturn

from market.errors import MarketError, Unavailable
from market.settings import Settings

ENDINGS = {"avif": "avif", "webp": "webp", "jpeg": "jpg", "pdf": "pdf"}
TYPES = {"avif": "image/avif", "webp": "image/webp", "jpg": "image/jpeg", "pdf": "application/pdf"}
NAME = re.compile(r"([0-9a-f]{2})/([0-9a-f]{2})/([0-9a-f]{36})\.(avif|webp|jpg|pdf)")
BUSY = frozenset({errno.EMFILE, errno.ENFILE, errno.EAGAIN, errno.ENOMEM})


class StorageFault(MarketError):
    """The disk is full, broken or read-only: nothing was stored (F10)."""

    status = 507
    slug = "no-storage"
    title = "The file could not be stored"

    def __init__(self) -> None:
        super().__init__("There is no room for files at the moment. Nothing was changed; please try again later.")
        self.retry_after_s = 60


def media_root(settings: Settings) -> Path:
    """The folder of all picture files."""
    return settings.data_dir / "media"


def media_prefix(settings: Settings) -> str:
    """What stands before a file's name in its address, with the slash at the end."""
    return (settings.media_url.rstrip("/") or "/media") + "/"


def file_name(data: bytes, picture_format: str) -> str:
    """The name of a file with this content: two levels of folders, then the rest of a 160 bit hash."""
    digest = hashlib.sha256(data).hexdigest()[:40]
    return f"{digest[:2]}/{digest[2:4]}/{digest[4:]}.{ENDINGS[picture_format]}"


def is_file_name(name: str) -> bool:
    """Whether `name` is one that file_name() makes; nothing else is ever opened (I05)."""
    return NAME.fullmatch(name) is not None


def content_type(name: str) -> str:
    """The media type, from the ending that we chose ourselves."""
    return TYPES[name.rsplit(".", 1)[1]]


def keep(root: Path, files: Iterable[tuple[str, bytes]]) -> None:
    """Write each (name, data) that is not there yet; after a fault none that was new stays.

    Raises StorageFault when the disk refuses, Unavailable when the process has no file handle left."""
    written: list[Path] = []
    try:
        for name, data in files:
            path = root / name
            if not path.exists():
                _write_whole(path, data)
                written.append(path)
    except OSError as fault:
        remove_paths(written)
        _refuse(fault)


def _write_whole(path: Path, data: bytes) -> None:
    """Temporary file beside the target, flushed to the disk, then renamed: readers see all of it or nothing."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=".new-")
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(data)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).chmod(0o644)
        Path(temporary).replace(path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def read(root: Path, name: str) -> bytes | None:
    """The content of a file; None where there is none or `name` is not one of ours."""
    if not is_file_name(name):
        return None
    try:
        return (root / name).read_bytes()
    except FileNotFoundError:
        return None
    except OSError as fault:
        _refuse(fault)


def remove(root: Path, names: Iterable[str]) -> None:
    """Delete files; one that is gone already is fine, one that cannot be deleted stays as an unreferenced file."""
    remove_paths(root / name for name in names if is_file_name(name))


def remove_paths(paths: Iterable[Path]) -> None:
    for path in paths:
        with contextlib.suppress(OSError):
            path.unlink()


def _refuse(fault: OSError) -> NoReturn:
    if fault.errno in BUSY:
        raise Unavailable from fault
    raise StorageFault from fault
