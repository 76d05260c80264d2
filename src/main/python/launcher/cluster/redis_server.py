"""A redis-server of our own, on a free port, that can be killed and started again: for measuring and for breaking."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

from launcher.build import backends
from launcher.cluster import ports
from launcher.errors import LauncherError
from launcher.project import Project

_START_SECONDS = 10.0
_POLL_SECONDS = 0.02


class RedisServer:
    """Keeps nothing on disk, so that it is empty after a restart; a durable one has every write that it confirmed."""

    def __init__(self, executable: Path, folder: Path, *, durable: bool = False) -> None:
        self.port = ports.pick([])
        self._durable = durable
        self._executable = executable
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def uri(self) -> str:
        return f"redis://127.0.0.1:{self.port}"

    def start(self) -> None:
        command = [str(self._executable), "--port", str(self.port), "--bind", "127.0.0.1", "--save", ""]
        command += ["--appendonly", "yes", "--appendfsync", "always"] if self._durable else []
        self._process = subprocess.Popen([*command, "--dir", str(self._folder)], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + _START_SECONDS
        pause = threading.Event()
        while time.monotonic() < deadline:
            with suppress(OSError):
                if self.call("PING") == b"+PONG":
                    return
            pause.wait(_POLL_SECONDS)
        raise LauncherError("redis-server did not start")

    def kill(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait()
            self._process = None

    def call(self, *words: str) -> bytes:
        """The first line of the answer."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(encode(words))
            return connection.makefile("rb").readline().strip()

    def clients(self) -> list[str]:
        """A line for each connection but this one."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(encode(("CLIENT", "LIST")))
            answer = connection.makefile("rb")
            lines = answer.read(int(answer.readline()[1:])).decode().splitlines()
            return [line for line in lines if "cmd=client" not in line]

    def keys(self, pattern: str) -> list[str]:
        with socket.create_connection(("127.0.0.1", self.port), timeout=2) as connection:
            connection.sendall(encode(("KEYS", pattern)))
            answer = connection.makefile("rb")
            count = int(answer.readline()[1:])
            return [answer.read(int(answer.readline()[1:]) + 2)[:-2].decode() for _ in range(count)]


def encode(words: Sequence[str]) -> bytes:
    parts = [f"*{len(words)}\r\n", *(f"${len(word.encode())}\r\n{word}\r\n" for word in words)]
    return "".join(parts).encode()


@contextmanager
def running(project: Project, *, durable: bool = False) -> Iterator[RedisServer]:
    folder = Path(tempfile.mkdtemp(prefix="mm-redis-"))
    there = backends.find_redis(os.environ, project.runtime / "backends" / "redis")
    server = RedisServer(there or backends.provide(project).redis_server, folder, durable=durable)
    try:
        server.start()
        yield server
    finally:
        server.kill()
        shutil.rmtree(folder, ignore_errors=True)
