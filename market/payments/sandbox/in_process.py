"""The sandbox without a server: the same handlers behind a transport in this process, for tests and the demo loader."""

from typing import Any

import httpx
from litestar import Litestar
from litestar.di import Provide

from market.db import Database
from market.payments.sandbox.controllers import handlers
from market.payments.sandbox.courier import Courier
from market.settings import Settings


def sandbox_transport(db: Database, settings: Settings) -> httpx.AsyncBaseTransport:
    """For `make_gateway(settings, transport=...)`. Webhooks are queued; a running courier, or `deliver_due()` of one, brings them."""
    courier = Courier(db, settings)
    app = Litestar(
        list(handlers),
        dependencies={
            "db": Provide(lambda: db, sync_to_thread=False),
            "settings": Provide(lambda: settings, sync_to_thread=False),
            "courier": Provide(lambda: courier, sync_to_thread=False),
        },
        openapi_config=None,
        logging_config=None,
    )
    return transport_to(app)


def transport_to(app: Any) -> httpx.AsyncBaseTransport:
    """A transport that calls an ASGI app in this process."""
    return httpx.ASGITransport(app=app, raise_app_exceptions=False)
