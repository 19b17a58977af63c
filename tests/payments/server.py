"""A web process of payments alone: webhook, sandbox and courier over real sockets. Settings come from the environment."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from litestar import Litestar, Request, Response
from litestar.di import Provide

from market.db import Database
from market.errors import MarketError
from market.payments import controllers
from market.payments.sandbox import controllers as sandbox
from market.payments.sandbox.courier import Courier
from market.payments.stripe import make_gateway
from market.settings import Settings
from tests.payments.conftest import remember


def refusal(_: Request[Any, Any, Any], error: MarketError) -> Response[dict[str, str]]:
    return Response({"detail": str(error)}, status_code=error.status)


def provide(part: Any) -> Provide:
    return Provide(lambda: part, sync_to_thread=False)


def make_app() -> Litestar:
    settings = Settings()
    db = Database(settings.database_url)
    gateway = make_gateway(settings)
    courier = Courier(db, settings)

    @asynccontextmanager
    async def lifespan(_: Litestar) -> AsyncIterator[None]:
        await db.open()
        await courier.open()
        yield
        await courier.aclose()
        await gateway.aclose()
        await db.close()

    parts = {"db": db, "settings": settings, "courier": courier, "gateway": gateway, "payment_handler": remember}
    return Litestar(
        [*controllers.handlers, *sandbox.handlers],
        dependencies={name: provide(part) for name, part in parts.items()},
        exception_handlers={MarketError: refusal},
        lifespan=[lifespan],
        openapi_config=None,
        logging_config=None,
    )
