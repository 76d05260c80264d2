"""The types of ASGI, and adapters of its messages: one call of Ray's proxy, and a WebSocket handshake as a GET."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Scope, Receive, Send], Awaitable[None]]
Answer = Callable[[int, bytes, bytes], Awaitable[None]]


class Attempt:
    """One call of Ray's proxy: gives it the envelope as request body and collects what it answers."""

    __slots__ = ("_answer", "_content_type", "_envelope", "_parts", "_receive", "_status", "client_gone")

    def __init__(self, envelope: bytes, receive: Receive, answer: Answer) -> None:
        self._envelope: bytes | None = envelope
        self._receive = receive
        self._answer = answer
        self._status = 0
        self._content_type = b"text/plain"
        self._parts: list[bytes] = []
        self.client_gone = False

    async def receive(self) -> Message:
        if self._envelope is not None:
            envelope, self._envelope = self._envelope, None
            return {"type": "http.request", "body": envelope, "more_body": False}
        message = await self._receive()
        if message["type"] == "http.disconnect":
            self.client_gone = True
        return message

    async def send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self._status = message["status"]
            self._content_type = dict(message["headers"]).get(b"content-type", self._content_type)
        elif message["type"] == "http.response.body":
            self._parts.append(message.get("body", b""))
            if not message.get("more_body", False):
                await self._answer(self._status, self._content_type, b"".join(self._parts))


def websocket_as_get(scope: Scope, receive: Receive, send: Send) -> tuple[Scope, Receive, Send]:
    """The request that a WebSocket handshake is without its Upgrade, which a server may ignore (RFC 9110, 7.8).

    The answer goes out as the denial of the handshake: the HTTP servers of Ray can send one with any status.
    """
    messages: list[Message] = [{"type": "http.request", "body": b"", "more_body": False}]

    async def receive_http() -> Message:
        if messages:
            return messages.pop()
        while (await receive())["type"] != "websocket.disconnect":
            pass
        return {"type": "http.disconnect"}

    async def deny(message: Message) -> None:
        await send({**message, "type": f"websocket.{message['type']}"})

    return {**scope, "type": "http", "method": "GET"}, receive_http, deny
