"""Files are written whole or not at all, and nothing but our own names is ever opened."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from market.errors import Unavailable
from market.media import storage
from market.media.storage import StorageFault, file_name, is_file_name, keep, read

FILES = [(file_name(b"one", "webp"), b"one"), (file_name(b"two", "jpeg"), b"two")]


def left(root: Path) -> list[str]:
    return sorted(str(path.relative_to(root)) for path in root.rglob("*") if path.is_file())


def test_a_file_is_named_by_its_content_in_two_levels(tmp_path: Path) -> None:
    keep(tmp_path, FILES)
    keep(tmp_path, FILES)
    assert left(tmp_path) == sorted(name for name, _ in FILES)
    assert all(is_file_name(name) and read(tmp_path, name) == data for name, data in FILES)
    assert FILES[0][0].count("/") == 2


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EIO, errno.EACCES, errno.EROFS])
@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_F10_a_disk_that_refuses_leaves_nothing_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, step: str
) -> None:
    calls = 0
    real: Any = os.fsync if step == "fsync" else Path.replace

    def fail_later(*args: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls > 2:  # the first file is stored, the second is not
            raise OSError(code, os.strerror(code))
        return real(*args)

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fail_later)
    three = [*FILES, (file_name(b"three", "avif"), b"three")]
    with pytest.raises(StorageFault) as refusal:
        keep(tmp_path, three)
    assert refusal.value.status == 507
    assert left(tmp_path) == []


def test_F10_what_was_there_before_stays_when_the_disk_refuses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    keep(tmp_path, FILES[:1])
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    with pytest.raises(StorageFault):
        keep(tmp_path, FILES)
    assert left(tmp_path) == [FILES[0][0]]


def test_F10_no_file_handle_left_means_come_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        raise OSError(errno.EMFILE, "too many")

    monkeypatch.setattr(storage.tempfile, "mkstemp", refuse)
    with pytest.raises(Unavailable):
        keep(tmp_path, FILES)


def test_F10_a_folder_that_is_a_file_is_a_refusal(tmp_path: Path) -> None:
    (tmp_path / "media").write_text("x")
    with pytest.raises(StorageFault):
        keep(tmp_path / "media", FILES)


NAMES = [
    "../../etc/passwd", "ab/cd/../../../x.webp", "/etc/passwd", "ab/cd/" + "0" * 36 + ".html", "ab/cd/" + "0" * 36 + ".webp\n",
    "ab/cd/" + "0" * 36 + ".webp\0", "AB/CD/" + "0" * 36 + ".webp", "ab/cd/" + "0" * 300 + ".webp", "ab/cd/" + "０" * 36 + ".webp",
    "C:\\x", "CON",
    "", ".", "..", "ab", "ab/cd", "ab/cd/.new-x", "\u202egnp.exe", "ab//cd/" + "0" * 36 + ".webp", "ab/cd/" + "0" * 36 + ".svg",
]  # fmt: skip


@pytest.mark.parametrize("name", NAMES)
def test_I05_a_name_that_is_not_ours_is_never_opened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    def opened(path: Path) -> bytes:
        raise AssertionError(f"{path} was opened")

    monkeypatch.setattr(Path, "read_bytes", opened)
    assert not is_file_name(name)
    assert read(tmp_path, name) is None
