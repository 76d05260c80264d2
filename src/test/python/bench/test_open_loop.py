"""The load generator when requests arrive at a rate of their own."""

import socket
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest

from measuring import java, load
from measuring.load import Question

ANSWER = b'HTTP/1.1 200 OK\r\ncontent-length: 22\r\n\r\n{"by":"Deploymentx"}ok'
QUESTION = Question("a", "POST", "/path", "{}", '{"by":"', '"}ok', ("x-one: 1", "x-two: 2"))


class StallingServer:
    """Answers at once, but for one stall after some requests."""

    def __init__(self, stall_seconds: float = 0.0, after: int = 0) -> None:
        self.requests: list[bytes] = []
        self.stall_seconds = stall_seconds
        self.after = after
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
                if len(self.requests) == self.after:
                    threading.Event().wait(self.stall_seconds)
                connection.sendall(ANSWER)


@pytest.fixture
def client(classes: java.BenchClasses) -> Iterator[load.LoadClient]:
    with load.running(classes) as started:
        yield started


def test_requests_arrive_at_their_rate_whatever_the_number_of_connections(client: load.LoadClient) -> None:
    server = StallingServer()
    with closing(server.listener):
        sample = client.send(server.port, client.prepare("one", [QUESTION]), 16, seconds=1, rate=400)
    assert (sample.errors, sample.unanswered, sample.hits) == (0, 0, 0)
    assert 300 < sample.requests < 500
    assert b"\r\nx-one: 1\r\nx-two: 2\r\n" in server.requests[0]


def test_latency_of_what_a_stall_kept_from_being_sent_counts_from_its_arrival(client: load.LoadClient) -> None:
    server = StallingServer(stall_seconds=0.5, after=50)
    with closing(server.listener):
        sample = client.send(server.port, client.prepare("one", [QUESTION]), 1, seconds=1, rate=200)
    assert sample.errors == sample.unanswered == 0
    # About a hundred of the two hundred arrived meanwhile, one after the other.
    assert sample.p90_us > 300_000
    assert sample.max_us >= 400_000


def test_closed_loop_would_have_seen_one_slow_answer(client: load.LoadClient) -> None:
    server = StallingServer(stall_seconds=0.5, after=50)
    with closing(server.listener):
        sample = client.send(server.port, client.prepare("one", [QUESTION]), 1, requests=200)
    assert sample.p99_us < 300_000 < sample.max_us


@pytest.mark.parametrize("field", ["a\tb", "a\nb"])
def test_question_that_would_break_its_line_is_refused(client: load.LoadClient, field: str) -> None:
    with pytest.raises(ValueError, match="tab or a line end"):
        client.prepare("bad", [Question("x", "POST", "/", field, "")])
