"""The load generator against a server whose answers are known."""

import socket
import threading
from collections.abc import Iterator

import pytest

from launcher.errors import LauncherError
from measuring import java, load
from measuring.load import Variant

PLAIN = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nright"
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nrig\r\n2\r\nht\r\n0\r\n\r\n"
CLOSING = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nconnection: close\r\n\r\nright"
WRONG_BODY = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwrong"
WRONG_STATUS = b"HTTP/1.1 503 Busy\r\nContent-Length: 5\r\n\r\nright"


class Server:
    """Gives the same answer to every request, a connection at a time in a thread of its own."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.requests: list[bytes] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        threading.Thread(target=self.accept, daemon=True).start()

    @property
    def port(self) -> int:
        return int(self.listener.getsockname()[1])

    def accept(self) -> None:
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection: socket.socket) -> None:
        with connection:
            while request := connection.recv(4096):
                self.requests.append(request)
                connection.sendall(self.answer)
                if self.answer is CLOSING:
                    return


@pytest.fixture
def servers() -> Iterator[list[Server]]:
    started: list[Server] = []
    yield started
    for server in started:
        server.listener.close()


VARIANT = Variant("x", "a test", "POST", "/path", b'{"a": 1}', b"right")


@pytest.mark.parametrize("answer", [PLAIN, CHUNKED, CLOSING])
def test_right_answers_are_counted(classes: java.BenchClasses, servers: list[Server], answer: bytes) -> None:
    servers.append(server := Server(answer))
    with load.client(classes, server.port) as client:
        sample = client.run(VARIANT, connections=2, seconds=20, requests=10)
    assert (sample.requests, sample.errors) == (10, 0)
    assert len(server.requests) == 10
    assert 0 < sample.p50_us <= sample.p90_us <= sample.p99_us <= sample.max_us
    assert server.requests[0].startswith(b"POST /path HTTP/1.1\r\n")
    assert server.requests[0].endswith(b'Content-Length: 8\r\n\r\n{"a": 1}')


@pytest.mark.parametrize(("answer", "told"), [(WRONG_BODY, "200 wrong"), (WRONG_STATUS, "503 right")])
def test_wrong_answers_are_no_results(
    classes: java.BenchClasses, servers: list[Server], answer: bytes, told: str
) -> None:
    servers.append(server := Server(answer))
    with load.client(classes, server.port) as client, pytest.raises(LauncherError, match=told):
        client.run(VARIANT, connections=1, seconds=20, requests=3)


def test_run_ends_after_its_time(classes: java.BenchClasses, servers: list[Server]) -> None:
    servers.append(server := Server(PLAIN))
    with load.client(classes, server.port) as client:
        sample = client.run(VARIANT, connections=1, seconds=0.2)
        assert sample.seconds < 5
        assert sample.rate == pytest.approx(sample.requests / sample.seconds, rel=0.01)
