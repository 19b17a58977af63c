"""A payment provider that costs next to nothing: answers checkout sessions at once, so that its time is not counted as ours."""

import itertools
import re
import secrets
import time
from typing import Any

import msgspec

from market.payments.sandbox import objects

_run = secrets.token_hex(4)
_numbers = itertools.count(1)
_AMOUNT = re.compile(rb"unit_amount(?:%5D|\])=([0-9]+)")
_EXPIRES = re.compile(rb"expires_at=([0-9]+)")
# The answer is made once as the sandbox makes it; what differs from call to call is put in where these stand.
_ID, _MINOR, _END = "cs_test_identity", 911_911_911, 822_822_822
_ANSWER = msgspec.json.encode(
    objects.checkout_session(
        identity=_ID, now=int(time.time()), url=f"http://localhost/pay/{_ID}", amount=_MINOR, currency="cny", expires_at=_END,
        success_url="http://localhost/", cancel_url=None, client_reference_id=None, metadata={}, locale=None, intent_metadata={},
    )
)  # fmt: skip


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
    amount = sum(int(each) for each in _AMOUNT.findall(body))
    expires = _EXPIRES.search(body)
    answer = _ANSWER.replace(_ID.encode(), f"cs_test_{_run}{next(_numbers):016d}".encode())
    answer = answer.replace(str(_MINOR).encode(), str(amount).encode())
    answer = answer.replace(str(_END).encode(), expires[1] if expires else b"0")
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
