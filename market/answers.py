"""Answers that are JSON already, sent without being looked at again."""

from collections.abc import Mapping

from litestar.openapi import ResponseSpec
from litestar.response.base import ASGIResponse


def encoded(body: bytes, status: int = 200, *, headers: Mapping[str, str] | None = None) -> ASGIResponse:
    """The answer as it goes out: Litestar's `Response` would be copied and completed once more for every request."""
    return ASGIResponse(body=body, status_code=status, media_type="application/json", headers=dict(headers or {}))


def answers(shape: type, status: int = 200) -> dict[int, ResponseSpec]:
    """What such an answer looks like, for the OpenAPI document."""
    return {status: ResponseSpec(shape, generate_examples=False)}
