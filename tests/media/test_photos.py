"""Photos over HTTP: uploaded, shown, served, deleted; and uploads made to harm."""

import asyncio
import io
import os
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
import msgspec
import pytest
from litestar import Litestar
from litestar.testing import AsyncTestClient
from PIL import Image

from market.db import Database
from market.media import service, storage
from market.media.schemas import Photo
from market.settings import Settings
from tests.factories import make_community, make_listing, make_partner, sign_in

Client = AsyncTestClient[Litestar]
Headers = dict[str, str]


def picture(kind: str = "JPEG", colour: tuple[int, int, int] = (200, 30, 30)) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (400, 300), colour).save(out, kind)
    return out.getvalue()


@pytest.fixture
async def headers(db: Database, client: Client) -> Headers:
    await make_community(db)
    await make_partner(db)
    return await sign_in(client, "qinghe@example.test")


@pytest.fixture
async def listing_id(db: Database, headers: Headers) -> UUID:
    return await make_listing(db)


async def upload(
    client: Client, listing_id: UUID, headers: Headers, data: bytes, *, name: str = "a.jpg", alt: str = "瑜伽室"
) -> Any:
    files = {"photo": (name, data, "image/jpeg")}
    return await client.post(f"/api/listings/{listing_id}/photos", files=files, data={"alt": alt}, headers=headers)


def stored(settings: Settings) -> list[Path]:
    return [path for path in storage.media_root(settings).rglob("*") if path.is_file()]


async def photos(db: Database) -> int:
    async with db.read() as connection:
        return int(await connection.fetchval("SELECT count(*) FROM photos"))


async def test_a_photo_is_added_shown_served_and_deleted(
    client: Client, listing_id: UUID, headers: Headers, settings: Settings
) -> None:
    made = await upload(client, listing_id, headers, picture())
    assert made.status_code == 201, made.text
    photo = msgspec.json.decode(made.content, type=Photo)
    assert (photo.alt, photo.width, photo.height) == ("瑜伽室", 400, 300)
    assert [(each.format, each.width) for each in photo.variants] == [
        (name, width) for width in (320, 400) for name in ("avif", "webp", "jpeg")
    ]
    shown = (await client.get(f"/api/listings/{listing_id}")).json()["photos"]
    assert shown == [made.json()]
    for each in photo.variants:
        answer = await client.get(each.url)
        assert answer.status_code == 200
        assert answer.headers["content-type"] == f"image/{each.format}"
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert answer.headers["content-disposition"] == "attachment"
        with Image.open(io.BytesIO(answer.content)) as copy:
            assert copy.size == (each.width, each.height)
    gone = await client.delete(f"/api/listings/{listing_id}/photos/{photo.id}", headers=headers)
    assert gone.status_code == 204
    assert stored(settings) == []
    assert (await client.get(photo.variants[0].url)).status_code == 404
    assert (await client.delete(f"/api/listings/{listing_id}/photos/{photo.id}", headers=headers)).status_code == 404


async def test_deleting_one_of_two_equal_photos_keeps_the_files_of_the_other(
    db: Database, client: Client, listing_id: UUID, headers: Headers, settings: Settings
) -> None:
    other = await make_listing(db, title="另一门课")
    first = (await upload(client, listing_id, headers, picture())).json()
    second = (await upload(client, other, headers, picture())).json()
    assert first["variants"] == second["variants"]
    await client.delete(f"/api/listings/{listing_id}/photos/{first['id']}", headers=headers)
    assert (await client.get(second["variants"][0]["url"])).status_code == 200
    foreign = await client.delete(f"/api/listings/{listing_id}/photos/{second['id']}", headers=headers)
    assert foreign.status_code == 404


async def test_adding_and_deleting_the_same_picture_at_once_never_leaves_a_photo_without_files(
    db: Database, listing_id: UUID, settings: Settings
) -> None:
    first = await service.add_photo(db, settings=settings, data=picture(), listing_id=listing_id)
    for _ in range(3):
        _, second = await asyncio.gather(
            service.delete_photo(db, settings=settings, photo_id=first.id, listing_id=listing_id),
            service.add_photo(db, settings=settings, data=picture(), listing_id=listing_id),
        )
        assert all(
            (storage.media_root(settings) / each.url.removeprefix("/media/")).exists() for each in second.variants
        )
        first = second


@pytest.mark.parametrize(
    "name", ["../../x.jpg", "C:\\x.jpg", "a\x7fb.jpg", "x" * 300, "\u202egnp.exe", "CON", "%2e%2e%2f", "x.php", "x.svg"]
)
async def test_I05_the_uploaded_name_is_never_used(
    client: Client, listing_id: UUID, headers: Headers, settings: Settings, name: str
) -> None:
    made = await upload(client, listing_id, headers, picture(), name=name)
    assert made.status_code in {201, 400}, made.text
    outside = [
        path
        for path in settings.data_dir.parent.rglob("*")
        if path.is_file() and storage.media_root(settings) not in path.parents
    ]
    assert outside == []
    assert all(storage.is_file_name(str(path.relative_to(storage.media_root(settings)))) for path in stored(settings))


@pytest.mark.parametrize("path", [
    "../../etc/passwd",
    "..%2f..%2fetc%2fpasswd", "%2e%2e/%2e%2e/etc/passwd", "/etc/passwd", "//etc/passwd", "ab/cd/%00.webp", "%", "%ff%fe",
    "ab/cd/" + "0" * 36 + ".webp", "..\\..\\x", "ab",
])  # fmt: skip
async def test_I05_no_path_leads_out_of_the_folder(client: Client, path: str) -> None:
    answer = await client.get(f"/media/{path}")
    is_page = answer.status_code == 200 and answer.headers["content-type"].startswith(
        "text/html"
    )  # the client resolved the dots
    assert answer.status_code in {400, 404} or is_page
    assert "root:" not in answer.text


