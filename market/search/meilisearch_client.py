"""The few calls of Meilisearch's HTTP API that are needed, each with a time limit; whatever goes wrong is an EngineFault.

Plain httpx instead of the client package: it is here already, a search is one POST whose answer is decoded straight into msgspec
structs (which refuses garbage), and every call has its own time limit, which the package has only for the whole client."""

import asyncio
import time
from typing import Any, TypeVar

import httpx
import msgspec

from market.search.engine import EngineFault

T = TypeVar("T")
SEARCH_S = 0.2  # for the whole answer, so that falling back is done within 300 ms
RESTS_S = 2.0  # after a fault nobody asks for so long
CALL_S = 10.0
TASK_S = 120.0
POLL_S = (0.02, 0.5)  # from, up to


class Task(msgspec.Struct):
    status: str = ""
    uid: int | None = None
    taskUid: int | None = None  # noqa: N815 - as it is called there
    error: dict[str, Any] | None = None


class Key(msgspec.Struct):
    key: str


class Client:
    """One server, two keys: the configured one for writing, and one that can only search for everything a reader asks."""

    def __init__(self, url: str, key: str, *, key_id: str, indexes: list[str]) -> None:
        self._http = httpx.AsyncClient(
            base_url=url.rstrip("/"), timeout=CALL_S, limits=httpx.Limits(max_connections=50)
        )
        self._key = key
        self._key_id = key_id
        self._indexes = indexes
        self._search_key: str | None = None
        self._resting_until = 0.0

    async def aclose(self) -> None:
        await self._http.aclose()

    async def search(self, path: str, body: object, shape: type[T]) -> T:
        """A reader's question, answered within SEARCH_S or not at all; after a fault it is not asked again for RESTS_S."""
        if time.monotonic() < self._resting_until:
            raise EngineFault("Meilisearch did not answer a moment ago")
        try:
            async with asyncio.timeout(SEARCH_S):
                key = await self._key_for_searching()
                return await self._call("POST", path, body, shape, key=key)
        except (EngineFault, TimeoutError) as fault:
            self._resting_until = time.monotonic() + RESTS_S
            raise EngineFault(f"Meilisearch: {str(fault) or 'no answer in time'}") from fault

    async def call(self, method: str, path: str, body: object = None, shape: type[T] = Task) -> T:  # type: ignore[assignment]  # the default of a generic
        """A call with the configured key."""
        try:
            async with asyncio.timeout(CALL_S):
                return await self._call(method, path, body, shape, key=self._key)
        except TimeoutError as late:
            raise EngineFault(f"Meilisearch: no answer to {method} {path} in time") from late

    async def done(self, task: Task, *, limit_s: float = TASK_S) -> None:
        """Wait until a task has succeeded; raises EngineFault when it failed or takes longer than the limit."""
        number = task.uid if task.taskUid is None else task.taskUid
        if number is None:
            raise EngineFault("Meilisearch gave no task")
        give_up, pause = time.monotonic() + limit_s, POLL_S[0]
        while task.status not in {"succeeded", "failed", "canceled"}:
            if time.monotonic() >= give_up:
                raise EngineFault(f"Meilisearch: task {number} is not done after {limit_s:.0f} s")
            await asyncio.sleep(pause)
            pause = min(pause * 1.5, POLL_S[1])
            task = await self.call("GET", f"/tasks/{number}")
        if task.status != "succeeded":
            raise EngineFault(f"Meilisearch: task {number} {task.status}: {(task.error or {}).get('code', '')}")

    async def do(self, method: str, path: str, body: object = None, *, limit_s: float = TASK_S) -> None:
        """A call that makes a task, until the task is done."""
        await self.done(await self.call(method, path, body), limit_s=limit_s)

    async def exists(self, path: str) -> bool:
        """Whether there is something at a path."""
        try:
            await self.call("GET", path, shape=dict)
        except NotThere:
            return False
        return True

    async def _call(self, method: str, path: str, body: object, shape: type[T], *, key: str) -> T:
        headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {key}"} if key else {})
        content = None if body is None else msgspec.json.encode(body)
        try:
            answer = await self._http.request(method, path, content=content, headers=headers)
            if answer.status_code == 404:
                raise NotThere(f"Meilisearch has nothing at {path}")
            if answer.status_code >= 400:
                raise EngineFault(f"Meilisearch refused {method} {path} with {answer.status_code}")
            return msgspec.json.decode(answer.content, type=shape)
        except (httpx.HTTPError, httpx.InvalidURL, msgspec.DecodeError, msgspec.ValidationError, UnicodeError) as fault:
            raise EngineFault(f"Meilisearch: {type(fault).__name__}") from fault

    async def _key_for_searching(self) -> str:
        """A key that can only search our indexes, made once; a configured key that may not make keys is used itself."""
        if self._search_key is None:
            self._search_key = await self._made_key() if self._key else ""
        return self._search_key

    async def _made_key(self) -> str:
        asked = {
            "uid": self._key_id,
            "name": "market: search",
            "actions": ["search"],
            "indexes": self._indexes,
            "expiresAt": None,
        }
        for method, path, body in (("GET", f"/keys/{self._key_id}", None), ("POST", "/keys", asked)):
            try:
                return (await self._call(method, path, body, Key, key=self._key)).key
            except NotThere:
                continue
            except EngineFault as fault:
                if "with 4" in str(fault):
                    break
                raise
        return self._key


class NotThere(EngineFault):
    """404."""
