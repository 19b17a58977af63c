"""HTTP: picture files. Photos are added and deleted at the listing or space that they belong to."""

from litestar import Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath

from market.media import service
from market.settings import Settings

# Pictures never change under their name. They are ours alone (re-encoded), and still served as nothing but pictures (I03).
HEADERS = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Content-Disposition": "attachment",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@get("/media/{name:path}", operation_id="get_media", summary="A picture file", include_in_schema=False)
async def get_media(name: FromPath[str], settings: NamedDependency[Settings]) -> Response[bytes]:
    """One copy of a photo; the name stands for its content."""
    data, media_type = await service.file(settings, name=name.removeprefix("/"))
    return Response(data, media_type=media_type, headers=HEADERS)


handlers = [get_media]