@pytest.mark.parametrize(
    ("data", "status"),
    [(b"<svg/>", 415), (b"%PDF-1.7", 415), (b"\xff\xd8\xff\xe0rubbish", 422), (b"", 415), (b"x" * 10_500_000, 413)],
)
async def test_I02_what_is_no_picture_is_refused_and_leaves_nothing(
    db: Database, client: Client, listing_id: UUID, headers: Headers, settings: Settings, data: bytes, status: int
) -> None:
    answer = await upload(client, listing_id, headers, data)
    assert answer.status_code in {status, 415 if status == 422 else status}, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    assert (await photos(db), stored(settings)) == (0, [])


async def test_F10_a_full_disk_is_507_and_leaves_no_row_and_no_file(
    db: Database,
    client: Client,
    listing_id: UUID,
    headers: Headers,
    settings: Settings,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    answer = await upload(client, listing_id, headers, picture())
    assert (answer.status_code, answer.json()["type"]) == (507, "/problems/no-storage")
    assert (await photos(db), stored(settings)) == (0, [])


async def test_a_listing_has_at_most_twelve_photos(
    db: Database, listing_id: UUID, client: Client, headers: Headers
) -> None:
    async with db.transaction() as tx:
        await tx.execute(
            "INSERT INTO photos (listing_id, width, height, variants) SELECT $1, 1, 1, '[]' FROM generate_series(1, 12)",
            listing_id,
        )
    assert (await upload(client, listing_id, headers, picture())).status_code == 409


def form(parts: list[bytes], boundary: bytes = b"b") -> bytes:
    return b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts) + b"--" + boundary + b"--\r\n"


PART = b'Content-Disposition: form-data; name="photo"; filename="a.jpg"\r\n\r\n'
TEXT = b'Content-Disposition: form-data; name="alt"'
HOSTILE: dict[str, tuple[str, bytes]] = {
    "10,000 parts": (
        "multipart/form-data; boundary=b",
        form([b'Content-Disposition: form-data; name="x"\r\n\r\n1'] * 10_000),
    ),
    "nine parts": ("multipart/form-data; boundary=b", form([b'Content-Disposition: form-data; name="x"\r\n\r\n1'] * 9)),
    "no boundary": ("multipart/form-data", form([PART + b"x"])),
    "empty boundary": ("multipart/form-data; boundary=", form([PART + b"x"])),
    "very long boundary": ("multipart/form-data; boundary=" + "b" * 5000, form([PART + b"x"])),
    "wrong boundary": ("multipart/form-data; boundary=other", form([PART + b"x"])),
    "endless preamble": ("multipart/form-data; boundary=b", b"x" * 5_000_000),
    "endless header": ("multipart/form-data; boundary=b", b"--b\r\nX: " + b"x" * 5_000_000),
    "cut off": ("multipart/form-data; boundary=b", form([PART + picture()])[:-200]),
    "100 MB": ("multipart/form-data; boundary=b", form([PART + b"x" * 100_000_000])),
    "unknown charset": (
        "multipart/form-data; boundary=b",
        form([TEXT + b"\r\nContent-Type: text/plain; charset=rot13\r\n\r\nx", PART + b"x"]),
    ),
    "no UTF-8": ("multipart/form-data; boundary=b", form([TEXT + b"\r\n\r\n\xff\xfe", PART + b"x"])),
    "NUL": ("multipart/form-data; boundary=b", form([PART + picture(), TEXT + b"\r\n\r\n\x00"])),
    "photo twice": ("multipart/form-data; boundary=b", form([PART + picture(), PART + picture()])),
    "photo as text": (
        "multipart/form-data; boundary=b",
        form([b'Content-Disposition: form-data; name="photo"\r\n\r\nx']),
    ),
    "no photo": ("multipart/form-data; boundary=b", form([TEXT + b"\r\n\r\nx"])),
    "JSON": ("application/json", b'{"photo": "x"}'),
    "nothing": ("multipart/form-data; boundary=b", b""),
}


@pytest.mark.parametrize("name", HOSTILE)
async def test_I06_uploads_made_to_harm_are_4xx_and_the_server_lives(
    db: Database, client: Client, listing_id: UUID, headers: Headers, settings: Settings, name: str
) -> None:
    content_type, body = HOSTILE[name]
    answer = await client.post(
        f"/api/listings/{listing_id}/photos", content=body, headers=headers | {"Content-Type": content_type}
    )
    assert 400 <= answer.status_code < 500, answer.text
    assert (await photos(db), stored(settings)) == (0, [])
    assert (await client.get("/health/live")).status_code == 200


async def test_a_shared_page_has_a_qr_code_and_nothing_else_does(client: httpx.AsyncClient) -> None:
    page = "/listings/0198c0de-0000-7000-8000-000000000001"
    answer = await client.get("/api/qr.svg", params={"path": page})
    assert (answer.status_code, answer.headers["content-type"]) == (200, "image/svg+xml")
    assert answer.content.startswith(b"<svg")
    other = await client.get("/api/qr.svg", params={"path": page.replace("listings", "spaces")})
    assert other.content != answer.content
    for path in ("/account", "//evil.example", "https://evil.example/listings/x", page + "/..", page + "\n", ""):
        assert (await client.get("/api/qr.svg", params={"path": path})).status_code == 422
