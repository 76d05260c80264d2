"""The middleware behind the HTTP server that Ray uses: what a client sees on the wire."""

import asyncio
import http.client
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

from manymodels.half_closed import answer_half_closed
from manymodels.ingress import JavaEnvelope

MARK = b"\x01"
EOF_RECEIVED = HttpToolsProtocol.eof_received


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """In the place of Ray and Java: answers with the body that Java would get, and not if the client leaves."""
    message = await receive()
    leaves = asyncio.ensure_future(receive())
    done, _ = await asyncio.wait((leaves,), timeout=0.05)
    leaves.cancel()
    if done:
        return
    body = message["body"].partition(b"\n")[2]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    status = b"404" if scope["path"] in ("/x", "/-/x") else b"200"
    head = MARK + b'{"s":' + status + b',"t":"application/json","b":8388608}\n'
    await send({"type": "http.response.body", "body": head + body})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(HttpToolsProtocol, "eof_received", HttpToolsProtocol.eof_received)
        answer_half_closed()
        yield from serving()


def serving() -> Iterator[int]:
    """uvicorn as Ray starts it; yields its port."""
    middleware = JavaEnvelope(echo)
    middleware._limit.learn(8 << 20)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(middleware, lifespan="off", log_level="error"))
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        yield listener.getsockname()[1]
        server.should_exit = True
        thread.join()


@pytest.fixture
def connection(port: int) -> Iterator[http.client.HTTPConnection]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    yield connection
    connection.close()


def test_connection_is_kept(connection: http.client.HTTPConnection) -> None:
    for body in (b"first", "žluť".encode(), b"x" * 1_000_000):
        connection.request("POST", "/score", body)
        response = connection.getresponse()
        assert (response.status, response.read()) == (200, body)
        assert response.getheader("content-length") == str(len(body))


def test_chunked_body(connection: http.client.HTTPConnection) -> None:
    connection.request("POST", "/score", iter([b"a" * 70_000, b"b" * 70_000]), encode_chunked=True)
    assert connection.getresponse().read() == b"a" * 70_000 + b"b" * 70_000


def test_head(connection: http.client.HTTPConnection) -> None:
    for _ in range(2):
        connection.request("HEAD", "/health")
        response = connection.getresponse()
        assert (response.status, response.getheader("content-length"), response.read()) == (200, "0", b"")


@pytest.mark.parametrize("chunked", [False, True])
def test_client_that_sends_a_refused_body_to_its_end_sees_why(port: int, chunked: bool) -> None:
    body = b"x" * 20_000_000
    for _ in range(3):
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
        parts = iter([body[:10_000_000], body[10_000_000:]])
        connection.request("POST", "/score", parts if chunked else body, encode_chunked=chunked)
        response = connection.getresponse()
        assert (response.status, response.getheader("connection")) == (413, "close")
        assert b"payload-too-large" in response.read()
        connection.close()


def test_refused_before_the_body_is_sent(port: int) -> None:
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(b"POST /score HTTP/1.1\r\nhost: x\r\ncontent-length: 99999999\r\nexpect: 100-continue\r\n\r\n")
        assert client.recv(100).startswith(b"HTTP/1.1 413 ")


POST = b"POST /score HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello"


def half_closed(port: int, request: bytes) -> bytes:
    """What comes for these bytes when nothing can follow them any more."""
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(request)
        client.shutdown(socket.SHUT_WR)
        return b"".join(iter(lambda: client.recv(65536), b""))


def test_client_that_has_shut_its_side_gets_its_answer(port: int) -> None:
    answer = half_closed(port, POST)
    assert answer.startswith(b"HTTP/1.1 200 ")
    assert b"\r\nconnection: close\r\n" in answer.lower()
    assert answer.endswith(b"\r\n\r\nhello")


def test_every_request_before_the_end_is_answered(port: int) -> None:
    assert half_closed(port, POST * 3).count(b"HTTP/1.1 200 ") == 3


@pytest.mark.parametrize("request_", [b"", b"POST /sco", POST[:-1]])
def test_half_a_request_is_closed(port: int, request_: bytes) -> None:
    assert half_closed(port, request_) == b""


def test_uvicorn_still_needs_the_patch_for_half_closed_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HttpToolsProtocol, "eof_received", EOF_RECEIVED)
    for unpatched in serving():
        assert half_closed(unpatched, POST) == b""


def shaken_hands(port: int, path: str) -> bytes:
    """The answer to a WebSocket handshake, in lower case."""
    handshake = (
        f"GET {path} HTTP/1.1\r\nhost: x\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
        "sec-websocket-version: 13\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"
    )
    with socket.create_connection(("127.0.0.1", port), timeout=10) as client:
        client.sendall(handshake.encode())
        return b"".join(iter(lambda: client.recv(65536), b"")).lower()


@pytest.mark.parametrize("path", ["/score", "/-/x", "/x"])
def test_websocket_is_a_request_without_its_upgrade(port: int, path: str) -> None:
    answer = shaken_hands(port, path)
    assert answer.startswith(b"http/1.1 200 " if path == "/score" else b"http/1.1 404 ")
    assert answer.count(b"content-length") == 1
    assert answer.count(b"content-type: application/json") == 1
    assert b"x-request-id: " in answer


@pytest.mark.parametrize("path", ["/-/healthz", "/-/routes"])
def test_websocket_on_a_path_of_ray_is_a_get_of_it(port: int, path: str) -> None:
    assert shaken_hands(port, path).startswith(b"http/1.1 200 ")
