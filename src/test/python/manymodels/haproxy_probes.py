"""Asks a real HAProxy, as Serve's HAProxyManager does, whether it does what its patches promise; see patch_probes."""

import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path
from types import SimpleNamespace

import ray
from probing import WrongError, expect
from ray.serve._private import haproxy, haproxy_metrics
from ray.serve._private.haproxy import BackendConfig, HAProxyConfig, ServerConfig
from ray.serve.config import HTTPOptions

from manymodels.haproxy import patches

_FAILED = {"route": "", "application": "", "status_code": "503", "method": ""}
_NOTHING = SimpleNamespace(cancel=lambda: None)

_BACK_SECONDS = 5.0
_POLL_SECONDS = 0.05


def free_port() -> int:
    with socket.socket() as candidate:
        candidate.bind(("127.0.0.1", 0))
        return int(candidate.getsockname()[1])


class Proxy:
    """Serve's HAProxy in front of one application, which is at `port`."""

    def __init__(self, folder: Path, listen: int, port: int) -> None:
        config = HAProxyConfig(
            socket_path=str(folder / "a"),
            server_state_base=str(folder),
            server_state_file=str(folder / "state"),
            metrics_socket_path=str(folder / "m"),
            http_options=HTTPOptions(host="127.0.0.1", port=listen),
            is_head=True,
            has_received_routes=True,
        )
        server = ServerConfig("dispatcher", "127.0.0.1", port, "SERVE_REPLICA::many-models#Dispatcher#r1")
        backend = BackendConfig(
            "http-many-models",
            "/",
            app_name="many-models",
            ingress_deployment_name="Dispatcher",
            servers=[server],
        )
        self.listen = listen
        self.port = port
        self.api = haproxy.HAProxyApi(config, {backend.name: backend}, config_file_path=str(folder / "haproxy.cfg"))

    async def ask(self, request: str) -> tuple[int, dict[str, str], str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.listen)
        try:
            writer.write(request.encode())
            head = (await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)).decode()
            status, *lines = head.strip().split("\r\n")
            headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
            body = await asyncio.wait_for(reader.readexactly(int(headers.get("content-length", "0"))), 10)
            return int(status.split()[1]), headers, body.decode()
        finally:
            writer.close()

    def pid(self) -> int:
        return int(self.api._proc.pid)


def with_proxy(probe: Callable[[Proxy], Awaitable[None]]) -> None:
    """Runs the probe on a proxy that is started; nothing is left of it."""

    async def run(folder: Path) -> None:
        proxy = Proxy(folder, free_port(), free_port())
        try:
            await proxy.api.start()
            await probe(proxy)
        finally:
            await proxy.api.stop()

    folder = Path(tempfile.mkdtemp(prefix="haproxy-"))
    try:
        asyncio.run(run(folder))
    finally:
        shutil.rmtree(folder)


def problem_of(answer: tuple[int, dict[str, str], str]) -> tuple[int, str, str]:
    status, headers, body = answer
    expect(headers.get("content-type"), "application/problem+json")
    problem = json.loads(body)
    expect((problem["status"], problem["instance"]), (status, headers["x-request-id"]))
    return status, problem["type"].rpartition(":")[2], problem["instance"]


def p7b_answers_are_ours() -> None:
    async def probe(proxy: Proxy) -> None:
        # Nobody listens there.
        refused = await proxy.ask("POST /score HTTP/1.1\r\nhost: h\r\nx-request-id: mine\r\ncontent-length: 0\r\n\r\n")
        expect(problem_of(refused), (503, "no-replica", "mine"))
        expect(refused[1].get("retry-after"), "1")
        method = await proxy.ask("POST /-/healthz HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n")
        expect(problem_of(method)[:2], (405, "method-not-allowed"))
        expect(method[1].get("allow"), "GET, HEAD")
        expect((await proxy.ask("GET /-/routes HTTP/1.1\r\nhost: h\r\n\r\n"))[2], '{"/":"many-models"}')
        expect_closed(proxy)

    with_proxy(probe)


def expect_closed(proxy: Proxy) -> None:
    expect(oct(Path(proxy.api.cfg.socket_path).stat().st_mode & 0o777), "0o600")
    for open_to_all in (haproxy.RAY_SERVE_HAPROXY_STATS_PORT, haproxy.RAY_SERVE_HAPROXY_METRICS_PORT):
        expect(f":{open_to_all}" in Path(proxy.api.config_file_path).read_text(), False)


def p7c_haproxy_comes_back() -> None:
    async def probe(proxy: Proxy) -> None:
        for _ in range(2):
            killed = proxy.pid()
            os.kill(killed, signal.SIGKILL)
            await until(lambda: proxy.pid() != killed)  # noqa: B023 - it is asked at once
            expect((await proxy.ask("GET /-/routes HTTP/1.1\r\nhost: h\r\n\r\n"))[0], 200)
        # It can still be reconfigured, and stays away once it is stopped.
        await proxy.api.reload()
        expect((await proxy.ask("GET /-/routes HTTP/1.1\r\nhost: h\r\n\r\n"))[0], 200)
        await proxy.api.stop()
        await asyncio.sleep(_POLL_SECONDS)
        expect(proxy.api.count_haproxy_processes(), 0)

    with_proxy(probe)


