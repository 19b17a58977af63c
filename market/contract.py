"""The HTTP contract: as OpenAPI JSON for programs, and as one plain page for people, without anything from elsewhere."""

import base64
import hashlib
from typing import Any

import msgspec
from jinja2 import Environment
from litestar import Litestar, Request, Response, get

from market.access import ACCESS

STYLE = """
:root{color-scheme:light dark;--ink:#2b241c;--soft:#665a4c;--paper:#fbf6ea;--line:#d9ccb4;--main:#9a3b1c}
@media(prefers-color-scheme:dark){:root{--ink:#f2e9da;--soft:#c9bba6;--paper:#221d17;--line:#55493a;--main:#f0a17f}}
body{font:17px/1.65 system-ui,sans-serif;color:var(--ink);background:var(--paper);max-width:60rem;margin:0 auto;padding:1.5rem}
h2{margin-top:2.5rem;border-bottom:1px solid var(--line)}article{border-top:1px solid var(--line);padding:.75rem 0}
code{font-family:ui-monospace,monospace;overflow-wrap:anywhere}.m{font-weight:700;color:var(--main)}.s{color:var(--soft)}a{color:var(--main)}
ul{margin:.25rem 0}
"""
PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>Linli Market: HTTP contract</title><style>{{ style }}</style></head>
<body><main><h1>Linli Market: HTTP contract</h1>
<p>JSON in snake_case; money in minor units; times in RFC 3339; errors are <code>application/problem+json</code>. Programs sign in with
<code>Authorization: Bearer</code> and a personal token. The same as <a href="/api/openapi.json">OpenAPI JSON</a>.</p>
{% for group, operations in groups.items() %}<section><h2>{{ group }}</h2>
{% for each in operations %}<article id="{{ each.id }}"><h3><span class="m">{{ each.method }}</span> <code>{{ each.path }}</code></h3>
<p>{{ each.summary }}{% if each.description %}. {{ each.description }}{% endif %}</p>
<p class="s">For: {{ each.who }}{% if each.scope %} · token scope: {{ each.scope }}{% endif %}{% if each.body %}
 · body: <code>{{ each.body }}</code>{% endif %}</p>
{% if each.parameters %}<ul>{% for name, place, required in each.parameters %}<li><code>{{ name }}</code>
<span class="s">in {{ place }}{% if required %}, required{% endif %}</span></li>{% endfor %}</ul>{% endif %}
</article>{% endfor %}</section>{% endfor %}
</main></body></html>"""

METHODS = ("get", "post", "put", "patch", "delete")
_environment = Environment(autoescape=True)


def schema_of(app: Litestar) -> dict[str, Any]:
    """The OpenAPI document, made once per app."""
    found: dict[str, Any] | None = getattr(app.state, "contract", None)
    if found is None:
        found = app.state.contract = app.openapi_schema.to_schema()
    return found


def _groups(schema: dict[str, Any]) -> dict[str, list[dict[str, Any]]]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for path, item in sorted(schema["paths"].items()):
        for method in METHODS:
            if method in item:
                groups.setdefault(path.split("/")[2] if path.startswith("/api/") else "operations", []).append(
                    _operation(path, method, item[method])
                )
    return groups


def _operation(path: str, method: str, operation: dict[str, Any]) -> dict[str, Any]:
    row = ACCESS.get(operation["operationId"])
    content: dict[str, Any] = operation.get("requestBody", {}).get("content", {})
    shapes = [each.get("schema", {}).get("$ref", "") for each in content.values()]
    body = shapes[0].rsplit("/", 1)[-1] if shapes else ""
    return {
        "id": operation["operationId"],
        "method": method.upper(),
        "path": path,
        "summary": operation.get("summary", ""),
        "description": operation.get("description", "").rstrip("."),
        "who": ", ".join(sorted(row.roles)) if row and row.roles else "anyone",
        "scope": row.scope if row and row.roles else "",
        "body": body,
        "parameters": [
            (each["name"], each["in"], each.get("required", False)) for each in operation.get("parameters", [])
        ],
    }


@get(
    "/api/openapi.json",
    operation_id="openapi",
    summary="The HTTP contract as OpenAPI",
    include_in_schema=False,
    sync_to_thread=False,
)
def openapi(request: Request[Any, Any, Any]) -> Response[bytes]:
    return Response(msgspec.json.encode(schema_of(request.app)), media_type="application/json")


@get(
    "/api/docs",
    operation_id="docs",
    summary="The HTTP contract as a page",
    include_in_schema=False,
    sync_to_thread=False,
)
def docs(request: Request[Any, Any, Any]) -> Response[str]:
    page = _environment.from_string(PAGE).render(style=STYLE, groups=_groups(schema_of(request.app)))
    allowed = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    policy = (
        f"default-src 'none'; style-src 'sha256-{allowed}'; base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
    )
    return Response(page, media_type="text/html", headers={"Content-Security-Policy": policy})


handlers = [openapi, docs]
