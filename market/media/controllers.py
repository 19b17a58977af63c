"""HTTP: picture files, and the form in which pictures come. Photos are added and deleted at the listing or space they belong to."""

import re
from collections.abc import Callable
from typing import Annotated, Any

from litestar import Request, Response, get
from litestar.datastructures import UploadFile
from litestar.di import NamedDependency
from litestar.enums import RequestEncodingType
from litestar.params import BodyKwarg, FromPath, QueryParameter
from msgspec import Struct

from market.errors import InvalidInput, MarketError
from market.media import qr, service
from market.settings import Settings

# Pictures never change under their name. They are ours alone (re-encoded), and still served as nothing but pictures (I03).
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "attachment",
    "Cross-Origin-Resource-Policy": "same-origin",
}


SHARED_PAGE = re.compile(r"/(listings|spaces)/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")


class PhotoForm(Struct):
    """A multipart form: the picture, and what it shows for who cannot see it."""

    photo: UploadFile
    alt: str = ""


PhotoBody = Annotated[PhotoForm, BodyKwarg(media_type=RequestEncodingType.MULTI_PART, multipart_form_part_limit=8)]


class UnreadableForm(MarketError):
    """A part of the form names a character set that does not exist."""

    slug = "unreadable"
    title = "The request cannot be read"


def on_form_fault(request: Request[Any, Any, Any], fault: LookupError) -> Response[Any]:
    """Litestar's form parser lets an unknown character set out as a bare LookupError; every other one is our own fault (I06)."""
    error: Exception = UnreadableForm("The form cannot be read.") if type(fault) is LookupError else fault
    handlers: Any = request.app.exception_handlers
    rendered: Response[Any] = handlers[MarketError if error is not fault else Exception](request, error)
    return rendered


FORM_FAULTS: dict[int | type[Exception], Callable[[Request[Any, Any, Any], Any], Response[Any]]] = {
    LookupError: on_form_fault
}


@get("/media/{name:path}", operation_id="get_media", summary="A picture file", include_in_schema=False)
async def get_media(name: FromPath[str], settings: NamedDependency[Settings]) -> Response[bytes]:
    """One copy of a photo; the name stands for its content."""
    data, media_type = await service.file(settings, name=name.removeprefix("/"))
    return Response(data, media_type=media_type, headers=HEADERS)


@get("/api/qr.svg", operation_id="get_link_qr", summary="The QR code of a public page", media_type="image/svg+xml")
async def get_link_qr(
    request: Request[Any, Any, Any],
    settings: NamedDependency[Settings],
    path: Annotated[str, QueryParameter(description="/listings/<id> or /spaces/<id>", max_length=60)],
) -> Response[bytes]:
    """For a picture that people pass on; only pages of listings and spaces have one."""
    if SHARED_PAGE.fullmatch(path) is None:
        raise InvalidInput([("path", "must be the page of a listing or a space")])
    base = settings.base_url or str(request.base_url).rstrip("/")
    headers = {"Cache-Control": "public, max-age=3600"}
    return Response(qr.svg(base + path), media_type="image/svg+xml", headers=headers)


handlers = [get_media, get_link_qr]
