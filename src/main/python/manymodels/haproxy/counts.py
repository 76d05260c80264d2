"""Serve's HTTP metrics of what HAProxy answers, counted in HAProxy itself.

Serve has HAProxy write a line for each request and parses it in Python (haproxy_metrics.py, Ray 2.60.0), which takes
more processor time than the request does in HAProxy: on two cores a third of the throughput. Here HAProxy counts its
answers by backend, method, status and duration in a table, and the table is read now and then.
"""

import asyncio
import csv
import io
import logging
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

TABLE = "answers"
FRONTEND = "http_frontend"
PERIOD_SECONDS = 5.0
MAX_LATENCIES = 2_000
"""Observed in a period, for Serve's histogram takes them one by one; of more than that, a share of each."""

METHODS = frozenset(("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"))
OTHER = "OTHER"
"""Stands for every other method: what clients make up must not become labels of metrics."""

OWN = "503"
"""The status under which HAProxy's own failures are counted."""

_ENTRY = re.compile(r" key=(?P<backend>\S+):(?P<method>[^:\s]*):(?P<status>\d+):(?P<ms>\d+) .*gpc0=(?P<count>\d+)")
_log = logging.getLogger("ray.serve.manymodels.haproxy")


class Answer(NamedTuple):
    """What is counted together; milliseconds above a second are multiples of a hundred."""

    backend: str
    method: str
    status: str
    ms: int


def of_table(text: str) -> dict[Answer, int]:
    """The counts in what HAProxy's `show table` prints."""
    found: dict[Answer, int] = {}
    for match in _ENTRY.finditer(text):
        method = match["method"] if match["method"] in METHODS else OTHER
        answer = Answer(match["backend"], method, match["status"], int(match["ms"]))
        found[answer] = found.get(answer, 0) + int(match["count"])
    return found


def own_failures(statistics: str, counted: Mapping[Answer, int]) -> int:
    """The answers 5xx that came from nobody behind HAProxy: all that `show stat` counts but those in the table."""
    rows = csv.DictReader(io.StringIO(statistics.removeprefix("# ")))
    every = sum(int(row["hrsp_5xx"]) for row in rows if (row["pxname"], row["svname"]) == (FRONTEND, "FRONTEND"))
    return max(0, every - sum(count for answer, count in counted.items() if answer.status.startswith("5")))


class Counts:
    """Reads the table of one HAProxy after the other, and tells Serve's metrics what has been added.

    Confined to the manager's event loop.
    """

    def __init__(self, api: Any, metrics: Any) -> None:
        self._api = api
        self._metrics = metrics
        self._seen: Mapping[Answer, int] = {}
        self._pid: int | None = None
        self._alone = asyncio.Lock()

    async def report_forever(self) -> None:
        while True:
            await asyncio.sleep(PERIOD_SECONDS)
            await self.report_if_possible()

    async def report_if_possible(self) -> None:
        """Does not raise: what cannot be read while HAProxy is being replaced is read the next time, or lost."""
        try:
            await self.report()
        except Exception as error:
            _log.debug(f"HAProxy's counts cannot be read: {error}")

    async def report(self) -> None:
        """Tells what has been added since the last call; a HAProxy that was started since has begun anew."""
        async with self._alone:
            await self._report()

    async def _report(self) -> None:
        pid = self._api._proc.pid
        if await self._api._get_running_pid() != pid:
            return  # One takes the place of the other just now.
        # In this order: what is answered in between must not count as HAProxy's own failure.
        statistics = await self._api._send_socket_command("show stat")
        now = of_table(await self._api._send_socket_command(f"show table {TABLE}"))
        before = self._seen if pid == self._pid else {}
        failures = Answer("", "", OWN, 0)
        now[failures] = max(own_failures(statistics, now), before.get(failures, 0))
        self._seen, self._pid = now, pid
        added = {answer: count - before.get(answer, 0) for answer, count in now.items()}
        self._tell({answer: count for answer, count in added.items() if count > 0})

    def _tell(self, added: Mapping[Answer, int]) -> None:
        share = min(1.0, MAX_LATENCIES / max(1, sum(added.values())))
        for answer, count in added.items():
            backend = self._api.backend_configs.get(answer.backend)
            tags = {
                "route": (backend.path_prefix or "/") if backend else "",
                "method": answer.method,
                "application": backend.app_name if backend else "",
                "status_code": answer.status,
            }
            of_request = self._metrics.request_tags(**tags)
            self._metrics.request_counter.inc(count, tags=of_request)
            if int(answer.status) >= 400:
                deployment = backend.ingress_deployment_name if backend else ""
                self._metrics.request_error_counter.inc(count, tags=self._metrics.request_error_tags(**tags))
                of_deployment = self._metrics.deployment_error_tags(**tags, deployment=deployment)
                self._metrics.deployment_request_error_counter.inc(count, tags=of_deployment)
            for _ in range(round(count * share) or 1):
                self._metrics.processing_latency_tracker.observe(answer.ms, tags=of_request)
