"""Composition root: makes the parts and wires controllers, guard, middleware and error mapping into one Litestar app."""

from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from litestar import Litestar, Request
from litestar.di import NamedDependency, Provide
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from litestar.params import SkipValidation

from market import http, limits, routes, site
from market.checkout import settlement
from market.checkout import tasks as checkout_jobs
from market.db import Database
from market.envelope import RequestEnvelope
from market.funds import tasks as funds_jobs
from market.jobs import Context, Worker
from market.ledger import tasks as ledger_jobs
from market.needs import tasks as needs_jobs
from market.notify import tasks as notify_jobs
from market.payments import tasks as payments_jobs
from market.payments.inbox import FactHandler
from market.payments.sandbox.controllers import handlers as sandbox_handlers
from market.payments.sandbox.courier import Courier
from market.payments.sandbox.in_process import sandbox_transport, transport_to
from market.payments.stripe import StripeGateway, make_gateway
from market.people import tasks as people_jobs
from market.people.rules import Actor
from market.search import service as search
from market.search import tasks as search_jobs
from market.search.engine import SearchEngine
from market.search.vocabulary import Vocabulary
from market.settings import Settings
from market.spaces import service as spaces
from market.spaces import tasks as spaces_jobs

MAX_BODY = 12 * 1024 * 1024
TASKS = (
    people_jobs,
    funds_jobs,
    ledger_jobs,
    payments_jobs,
    search_jobs,
    spaces_jobs,
    needs_jobs,
    notify_jobs,
    checkout_jobs,
)


@dataclass
class Parts:
    """The outside parts, made once per process."""

    settings: Settings
    db: Database
    gateway: StripeGateway
    engine: SearchEngine
    courier: Courier | None = None
    vocabulary: Vocabulary = field(default_factory=Vocabulary)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Open everything, close it in reverse order."""
        async with AsyncExitStack() as stack:
            await self.db.open()
            stack.push_async_callback(self.db.close)
            stack.push_async_callback(limits.aclose, self.db)
            stack.push_async_callback(self.gateway.aclose)
            stack.push_async_callback(self.engine.aclose)
            yield


def database_dsn(settings: Settings) -> str:
    """Address of the configured database; the embedded one must be running."""
    if settings.database_url:
        return settings.database_url
    from market.embedded import EmbeddedPostgres

    return EmbeddedPostgres(settings.data_dir / "pg").dsn()


def make_parts(settings: Settings, *, dsn: str | None = None) -> Parts:
    db = Database(dsn or database_dsn(settings), pool_size=settings.pool_size)
    if settings.valkey_url:
        limits.use(db, limits.ValkeyCounters(settings.valkey_url))
    # without a server to call, tests reach the payment sandbox in this process
    in_process = settings.env == "test" and settings.sandbox and not settings.sandbox_url
    gateway = make_gateway(settings, transport=sandbox_transport(db, settings) if in_process else None)
    vocabulary = Vocabulary()

    async def words() -> tuple[dict[str, list[str]], list[str]]:
        return await vocabulary.for_server(db)

    return Parts(
        settings=settings,
        db=db,
        gateway=gateway,
        engine=search.make_engine(settings, words=words),
        vocabulary=vocabulary,
    )


def _sandbox(app: Litestar, parts: Parts) -> Courier:
    """The deliverer of the sandbox's webhooks, which in tests calls the app in this process."""
    in_process = parts.settings.env == "test" and not parts.settings.sandbox_url
    return Courier(parts.db, parts.settings, transport=transport_to(app) if in_process else None)


def _dependencies(parts: Callable[[], Parts]) -> dict[str, Provide]:
    """What handlers may ask for, of the parts bound at that moment. Each names the one before it: Litestar opens a task group for
    dependencies that stand side by side, which costs more than everything else here."""

    def db() -> Database:
        return parts().db

    def settings(db: NamedDependency[Database]) -> Settings:
        return parts().settings

    def actor(request: Request[Any, Any, Any], settings: NamedDependency[Settings]) -> Actor | None:
        return http.provide_actor(request)

    def gateway(settings: NamedDependency[Settings]) -> StripeGateway:
        return parts().gateway

    def payment_handler(gateway: NamedDependency[SkipValidation[StripeGateway]]) -> FactHandler:
        return settlement.handle

    providers: dict[str, Callable[..., Any]] = {
        "db": db,
        "settings": settings,
        "actor": actor,
        "gateway": gateway,
        "payment_handler": payment_handler,
    }
    return {name: Provide(provider, sync_to_thread=False) for name, provider in providers.items()} | {
        "engine": Provide(lambda: parts().engine, sync_to_thread=False),
        "courier": Provide(lambda: parts().courier, sync_to_thread=False),
    }


def create_worker(parts: Parts) -> Worker:
    """The job worker with every slice's handlers."""
    found = {
        "gateway": parts.gateway,
        "engine": parts.engine,
        "vocabulary": parts.vocabulary,
        "payment_handler": settlement.handle,
    }
    worker = Worker(Context(parts.db, parts.settings, found))
    for module in TASKS:
        module.register(worker)
    return worker


@asynccontextmanager
async def _lifespan(app: Litestar) -> AsyncIterator[None]:
    parts: Parts = app.state["parts"]
    async with parts.running(), AsyncExitStack() as stack:
        if parts.settings.sandbox:
            parts.courier = _sandbox(app, parts)
            await parts.courier.open()
            stack.push_async_callback(parts.courier.aclose)
        yield


def wire(*, sandbox: bool, debug: bool) -> Litestar:
    """Every route with its guards and error mapping, still without parts: `bind` them before the app is started.

    This is the expensive half (a third of a second): tests wire once and bind for each."""

    def parts() -> Parts:
        return app.state["parts"]  # type: ignore[no-any-return]  # the state is untyped; `bind` puts it there

    handlers = [handler for module in routes.CONTROLLERS for handler in module.handlers]
    if sandbox:
        handlers += sandbox_handlers
    app = Litestar(
        route_handlers=[*handlers, *site.handlers],
        dependencies=_dependencies(parts),
        guards=[http.enforce_access],
        exception_handlers=http.EXCEPTION_HANDLERS,
        lifespan=[_lifespan],
        openapi_config=OpenAPIConfig(
            title="Linli Market",
            version="1",
            path="/api/contract",
            render_plugins=[JsonRenderPlugin(path="/openapi.json")],
            use_handler_docstrings=True,
        ),
        request_max_body_size=MAX_BODY,
        debug=debug,
        logging_config=None,
    )
    http.check_access_table(app)
    app.state["inner"] = app.asgi_handler
    return app


def bind(app: Litestar, parts: Parts) -> Litestar:
    """The same app, serving these parts."""
    for name, value in {
        "settings": parts.settings,
        "parts": parts,
        "db": parts.db,
        "site": site.Site(),
        "occupier": spaces,
    }.items():
        app.state[name] = value
    app.asgi_handler = RequestEnvelope(app.state["inner"], parts.settings)
    return app


def create_app(settings: Settings | None = None, *, dsn: str | None = None, parts: Parts | None = None) -> Litestar:
    """The web application; refuses unsafe settings in production. `dsn` overrides the settings' database."""
    settings = settings or Settings()
    settings.require_safe()
    return bind(wire(sandbox=settings.sandbox, debug=settings.debug), parts or make_parts(settings, dsn=dsn))
