"""The outbox page of the demo."""

import asyncio

from jinja2.sandbox import ImmutableSandboxedEnvironment
from litestar import Response, get
from litestar.di import NamedDependency

from market.errors import NotFound
from market.notify import delivery
from market.settings import Settings

_PAGE = ImmutableSandboxedEnvironment(autoescape=True).from_string("""<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Outbox</title>
<style>body{font:16px/1.6 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem}
article{border:1px solid #ccc;border-radius:8px;padding:1rem;margin:1rem 0}pre{white-space:pre-wrap;font:inherit;margin:0}
h2{font-size:1.05rem;margin:0 0 .3rem}small{color:#555}</style></head><body><h1>Outbox</h1>
<p>Messages that a real installation would send by mail or SMS.</p>
{% for letter in letters %}<article><h2>{{ letter.subject }}</h2>
<small>{{ letter.channel }} → {{ letter.recipient }} · {{ letter.created_at.isoformat(timespec="seconds") }}</small>
<pre>{{ letter.body }}</pre></article>{% else %}<p>Nothing yet.</p>{% endfor %}</body></html>""")


@get("/dev/outbox", operation_id="dev_outbox", summary="Messages of the demo", include_in_schema=False)
async def dev_outbox(settings: NamedDependency[Settings]) -> Response[str]:
    """Exists only in demo and test: it shows other people's messages."""
    if settings.production:
        raise NotFound("This page")
    letters = await asyncio.to_thread(delivery.outbox, settings.data_dir / "outbox")
    return Response(_PAGE.render(letters=letters), media_type="text/html", headers={"Cache-Control": "no-store"})


handlers = [dev_outbox]
