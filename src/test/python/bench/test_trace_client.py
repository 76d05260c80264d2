"""The replayer of traces against a server that knows its tenants."""

import json
import socket
import threading
from collections.abc import Iterator

import pytest

from launcher.errors import LauncherError
from measuring import java, load, traces


class Application:
    """Answers /score: tenants a, b, c ... predict their place in the alphabet; c is not placed, d gets a's answer."""

    def __init__(self) -> None:
        self.asked: list[str] = []
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
                body = json.loads(request.partition(b"\r\n\r\n")[2])
                assert body["data"] == [[0]]
                tenant = body["tenant"]
                self.asked.append(tenant)
                if tenant == "x":
                    return
                connection.sendall(self.answer(tenant))

    def answer(self, tenant: str) -> bytes:
        named = "a" if tenant == "d" else tenant
        number = float(ord(named) - ord("a") + 1)
        deployment = "Deploymentx" if tenant == "c" else "Deployment1"
        body = f'{{"deployment":"{deployment}","model":"{named}","version":1,"prediction":[{number}]}}'
        status = "503 Busy" if tenant == "e" else "200 OK"
        return f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n{body}".encode()


@pytest.fixture
def application() -> Iterator[Application]:
    started = Application()
    yield started
    started.listener.close()


def numbered(tenants: str) -> list[tuple[str, int]]:
    return [(tenant, ord(tenant) - ord("a") + 1) for tenant in tenants]


def test_trace_is_replayed_in_order_and_hits_are_told_apart(
    classes: java.BenchClasses, application: Application
) -> None:
    trace = numbered("abcabcbbca" * 5)
    with load.running(classes) as client:
        replay = traces.replay(client, application.port, trace, connections=1, keep=True)
        sent = traces.parse(client.results.open())
    assert (replay.requests, replay.errors) == (50, 0)
    assert replay.hits == 35
    assert [one.tenant for one in sent] == [tenant for tenant, _ in trace] == application.asked
    assert [one.millis for one in sent] == sorted(one.millis for one in sent)
    assert traces.hit_ratio(sent) == pytest.approx(0.7)


def test_order_of_sending_is_the_trace_s_with_several_connections(
    classes: java.BenchClasses, application: Application
) -> None:
    trace = numbered("abcb" * 50)
    with load.running(classes) as client:
        traces.replay(client, application.port, trace, connections=4, keep=True)
        sent = traces.parse(client.results.open())
    assert [one.tenant for one in sent] == [tenant for tenant, _ in trace]
    assert [one.millis for one in sent] == sorted(one.millis for one in sent)


@pytest.mark.parametrize(("tenant", "status"), [("d", 200), ("e", 503), ("x", 0)])
def test_another_tenant_s_answer_an_error_and_no_answer_are_errors(
    classes: java.BenchClasses, application: Application, tenant: str, status: int
) -> None:
    with load.running(classes) as client:
        replay = traces.replay(client, application.port, numbered(f"a{tenant}b"), connections=1, keep=True)
        sent = traces.parse(client.results.open())
    assert (replay.requests, replay.errors, replay.hits) == (2, 1, 2)
    assert replay.first_error.startswith(f"{tenant}: ")
    assert [(one.tenant, one.is_answered) for one in sent] == [("a", True), (tenant, False), ("b", True)]
    assert sent[1].status == status


def test_trace_begins_again_until_the_time_is_over(classes: java.BenchClasses, application: Application) -> None:
    with load.running(classes) as client:
        replay = traces.replay(client, application.port, numbered("ab"), connections=2, seconds=0.3)
    assert replay.requests > 2
    assert 0.3 <= replay.seconds < 5


def test_no_right_answer_at_all_ends_the_bench(classes: java.BenchClasses, application: Application) -> None:
    with load.running(classes) as client, pytest.raises(LauncherError, match="503"):
        traces.replay(client, application.port, numbered("ee"), connections=1)
