"""The ASGI middleware in front of Ray's HTTP proxy: HTTP in, one text message to the Java ingress, its answer back.

It bounds the size, names the request, repeats idempotent calls that hit a dead replica, and turns Ray's own errors into
problem JSON. It never looks into a body: tenants and models are Java's business. What it does to a request before Java
has it, io.manymodels.http.Exchange does on the direct port; both are tested on the same cases
(src/test/resources/io/manymodels/http/received-requests.json).

Ray calls `proxy` through RAY_SERVE_HTTP_PROXY_CALLBACK_IMPORT_PATH=manymodels.ingress.proxy.
"""

import asyncio
import logging
import os
import re
import time
from collections.abc import Iterable
from urllib.parse import unquote

from starlette.middleware import Middleware

from manymodels import ray_java_compat
from manymodels.asgi import App, Attempt, Receive, Scope, Send, websocket_as_get
from manymodels.body_limit import BodyLimit
from manymodels.envelope import MARK, decode_answer, encode_request, kept_headers
from manymodels.half_closed import answer_half_closed
from manymodels.predictions import PREDICTIONS
from manymodels.problems import FROM_RAY, Problem

BARE_PREFIXES_VARIABLE = "MANY_MODELS_BARE_PREFIXES"

MAX_DEADLINE_SECONDS = 30.0
RETRY_PAUSES_SECONDS = (0.02, 0.05, *(0.1,) * 3, *(0.2,) * 4, *(0.4,) * 4, *(0.5,) * 4)
"""4.8 s in all: longer than the controller takes to drop a dead replica (health check period 2 s).

Even, because until Ray takes the actor for dead, its router may choose the dead replica again.
"""
LINGER_SECONDS = 2.0
"""How long a refused body is still read and dropped: closing at once could reset the connection under the answer."""

RAYS_PATHS = frozenset(("/-/healthz", "/-/routes"))
"""The paths that Ray's proxy answers itself (ray/serve/_private/proxy_request_response.py:ASGIProxyRequest).

Any other path below /-/ it would give to the application as it is, and the application would take the body for a score.
"""

_REQUEST_ID = re.compile(rb"[A-Za-z0-9._-]{1,128}")
_SLASH = re.compile(rb"%(2[Ff])")
_TIMEOUT_MS = re.compile(rb"0*[1-9][0-9]{0,8}")

# Below Ray Serve's logger, so that lines land in the proxy's log file.
_log = logging.getLogger("ray.serve.manymodels.ingress")


def proxy() -> list[Middleware]:
    """Patch this proxy process and name its middleware."""
    ray_java_compat.proxy()
    answer_half_closed()
    prefixes = [part.strip() for part in os.environ.get(BARE_PREFIXES_VARIABLE, "").split(",") if part.strip()]
    return [Middleware(JavaEnvelope, bare_prefixes=prefixes)]


def _path(scope: Scope) -> str:
    """The decoded path, in which an encoded slash stays as it is: decoded it would lead to another path."""
    raw: bytes = scope.get("raw_path") or b""
    return unquote(_SLASH.sub(rb"%25\1", raw).decode("ascii")) if _SLASH.search(raw) else scope["path"]


