"""Use cases around photos: take a picture in, keep its copies, let it go."""

import asyncio
import sys
from collections.abc import Awaitable, Callable
from uuid import UUID
from weakref import WeakKeyDictionary

import msgspec
import structlog

from market.db import Connection, Database, Row
from market.errors import Conflict, InvalidInput, MarketError, NotFound, Unavailable
from market.media import queries, storage
from market.media.images import MAX_BYTES, Outcome, Rendered
from market.media.schemas import Photo, PhotoVariant
from market.settings import Settings
from market.text import clean_text

log = structlog.get_logger(__name__)

MAX_PHOTOS = 12
RENDER_TIMEOUT_S = 20
AT_ONCE = 2
QUEUE = 8

# Pictures being worked on, per event loop: what waits beyond QUEUE is told to come again, so that uploads cannot fill the memory.
_slots: WeakKeyDictionary[asyncio.AbstractEventLoop, tuple[asyncio.Semaphore, list[None]]] = WeakKeyDictionary()

Then = Callable[[Connection], Awaitable[None]]


class PictureTooLarge(MarketError):
    status = 413
    slug = "picture-too-large"
    title = "The picture is too large"

    def __init__(self) -> None:
        super().__init__(f"A picture may have at most {MAX_BYTES // 1024 // 1024} MB.")


class NotAPicture(MarketError):
    status = 415
    slug = "not-a-picture"
    title = "This is not a picture we can use"

    def __init__(self) -> None:
        super().__init__("Please choose a JPEG, PNG or WebP picture.")


class TooManyPhotos(Conflict):
    def __init__(self) -> None:
        super().__init__(f"There are {MAX_PHOTOS} photos already. Please delete one first.")


REFUSALS = {
    "too_many_pixels": "has too many pixels (at most 40 million)",
    "animated": "moves; please choose a still picture",
    "broken": "is damaged and cannot be read",
}


async def render(data: bytes) -> Rendered:
    """The clean copies of a picture, made in a process of its own under limits on memory and time (I01, F17).

    Raises PictureTooLarge, NotAPicture, InvalidInput naming `photo`, and Unavailable when too many pictures wait."""
    if len(data) > MAX_BYTES:
        raise PictureTooLarge
    semaphore, waiting = _slots.setdefault(asyncio.get_running_loop(), (asyncio.Semaphore(AT_ONCE), []))
    if len(waiting) >= QUEUE + AT_ONCE:
        raise Unavailable("Many pictures are being uploaded. Please try again in a moment.", retry_after_s=5)
    waiting.append(None)
    try:
        async with semaphore:
            outcome = await _outcome(data)
    finally:
        waiting.pop()
    if outcome.rendered is not None:
        return outcome.rendered
    if outcome.fault == "not_a_picture":
        raise NotAPicture
    if outcome.fault == "too_many_bytes":
        raise PictureTooLarge
    raise InvalidInput([("photo", REFUSALS.get(outcome.fault or "", REFUSALS["broken"]))])


async def _outcome(data: bytes) -> Outcome:
    """Run market.media.images as a program on `data`; a process that died or took too long means a picture made to harm."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-I",
        "-m",
        "market.media.images",
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.DEVNULL,
    )
    try:
        answer, _ = await asyncio.wait_for(process.communicate(data), RENDER_TIMEOUT_S)
    except TimeoutError:
        log.warning("picture_took_too_long")
        return Outcome(fault="broken")
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode != 0:
        log.warning("picture_process_ended", returncode=process.returncode)
        return Outcome(fault="broken")
    return msgspec.msgpack.decode(answer, type=Outcome)


async def add_photo(
    db: Database,
    *,
    settings: Settings,
    data: bytes,
    alt: str = "",
    listing_id: UUID | None = None,
    space_id: UUID | None = None,
    spending_id: UUID | None = None,
    paper: str | None = None,
    then: Then | None = None,
) -> Photo:
    """Take a picture in and append it to a listing, a space, or as a `paper` to a spending request.
    `then` runs in the transaction that keeps it.

    Raises what render() and storage.keep() raise, and TooManyPhotos. The caller decides who may."""
    alt = clean_text("alt", alt, max_len=200)
    rendered = await render(data)
    named = [(storage.file_name(each.data, each.format), each) for each in rendered.variants]
    files = [(name, each.data) for name, each in named]
    variants = [
        {"width": each.width, "height": each.height, "format": each.format, "file": name} for name, each in named
    ]
    root = storage.media_root(settings)
    await asyncio.to_thread(storage.keep, root, files)
    async with db.transaction() as tx:
        await queries.lock_files(tx, exclusive=False)
        # Somebody may have deleted the same picture in between: under the lock what is missing is written again.
        await asyncio.to_thread(storage.keep, root, files)
        known = await queries.count_photos(tx, listing_id=listing_id, space_id=space_id, spending_id=spending_id)
        if known >= MAX_PHOTOS:
            raise TooManyPhotos
        row = await queries.insert_photo(
            tx,
            listing_id=listing_id,
            space_id=space_id,
            spending_id=spending_id,
            paper=paper,
            alt=alt,
            width=rendered.width,
            height=rendered.height,
            variants=variants,
        )
        if then is not None:
            await then(tx)
    return photo_from_row(row, settings=settings)


async def delete_photo(
    db: Database,
    *,
    settings: Settings,
    photo_id: UUID,
    listing_id: UUID | None = None,
    space_id: UUID | None = None,
    then: Then | None = None,
) -> None:
    """Take a photo off a listing or space, and its files off the disk where no other photo has the same; NotFound."""
    async with db.transaction() as tx:
        row = await queries.delete_photo(tx, photo_id=photo_id, listing_id=listing_id, space_id=space_id)
        if row is None:
            raise NotFound("This photo")
        if then is not None:
            await then(tx)
    names = [each["file"] for each in row["variants"]]
    async with db.transaction() as tx:
        await queries.lock_files(tx, exclusive=True)
        unused = set(names) - await queries.files_in_use(tx, names=names)
        await asyncio.to_thread(storage.remove, storage.media_root(settings), unused)


async def photos_of_spaces(tx: Connection, *, settings: Settings, space_ids: list[UUID]) -> dict[UUID, list[Photo]]:
    """The photos of each space, in one statement; a space without photos has an empty list."""
    found: dict[UUID, list[Photo]] = {space_id: [] for space_id in space_ids}
    for row in await queries.photos_of_spaces(tx, space_ids=space_ids):
        found[row["space_id"]].append(photo_from_row(row, settings=settings))
    return found


def photo_from_row(row: Row, *, settings: Settings) -> Photo:
    """A row of photos as it goes on the wire."""
    prefix = storage.media_prefix(settings)
    return Photo(
        id=row["id"],
        alt=row["alt"],
        width=row["width"],
        height=row["height"],
        variants=[
            PhotoVariant(prefix + each["file"], each["width"], each["height"], each["format"])
            for each in row["variants"]
        ],
    )


async def file(settings: Settings, *, name: str) -> tuple[bytes, str]:
    """Content and media type of a file; NotFound."""
    data = await asyncio.to_thread(storage.read, storage.media_root(settings), name)
    if data is None:
        raise NotFound("This file")
    return data, storage.content_type(name)
