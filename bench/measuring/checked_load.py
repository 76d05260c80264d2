"""Clients that ask all the time and check every answer; the models name tenant and version in it."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from launcher.cluster.instance import Record
from measuring.fleet import answer, tenant

_ROW = [[5.1, 3.5, 1.4, 0.2]]
_SHOWN = 5


class Client:
    """One kept-alive connection."""

    def __init__(self, record: Record) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", record.ports.http, timeout=30)

    def post(self, path: str, body: object) -> tuple[int, str]:
        self._connection.request("POST", path, json.dumps(body), {"Content-Type": "application/json"})
        with self._connection.getresponse() as response:
            return response.status, response.read().decode(errors="replace")

    def score(self, number: int) -> tuple[int, str]:
        return self.post("/score", {"tenant": tenant(number), "data": _ROW})

    def version(self, number: int) -> int:
        """The version that answers. Raises ValueError when the answer is not 200 or not of the tenant."""
        status, text = self.score(number)
        if status != 200:
            raise ValueError(f"{status}: {text[:200]}")
        got = json.loads(text)
        version = int(got["version"])
        if got["model"] != tenant(number) or got["prediction"] != [answer(number, version)]:
            raise ValueError(f"wrong: {text[:200]}")
        return version


@dataclass
class CheckedLoad:
    """Closed loop over some tenants. `least` and `most`: the versions that may answer a tenant."""

    record: Record
    tenants: Sequence[int]
    clients: int
    least: dict[int, int] = field(default_factory=dict)
    most: dict[int, int] = field(default_factory=dict)
    answered: int = 0
    failed: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def __enter__(self) -> CheckedLoad:
        self._stop = threading.Event()
        self._lock = threading.Lock()
        self._started = time.monotonic()
        self._threads = [
            threading.Thread(target=self._run, args=(number,), daemon=True) for number in range(self.clients)
        ]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(60)
        self.seconds = time.monotonic() - self._started

    def _run(self, first: int) -> None:
        client = Client(self.record)
        turn = first
        while not self._stop.is_set():
            number = self.tenants[turn % len(self.tenants)]
            turn += self.clients
            least = self.least.get(number, 1)
            try:
                version = client.version(number)
            except (ValueError, OSError, http.client.HTTPException) as error:
                with self._lock:
                    self.failed.append(str(error))
                client = Client(self.record)
                continue
            most = self.most.get(number, 1)
            with self._lock:
                self.answered += 1
                if not least <= version <= most:
                    self.wrong.append(f"{tenant(number)}: {version} is not in {least}..{most}")

    def complaints(self) -> str:
        return "; ".join([*self.wrong[:_SHOWN], *self.failed[:_SHOWN]])
