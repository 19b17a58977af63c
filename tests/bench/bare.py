"""The measure of all web figures: a Litestar handler that does nothing."""

from litestar import Litestar, get


@get("/bare", sync_to_thread=False)
def bare() -> dict[str, str]:
    return {"status": "ok"}


def app() -> Litestar:
    """One route, no middleware, no logging."""
    return Litestar([bare], openapi_config=None, logging_config=None)