def p7d_orphans_are_replaced() -> None:
    async def probe(proxy: Proxy) -> None:
        # A new manager knows nothing of the one that was killed, but the place of its files.
        getattr(proxy.api, patches._WATCH, _NOTHING).cancel()
        successor = Proxy(Path(proxy.api.cfg.server_state_base), proxy.listen, free_port())
        applications = successor.api.backend_configs
        successor.api.backend_configs = {}
        try:
            start = asyncio.get_running_loop().create_task(successor.api.start())
            # It is told of applications only later, and knows them when it takes over.
            for _ in range(3):
                await asyncio.sleep(_POLL_SECONDS)
                expect((await successor.ask("GET /pins HTTP/1.1\r\nhost: h\r\n\r\n"))[0], 503)
            successor.api.backend_configs = applications
            await start
            await until(lambda: proxy.api._proc.returncode is not None)
            expect((await successor.ask("GET /-/routes HTTP/1.1\r\nhost: h\r\n\r\n"))[0], 200)
            expect(await successor.api._get_running_pid(), successor.pid())
        finally:
            await successor.api.stop()

    with_proxy(probe)


def p7e_the_nearest_is_asked_first() -> None:
    async def probe(proxy: Proxy, folder: Path) -> None:
        session = SimpleNamespace(get_session_dir_path=lambda: str(folder))
        ray._private.worker._global_node = session
        (folder / "sockets").mkdir()
        near = await asyncio.start_unix_server(answering("near"), str(folder / "sockets" / f"ingress-{proxy.port}"))
        far = await asyncio.start_server(answering("far"), "127.0.0.1", free_port())
        try:
            backend = proxy.api.backend_configs["http-many-models"]
            # That HAProxy knows it by another address makes it one of another node.
            far_port = far.sockets[0].getsockname()[1]
            backend.servers.insert(0, ServerConfig("another", "localhost", far_port))
            await proxy.api.reload()
            answers = [await proxy.ask("GET /pins HTTP/1.1\r\nhost: h\r\n\r\n") for _ in range(6)]
            expect([body for _, _, body in answers], ["near"] * 6)
        finally:
            near.close()
            far.close()
            ray._private.worker._global_node = None

    with tempfile.TemporaryDirectory(prefix="s") as folder:
        with_proxy(lambda proxy: probe(proxy, Path(folder)))


def p7f_answers_are_counted() -> None:
    async def probe(proxy: Proxy) -> None:
        dispatcher = await asyncio.start_server(answering("right"), "127.0.0.1", proxy.port)
        told = Told()
        try:
            collector = haproxy_metrics.HAProxyMetricsCollector(proxy.api, "node")
            collector.request_ingress_metrics.request_counter = told
            collector.start_node_metrics_polling(asyncio.get_running_loop(), 60)
            await until(lambda: answers(proxy))
            for method in ("GET", "POST", "POST", "MADEUP"):
                await proxy.ask(f"{method} /score HTTP/1.1\r\nhost: h\r\ncontent-length: 0\r\n\r\n")
            # What is not yet told is told before another process begins to count.
            await proxy.api.reload()
            await proxy.ask("GET /score HTTP/1.1\r\nhost: h\r\n\r\n")
            dispatcher.close()
            await dispatcher.wait_closed()
            expect((await proxy.ask("GET /score HTTP/1.1\r\nhost: h\r\n\r\n"))[0], 503)
            await proxy.api.reload()
            collector.close()
        finally:
            dispatcher.close()
        of_application = {"route": "/", "application": "many-models", "status_code": "200"}
        expect(told.of(**of_application, method="GET"), 2)
        expect(told.of(**of_application, method="POST"), 2)
        expect(told.of(**of_application, method="OTHER"), 1)
        expect(told.of(**_FAILED) >= 1, True)

    with_proxy(probe)


class Told:
    """A counter of Ray's, as far as it is used."""

    def __init__(self) -> None:
        self.counts: dict[frozenset[tuple[str, str]], float] = {}

    def inc(self, value: float = 1, tags: dict[str, str] | None = None) -> None:
        key = frozenset((tags or {}).items())
        self.counts[key] = self.counts.get(key, 0) + value

    def of(self, **tags: str) -> float:
        return self.counts.get(frozenset(tags.items()), 0)


def answering(body: str) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """A server that answers everything with the body, and then closes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(f"HTTP/1.1 200 OK\r\ncontent-length: {len(body)}\r\nconnection: close\r\n\r\n{body}".encode())
        writer.close()

    return answer


async def answers(proxy: Proxy) -> bool:
    return (await proxy.ask("OPTIONS / HTTP/1.1\r\nhost: h\r\n\r\n"))[0] == 200


async def until(holds: Callable[[], bool | Awaitable[bool]]) -> None:
    deadline = asyncio.get_running_loop().time() + _BACK_SECONDS
    while True:
        seen = holds()
        if seen if isinstance(seen, bool) else await seen:
            return
        if asyncio.get_running_loop().time() > deadline:
            raise WrongError(f"not within {_BACK_SECONDS} s")
        await asyncio.sleep(_POLL_SECONDS)
