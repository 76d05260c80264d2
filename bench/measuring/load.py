"""The load generator, one process for a whole bench."""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError
from measuring import java
from measuring.java import BenchClasses, Conversation

_MAIN = "io.manymodels.bench.LoadClient"
_NONE = "-"
_BASE64 = "base64:"


@dataclass(frozen=True)
class Question:
    """A request with the only answer that is right.

    tail: how the answer ends when a name stands between `answer` and this that may be any; None: `answer` is all of it.
    headers: beside the usual ones, each `Name: value`.
    """

    label: str
    method: str
    path: str
    body: str
    answer: str
    tail: str | None = None
    headers: tuple[str, ...] = ()

    @staticmethod
    def written(data: bytes) -> str:
        """A body or answer that is no text."""
        return _BASE64 + base64.b64encode(data).decode()

    def line(self) -> str:
        """As the load generator reads it."""
        fields = [self.label, self.method, self.path, "|".join(self.headers), self.body, self.answer]
        fields += [] if self.tail is None else [self.tail]
        if any(mark in field for field in fields for mark in "\t\r\n"):
            raise ValueError(f"neither question nor answer may hold a tab or a line end: {fields}")
        return "\t".join(fields) + "\n"


@dataclass(frozen=True)
class Variant:
    """One kind of request, with the only answer that is right."""

    key: str
    title: str
    method: str
    path: str
    body: bytes
    answer: bytes
    port: int | None = None
    """Where it is asked; None: where the others are."""

    def question(self) -> Question:
        return Question(self.key, self.method, self.path, self.body.decode(), self.answer.decode())


@dataclass(frozen=True)
class Sample:
    """What the load generator saw. Times of requests in microseconds; wrong answers are errors and no requests.

    refused: answers 429, which are neither; refused_p50_us and refused_p99_us: how long those took.
    hits: answers that name another deployment than Deploymentx. unanswered: arrivals of an open loop that nobody had
    answered some seconds after its end. late_us: how long after the arrival half of the requests were sent.
    """

    seconds: float
    requests: int
    errors: int
    rate: float
    p50_us: float
    p90_us: float
    p99_us: float
    max_us: float
    first_error: str
    hits: int = 0
    p999_us: float = 0.0
    unanswered: int = 0
    late_us: float = 0.0
    refused: int = 0
    refused_p50_us: float = 0.0
    refused_p99_us: float = 0.0


@dataclass(frozen=True)
class Load:
    """Questions in a file that the load generator reads, and the order in which they are asked."""

    questions: Path
    sequence: Path | None


class LoadClient:
    """Sends requests to the ports of this machine. Not thread-safe."""

    def __init__(self, process: Conversation, folder: Path) -> None:
        self._process = process
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def results(self) -> Path:
        return self._folder / "load.results"

    @property
    def slow(self) -> Path:
        return self._folder / "load.slow"

    def prepare(self, name: str, questions: Iterable[Question], sequence: Sequence[int] | None = None) -> Load:
        """Writes down what to ask; sequence: the numbers of the questions in the order of asking, None: in turn."""
        file = self._folder / f"{name}.questions"
        file.write_text("".join(question.line() for question in questions))
        if sequence is None:
            return Load(file, None)
        order = self._folder / f"{name}.sequence"
        order.write_text("".join(f"{number}\n" for number in sequence))
        return Load(file, order)

    def send(
        self,
        port: int,
        load: Load,
        connections: int,
        *,
        seconds: float = 0,
        requests: int = 0,
        rate: float = 0,
        keep: bool = False,
        keep_slow: bool = False,
    ) -> Sample:
        """Asks for the seconds or until so many requests are sent; without both, once through the sequence.

        rate: arrivals a second of an open loop; 0: a closed one. Afterwards the requests are in the file `results` with
        `keep`, and the moments of the slow ones in the file `slow` with `keep_slow` (SlowRequests.java).
        """
        files = (load.sequence or _NONE, self.results if keep else _NONE, self.slow if keep_slow else _NONE)
        answer = self._process.ask(port, connections, seconds, requests, rate, load.questions, *files)
        sample = Sample(**answer)
        if sample.requests + sample.refused == 0:
            raise LauncherError(f"no right answer, but {sample.first_error!r}")
        return sample


class VariantClient:
    """Sends variants to one port. Not thread-safe."""

    def __init__(self, client: LoadClient, port: int) -> None:
        self._client = client
        self._port = port

    @property
    def pid(self) -> int:
        return self._client.pid

    def run(self, variant: Variant, connections: int, seconds: float, requests: int = 0) -> Sample:
        """Sends for the seconds, or until the requests (0: any number) are sent."""
        load = self._client.prepare(variant.key, [variant.question()])
        port = self._port if variant.port is None else variant.port
        return self._client.send(port, load, connections, seconds=seconds, requests=requests)


@contextmanager
def running(classes: BenchClasses, name: str = "load") -> Iterator[LoadClient]:
    """The name is for its files: two with different names can run at once."""
    with java.conversation(classes.command(_MAIN, small=True), "load generator") as process:
        yield LoadClient(process, classes.folder.parent / name)


@contextmanager
def client(classes: BenchClasses, port: int) -> Iterator[VariantClient]:
    with running(classes) as process:
        yield VariantClient(process, port)
