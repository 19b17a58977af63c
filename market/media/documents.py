"""Papers that are not shown to everybody: what may come in as one, told by its content, and where they lie.

A photo is made anew like every picture, so that nothing of the place or the phone stays in it; a PDF is kept as it came, to the byte, and
only ever handed out as a download. The folder is beside that of pictures and is never served as it is."""

import asyncio
from pathlib import Path

from market.errors import MarketError
from market.media import service, storage
from market.media.images import MAX_BYTES
from market.settings import Settings

HEAD, TAIL = b"%PDF-", b"%%EOF"
TAIL_WITHIN = 2048


class DocumentTooLarge(MarketError):
    status = 413
    slug = "document-too-large"
    title = "The document is too large"

    def __init__(self) -> None:
        super().__init__(f"A document may have at most {MAX_BYTES // 1024 // 1024} MB.")


class NotADocument(MarketError):
    status = 415
    slug = "not-a-document"
    title = "This is not a document we can use"

    def __init__(self) -> None:
        super().__init__("Please choose a PDF, or a photo of the paper (JPEG, PNG or WebP).")


def is_pdf(data: bytes) -> bool:
    """By its first and last bytes, whatever it is called."""
    return data.startswith(HEAD) and TAIL in data[-TAIL_WITHIN:]


def document_root(settings: Settings) -> Path:
    """The folder of all papers."""
    return settings.data_dir / "documents"


async def keep(settings: Settings, data: bytes) -> tuple[str, int]:
    """Take a paper in; its name in the folder and its size in bytes.

    Raises DocumentTooLarge, NotADocument, InvalidInput naming `photo` for a damaged picture, and what storage.keep() raises."""
    if len(data) > MAX_BYTES:
        raise DocumentTooLarge
    kind = "pdf"
    if not is_pdf(data):
        try:
            rendered = await service.render(data)
        except service.NotAPicture as fault:
            raise NotADocument from fault
        kind = "jpeg"
        data = max((each for each in rendered.variants if each.format == kind), key=lambda each: each.width).data
    name = storage.file_name(data, kind)
    await asyncio.to_thread(storage.keep, document_root(settings), [(name, data)])
    return name, len(data)


async def read(settings: Settings, name: str) -> bytes | None:
    """The content of a paper; None where the disk has lost it."""
    return await asyncio.to_thread(storage.read, document_root(settings), name)
