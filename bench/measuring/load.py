"""The load generator, one process for a whole bench."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError
from measuring import java
from measuring.java import BenchClasses, Conversation

_MAIN = "io.manymodels.bench.LoadClient"


@dataclass(frozen=True)
class Variant:
    """One kind of request, with the only answer that is right."""

    key: str
    title: str
    method: str
    path: str
    body: bytes
    answer: bytes


@dataclass(frozen=True)
class Sample:
    """What the load generator saw in one round. Times of requests in microseconds."""

    seconds: float
    requests: int
    errors: int
    rate: float
    p50_us: float
    p90_us: float
    p99_us: float
    max_us: float
    first_error: str


class LoadClient:
    """Sends requests to one port. Not thread-safe."""

    def __init__(self, process: Conversation, port: int, folder: Path) -> None:
        self._process = process
        self._port = port
        self._folder = folder

    @property
    def pid(self) -> int:
        return self._process.pid

    def run(self, variant: Variant, connections: int, seconds: float, requests: int = 0) -> Sample:
        """Sends for the seconds, or until the requests (0: any number) are sent."""
        body, answer = (self._folder / f"{variant.key}.{kind}" for kind in ("request", "answer"))
        body.write_bytes(variant.body)
        answer.write_bytes(variant.answer)
        sample = Sample(
            **self._process.ask(self._port, variant.method, variant.path, connections, seconds, requests, body, answer)
        )
        if sample.requests == 0:
            raise LauncherError(f"{variant.title}: no right answer, but {sample.first_error!r}")
        return sample


@contextmanager
def client(classes: BenchClasses, port: int) -> Iterator[LoadClient]:
    with java.conversation(classes, _MAIN, "load generator") as process:
        yield LoadClient(process, port, classes.folder.parent)