class JavaEnvelope:
    """Wraps Ray's proxy. Safe for concurrent requests of one event loop.

    Args:
        app: Ray's proxy.
        bare_prefixes: paths equal to or below one of these reach Ray untouched, as Ray's own paths always do.
    """

    def __init__(self, app: App, bare_prefixes: Iterable[str] = ()) -> None:
        self._app = app
        self._limit = BodyLimit()
        self._bare_paths = frozenset(prefix.rstrip("/") for prefix in bare_prefixes)
        self._bare_prefixes = tuple(f"{path}/" for path in self._bare_paths)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] not in ("http", "websocket") or self._is_bare(scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["type"] == "websocket":
            scope, receive, send = websocket_as_get(scope, receive, send)
        if scope["path"] in RAYS_PATHS and scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
        else:
            await self._exchange(scope, receive, send)

    async def _exchange(self, scope: Scope, receive: Receive, send: Send) -> None:
        exchange = _Exchange(scope, receive, send, self._limit)
        try:
            body = await exchange.read_body()
            if body is None:
                return
            if scope["path"] in RAYS_PATHS:
                await exchange.refuse_method()
            else:
                await exchange.call(self._app, exchange.envelope(body))
        finally:
            exchange.release()

    def _is_bare(self, path: str) -> bool:
        return path.startswith(self._bare_prefixes) or path in self._bare_paths


class _Exchange:
    """One HTTP request and its one answer."""

    __slots__ = (
        "_answered",
        "_arrived_ms",
        "_deadline",
        "_headers",
        "_limit",
        "_receive",
        "_request_id",
        "_scope",
        "_send",
        "_size",
    )

    def __init__(self, scope: Scope, receive: Receive, send: Send, limit: BodyLimit) -> None:
        self._arrived_ms = time.time_ns() // 1_000_000
        self._scope = scope
        self._receive = receive
        self._send = send
        self._limit = limit
        self._size = 0
        self._answered = False
        self._headers = headers = kept_headers(scope["headers"])
        given_id = headers.get(b"x-request-id", b"")
        self._request_id = (given_id if _REQUEST_ID.fullmatch(given_id) else os.urandom(16).hex().encode()).decode()
        timeout = headers.get(b"x-request-timeout-ms", b"")
        seconds = int(timeout) / 1000 if _TIMEOUT_MS.fullmatch(timeout) else MAX_DEADLINE_SECONDS
        self._deadline = time.monotonic() + min(seconds, MAX_DEADLINE_SECONDS)

    async def read_body(self) -> bytes | None:
        """The whole request body, or None when the request is over: refused, too slow, or the client is gone."""
        limit = self._limit.bytes()
        length = self._headers.get(b"content-length", b"")
        if length.isdigit() and (len(length) > 18 or int(length) > limit):
            await self._refuse_size(limit)
            return None
        chunks: list[bytes] = []
        too_long = False
        try:
            async with asyncio.timeout(self._remaining()):
                while True:
                    message = await self._receive()
                    if message["type"] == "http.disconnect":
                        return None
                    chunk = message.get("body", b"")
                    too_long = self._size + len(chunk) > limit
                    if too_long or not self._limit.reserve(len(chunk)):
                        break
                    self._size += len(chunk)
                    if not message.get("more_body", False):
                        return b"".join((*chunks, chunk)) if chunks else chunk
                    chunks.append(chunk)
        except TimeoutError:
            await self._problem(Problem.DEADLINE_EXCEEDED, "the request body did not arrive in time", close=True)
            return None
        # Only now: the answer of a refusal takes its time, which must not run into the timeout of the body.
        if too_long:
            await self._refuse_size(limit)
        else:
            await self._problem(Problem.OVERLOADED, "too many bodies are under way", close=True)
        return None

    def release(self) -> None:
        """The request is over."""
        self._limit.release(self._size)

    async def refuse_method(self) -> None:
        problem = Problem.METHOD_NOT_ALLOWED
        headers = (*problem.headers(), (b"allow", b"GET, HEAD"))
        body = problem.body("this path takes GET, HEAD", self._request_id)
        await self._answer(problem.status, headers, body)

    def envelope(self, body: bytes) -> bytes:
        scope = self._scope
        return encode_request(
            method=scope["method"],
            path=_path(scope),
            query=scope.get("query_string", b""),
            headers=self._headers,
            request_id=self._request_id,
            arrived_ms=self._arrived_ms,
            body=body,
        )

    async def call(self, app: App, envelope: bytes) -> None:
        """Hand the request to Ray until there is an answer. Ray gives none when the replica died or Java threw."""
        idempotent = self._is_idempotent()
        for pause in (*RETRY_PAUSES_SECONDS, None):
            if self._remaining() <= 0:
                await self._problem(*FROM_RAY[408])
                return
            attempt = Attempt(envelope, self._receive, self._answer_from_ray)
            try:
                await app(self._scope_for_ray(), attempt.receive, attempt.send)
            except Exception:
                if self._answered:
                    raise
                _log.exception("request %s: the proxy failed", self._request_id)
                await self._problem(Problem.INTERNAL, "the request failed; the log has the request id")
                return
            if self._answered or attempt.client_gone:
                return
            if not idempotent or pause is None or pause >= self._remaining():
                break
            if await self._client_leaves_within(pause):
                return
        await self._problem(
            Problem.NO_REPLICA,
            "no replica answered"
            if idempotent
            else "the replica did not answer; the request was not repeated, it may have taken effect",
        )

    def _is_idempotent(self) -> bool:
        method = self._scope["method"]
        return method in ("GET", "HEAD") or (method == "POST" and self._scope["path"].endswith(PREDICTIONS))

    def _scope_for_ray(self) -> Scope:
        """A fresh scope, because the proxy rewrites paths in it. With a query string the proxy would drop the body."""
        headers = [
            (b"x-request-id", self._request_id.encode()),
            (b"x-request-timeout-seconds", b"%.3f" % max(self._remaining(), 0.001)),  # 0 would mean no limit
        ]
        return {**self._scope, "query_string": b"", "headers": headers}

    async def _client_leaves_within(self, seconds: float) -> bool:
        """Waits the whole time unless the client disconnects."""
        try:
            async with asyncio.timeout(seconds):
                while (await self._receive())["type"] != "http.disconnect":
                    pass
        except TimeoutError:
            return False
        return True

    async def _answer_from_ray(self, status: int, content_type: bytes, body: bytes) -> None:
        if status >= 400:
            await self._problem(*FROM_RAY.get(status, (Problem.INTERNAL, "the proxy failed")))
            return
        if not body.startswith(MARK):
            await self._answer(status, ((b"content-type", content_type),), body)
            return
        try:
            head, content = decode_answer(body)
        except ValueError as error:
            _log.error("request %s: the answer of the Java ingress is malformed: %s", self._request_id, error)
            await self._problem(Problem.INTERNAL, "the answer was malformed; the log has the request id")
            return
        self._limit.learn(head.max_body_bytes)
        await self._answer(head.status, head.headers, content)

    async def _refuse_size(self, limit: int) -> None:
        await self._problem(Problem.PAYLOAD_TOO_LARGE, f"the request body is longer than {limit} bytes", close=True)

    async def _problem(self, problem: Problem, detail: str, *, close: bool = False) -> None:
        await self._answer(problem.status, problem.headers(), problem.body(detail, self._request_id), close=close)

    async def _answer(
        self, status: int, headers: Iterable[tuple[bytes, bytes]], body: bytes, *, close: bool = False
    ) -> None:
        self._answered = True
        framed = [*headers, (b"x-request-id", self._request_id.encode())]
        if status in (204, 304):
            body = b""
        else:
            framed.append((b"content-length", b"%d" % len(body)))
        if close:
            framed.append((b"connection", b"close"))
        if self._scope["method"] == "HEAD":
            body = b""
        await self._send({"type": "http.response.start", "status": status, "headers": framed})
        if close:
            await self._send({"type": "http.response.body", "body": body, "more_body": True})
            await self._drop_rest_of_body()
            body = b""
        await self._send({"type": "http.response.body", "body": body, "more_body": False})

    async def _drop_rest_of_body(self) -> None:
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while (await self._receive()).get("more_body", False):
                    pass
        except TimeoutError:
            pass

    def _remaining(self) -> float:
        return self._deadline - time.monotonic()
