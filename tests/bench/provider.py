"""A payment provider that costs next to nothing: answers checkout sessions at once, so that its time is not counted as ours."""

import itertools
import secrets
import time
from typing import Any
from urllib.parse import parse_qs

import msgspec

from market.payments.sandbox import objects

_run = secrets.token_hex(4)
_numbers = itertools.count(1)


async def app(scope: Any, receive: Any, send: Any) -> None:
    """ASGI: POST /sandbox/stripe/v1/checkout/sessions."""
    if scope["type"] == "lifespan":
        while True:
            message = await receive()
            await send({"type": message["type"] + ".complete"})
            if message["type"] == "lifespan.shutdown":
                return
    body = b""
    more = True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    form = {key: values[0] for key, values in parse_qs(body.decode()).items()}
    identity = f"cs_test_{_run}{next(_numbers):016d}"
    session = objects.checkout_session(
        identity=identity,
        now=int(time.time()),
        url=f"http://localhost/pay/{identity}",
        amount=int(form.get("line_items[0][price_data][unit_amount]", "0")),
        currency=form.get("line_items[0][price_data][currency]", "cny"),
        expires_at=int(form.get("expires_at", "0")),
        success_url=form.get("success_url", ""),
        cancel_url=form.get("cancel_url"),
        client_reference_id=form.get("client_reference_id"),
        metadata={},
        locale=None,
        intent_metadata={},
    )
    answer = msgspec.json.encode(session)
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
