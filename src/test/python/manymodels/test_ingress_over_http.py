"""The middleware behind the HTTP server that Ray uses: what a client sees on the wire."""

import http.client
import socket
import threading
from collections.abc import Iterator
from typing import Any

import pytest
import uvicorn

from manymodels.ingress import JavaEnvelope

MARK = b"\x01"


async def echo(scope: dict[str, Any], receive: Any, send: Any) -> None:
    """In the place of Ray and Java: answers with the body that Java would get."""
    message = await receive()
    body = message["body"].partition(b"\n")[2]
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-type", b"text/plain")]})
    await send({"type": "http.response.body", "body": MARK + b'{"s":200,"t":"application/json"}\n' + body})


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        server = uvicorn.Server(uvicorn.Config(JavaEnvelope(echo), lifespan="off", log_level="error"))
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
