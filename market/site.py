"""The built frontend: hashed files with long cache, precompressed, every other path gets the page shell."""

from litestar import get
from litestar.exceptions import NotFoundException
from litestar.params import FromPath

from market import operations


@get("/{path:path}", operation_id="site", summary="The page", include_in_schema=False, sync_to_thread=False)
def site(path: FromPath[str]) -> str:
    raise NotFoundException(f"{path} was not found.")


handlers = [*operations.handlers, site]
