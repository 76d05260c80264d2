"""Prints the microseconds of CPU that the middleware takes for a request, in front of a proxy that answers at once.

A program of its own, since the middleware brings Ray into the process. Its argument: a file with a request as the
middleware hands it to Java.
"""

from __future__ import annotations

import asyncio
import statistics
import sys
import time
from collections.abc import Awaitable, Callable, MutableMapping
from pathlib import Path
from typing import Any

from manymodels.ingress import JavaEnvelope

_WARM_UP = 500
_BATCHES = 11
_BATCH = 1000

Message = MutableMapping[str, Any]
_ANSWER = b'\x01{"s":200,"t":"application/json"}\n'


async def proxy(
    _scope: Message, receive: Callable[[], Awaitable[Message]], send: Callable[[Message], Awaitable[None]]
) -> None:
    """Answers with an envelope around the request's body, as Ray's proxy would with an echo behind it."""
    envelope = (await receive())["body"]
    headers = [(b"content-type", b"text/plain")]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    body = _ANSWER + envelope[envelope.index(b"\n") + 1 :]
    await send({"type": "http.response.body", "body": body, "more_body": True})
    await send({"type": "http.response.body", "body": b"", "more_body": False})


async def measure(body: bytes) -> float:
    """The median of some batches."""
    middleware = JavaEnvelope(proxy)
    headers = [(b"host", b"127.0.0.1"), (b"content-type", b"application/json"), (b"content-length", b"%d" % len(body))]

    async def receive() -> Message:
        return {"type": "http.request", "body": body, "more_body": False}

    async def send(_message: Message) -> None:
        return None

    async def batch(count: int) -> float:
        started = time.process_time_ns()
        for _ in range(count):
            scope = {"type": "http", "method": "POST", "path": "/score", "query_string": b"", "headers": headers}
            await middleware(scope, receive, send)
        return (time.process_time_ns() - started) / count / 1000

    await batch(_WARM_UP)
    return statistics.median([await batch(_BATCH) for _ in range(_BATCHES)])


def main() -> None:
    _head, _, body = Path(sys.argv[1]).read_bytes().partition(b"\n")
    sys.stdout.write(f"{asyncio.run(measure(body)):.1f}\n")


if __name__ == "__main__":
    main()
