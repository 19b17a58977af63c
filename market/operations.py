"""Health, metrics and logging."""

import logging
import sys

import structlog
from litestar import Response, get
from litestar.di import NamedDependency
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from structlog.tracebacks import ExceptionDictTransformer

from market.db import Database, latest_version, schema_version
from market.errors import Unavailable
from market.settings import Settings

REGISTRY = CollectorRegistry()
REQUESTS = Counter(
    "market_requests_total", "Requests by operation and status", ["operation", "method", "status"], registry=REGISTRY
)
SECONDS = Histogram(
    "market_request_seconds",
    "Time per request by operation",
    ["operation"],
    registry=REGISTRY,
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5),
)


def observe(operation: str, method: str, status: int, seconds: float) -> None:
    """Count one request."""
    REQUESTS.labels(operation, method, str(status)).inc()
    SECONDS.labels(operation).observe(seconds)


def configure_logging(settings: Settings) -> None:
    """JSON lines on standard error."""
    logging.basicConfig(stream=sys.stderr, level=logging.WARNING, format="%(message)s")
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            # local variables could hold passwords and addresses: only places are logged (O05)
            structlog.processors.ExceptionRenderer(ExceptionDictTransformer(show_locals=False)),
            structlog.processors.JSONRenderer(),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.log_level.upper())),
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )


@get("/health/live", operation_id="live", summary="The process runs", sync_to_thread=False)
def live() -> dict[str, str]:
    return {"status": "live"}


@get("/health/ready", operation_id="ready", summary="The database answers and has the right version")
async def ready(db: NamedDependency[Database]) -> dict[str, str]:
    if await schema_version(db) != latest_version():
        raise Unavailable("The database has another schema version.")
    return {"status": "ready"}


@get("/metrics", operation_id="metrics", summary="Figures for Prometheus", sync_to_thread=False)
def metrics() -> Response[bytes]:
    return Response(generate_latest(REGISTRY), media_type="text/plain; version=0.0.4")


handlers = [live, ready, metrics]
