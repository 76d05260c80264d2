"""`versions`: new versions, a killed replica and a killed Redis, on a real cluster with checked answers."""

from __future__ import annotations

import copy
import json
import os
import queue
import shutil
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher import local_http
from launcher.build import application_jar
from launcher.build.java_main import class_path, java_command
from launcher.build.toolchain import find_jdk
from launcher.cluster import redis_server, serve_api
from launcher.cluster.instance import Instance, Record
from launcher.cluster.redis_server import RedisServer
from launcher.console import say, step
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import cluster, fleet, report
from measuring.checked_load import CheckedLoad, Client
from measuring.fleet import tenant
from measuring.http_bench import Effort

TENANTS = 1_700
FULL = 500
"""Models of Deployment1 when it is killed: the tenants from 101 on."""
SWITCHED = 20
SAMPLES = 10
CLIENTS = 4
STORMS = 5
STORM_CLIENTS = 40
COLD = 200
COLD_FROM = 601
_POLL_SECONDS = 0.01
_PATIENCE_SECONDS = 60.0
_OUTAGE_SECONDS = 10.0


@dataclass(frozen=True)
class Storm:
    """p99 of hot tenants in seconds while as many loaded models are asked for, and while cold ones are."""

    loaded: float
    cold: float

    @property
    def ratio(self) -> float:
        return self.cold / self.loaded


@dataclass(frozen=True)
class Result:
    """Seconds, and counts."""

    poll_interval: float
    by_poll: Sequence[float]
    by_event: Sequence[float]
    confirmed: Sequence[float]
    by_command: Sequence[float]
    storms: Sequence[Storm]
    switches: int
    switch_seconds: float
    load: CheckedLoad
    reloaded: Sequence[float]
    outage: CheckedLoad
    cold_in_outage: int
    redis_recovery: float


def run(project: Project, effort: Effort) -> Result:
    application_jar.build(project)
    switches = max(SWITCHED, int(effort.rounds * effort.seconds / 30 * 1000) // SWITCHED * SWITCHED)
    folder = Path(tempfile.mkdtemp(prefix="mm-versions-"))
    try:
        registry = folder / "models"
        for number in range(1, 11):
            shutil.copytree(project.models / f"tenant{number}", registry / f"sample{number}")
        with step("making models", "made the models"):
            fleet.make(project, registry, TENANTS)
            spare = 3 * SAMPLES + 2
            for version in range(2, 2 + switches // SWITCHED + spare):
                fleet.make(project, registry, SWITCHED, version)
                for number in range(1, SWITCHED + 1):
                    go_live(registry, number, 1)
        with redis_server.running(project) as redis:
            return _measure(project, registry, redis, switches)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def go_live(registry: Path, number: int, version: int) -> None:
    """As `models promote` does."""
    fresh = registry / tenant(number) / ".new-live-bench"
    fresh.write_text(str(version))
    fresh.replace(fresh.with_name("live"))


def changed(config: Mapping[str, Any]) -> dict[str, Any]:
    """Deployment1 holds the tenants from 101 on, Deployment2 the switched ones; the others are empty."""
    deployed = copy.deepcopy(dict(config))
    for application in deployed["applications"]:
        for deployment in application["deployments"]:
            name = deployment["name"]
            if name == "Deployment1":
                names = [tenant(number) for number in range(101, 101 + FULL)]
                deployment["user_config"] = {"tenants": names, "capacity": FULL, "pool": "dedicated"}
            elif name == "Deployment2":
                names = [tenant(number) for number in range(1, SWITCHED // 2 + 1)]
                deployment["user_config"] = {"tenants": names, "capacity": SWITCHED, "pool": "dedicated"}
            elif name.startswith("Deployment") and name != "Deploymentx":
                deployment["user_config"] = {"pool": "dedicated"}
            elif name == "Dispatcher":
                deployment["user_config"]["deployment_map_limit"] = 0
    return deployed


@contextmanager
def _running(project: Project, settings: Mapping[str, str]) -> Iterator[tuple[Instance, Record]]:
    with cluster.running(project, os.environ, settings) as (instance, record):
        cluster.redeploy(instance, record, {**cluster.without_settings(os.environ), **settings}, changed)
        _await(lambda: _held(record, "Deployment1") == FULL and _held(record, "Deployment2") == SWITCHED // 2)
        yield instance, record


def _measure(project: Project, registry: Path, redis: RedisServer, switches: int) -> Result:
    plain = {"MANY_MODELS_REGISTRY": f"file:{registry}"}
    versions = dict.fromkeys(range(1, SWITCHED + 1), 1)
    with _running(project, plain) as (_, record):
        by_poll = [_seen(record, registry, versions, 1 + i % 2 * (SWITCHED - 1), None) for i in range(SAMPLES)]
    with _running(project, {**plain, "MANY_MODELS_WARM": redis.uri}) as (_, record):
        by_event = [_seen(record, registry, versions, 1 + i % 2 * (SWITCHED - 1), redis) for i in range(2 * SAMPLES)]
        by_command = [_promoted(project, record, registry, versions) for _ in range(3)]
        storms = [_storm(record, COLD_FROM + COLD * turn) for turn in range(STORMS)]
        load, confirmed, seconds = _switches(record, registry, versions, switches)
        reloaded = [_killed(record) for _ in range(3)]
        outage, cold, recovery = _outage(record, redis)
        say(f"switches: {load.complaints() or 'no complaint'}; outage: {outage.complaints() or 'no complaint'}")
    return Result(
        5.0, by_poll, by_event, confirmed, by_command, storms, switches, seconds, load, reloaded, outage, cold, recovery
    )


def _seen(record: Record, registry: Path, versions: dict[int, int], number: int, redis: RedisServer | None) -> float:
    """From the change of the alias until the answer is of the new version, with or without an event."""
    client = Client(record)
    client.version(number)
    versions[number] += 1
    started = time.monotonic()
    go_live(registry, number, versions[number])
    if redis is not None:
        redis.call("XADD", "many-models:events", "*", "tenants", tenant(number))
    _await(lambda: client.version(number) == versions[number])
    return time.monotonic() - started


def _promoted(project: Project, record: Record, registry: Path, versions: dict[int, int]) -> float:
    """The whole command, start of the JVM included, until every replica has confirmed."""
    versions[1] += 1
    java = find_jdk(os.environ).java
    words = ["promote", tenant(1), str(versions[1]), "--registry", f"file:{registry}", "--url", record.ports.base_url]
    started = time.monotonic()
    command = java_command(java, class_path(project), "models", words, os.environ)
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "ORT_DISABLE_TELEMETRY": "1"}
    )
    if result.returncode != 0 or Client(record).version(1) != versions[1]:
        raise LauncherError(f"models promote: {result.stderr.strip()[-300:]}")
    return time.monotonic() - started


def _switches(
    record: Record, registry: Path, versions: dict[int, int], switches: int
) -> tuple[CheckedLoad, list[float], float]:
    """Switches of hot tenants and of such in Deploymentx, one after the other, under load."""
    operator = Client(record)
    confirmed = []
    load = CheckedLoad(record, sorted(versions), CLIENTS, dict(versions), dict(versions))
    started = time.monotonic()
    with load:
        for turn in range(switches):
            number = 1 + turn % SWITCHED
            versions[number] += 1
            load.most[number] = versions[number]
            begun = time.monotonic()
            go_live(registry, number, versions[number])
            status, text = operator.post("/refresh_models", {"tenants": [tenant(number)]})
            confirmed.append(time.monotonic() - begun)
            model = json.loads(text)["models"][0]
            if status != 200 or model["state"] != "live" or model.get("version") not in (None, versions[number]):
                raise LauncherError(f"a switch was answered {status}: {text[:300]}")
            load.least[number] = versions[number]
    return load, confirmed, time.monotonic() - started


def _storm(record: Record, first: int) -> Storm:
    loaded = [_p99_beside(record, [101 + i % FULL for i in range(COLD)]) for _ in range(2)]
    return Storm(statistics.fmean(loaded), _p99_beside(record, range(first, first + COLD)))


def _p99_beside(record: Record, asked: Sequence[int]) -> float:
    """p99 of two clients of hot tenants while each of these tenants is asked once, over many connections."""
    times: list[float] = []
    done = threading.Event()
    turns: queue.SimpleQueue[int] = queue.SimpleQueue()
    for number in asked:
        turns.put(number)
    with ThreadPoolExecutor(STORM_CLIENTS + 2) as pool:
        clients = [pool.submit(_ask_hot, record, first, done, times) for first in (0, 1)]
        try:
            for asker in [pool.submit(_ask_each, record, turns) for _ in range(STORM_CLIENTS)]:
                asker.result(60)
        finally:
            done.set()
        for client in clients:
            client.result(60)
    return statistics.quantiles(times, n=100)[98]


def _ask_each(record: Record, turns: queue.SimpleQueue[int]) -> None:
    client = Client(record)
    with suppress(queue.Empty):
        while True:
            client.version(turns.get_nowait())


def _ask_hot(record: Record, first: int, done: threading.Event, times: list[float]) -> None:
    client = Client(record)
    turn = first
    while not done.is_set():
        started = time.monotonic()
        client.version(101 + turn % 4)
        times.append(time.monotonic() - started)
        turn += 2


def _killed(record: Record) -> float:
    """From the moment when a new replica of Deployment1 runs until it has its 500 models."""
    before = _pid(record, "Deployment1")
    os.kill(before, signal.SIGKILL)
    _await(lambda: _pid(record, "Deployment1") not in (0, before))
    up = time.monotonic()
    _await(lambda: _held(record, "Deployment1") == FULL)
    return time.monotonic() - up


def _outage(record: Record, redis: RedisServer) -> tuple[CheckedLoad, int, float]:
    """Redis is killed under load: loaded models go on, cold ones come from the registry, then Redis is used again."""
    loaded = [*range(1, SWITCHED // 2 + 1), *range(101, 101 + FULL)]
    client = Client(record)
    ones = {number: client.version(number) for number in loaded}
    cold = iter(range(SWITCHED + 1, 101))
    asked = 0
    load = CheckedLoad(record, loaded, CLIENTS, ones, ones)
    pause = threading.Event()
    with load:
        redis.kill()
        deadline = time.monotonic() + _OUTAGE_SECONDS
        while time.monotonic() < deadline:
            client.version(next(cold))
            asked += 1
            pause.wait(0.3)
        redis.start()
        back = time.monotonic()
        while redis.call("DBSIZE") == b":0":
            client.version(next(cold))
            pause.wait(0.1)
        recovery = time.monotonic() - back
    return load, asked, recovery


def _status(record: Record) -> Any:
    return local_http.call("GET", f"{record.ports.base_url}/status").json()


def _held(record: Record, deployment: str) -> int:
    hot = next((h for h in _status(record)["placement"]["hot"] if h["deployment"] == deployment), None)
    return min((len(r["models"]) for r in hot["replicas"]), default=0) if hot else 0


def _pid(record: Record, deployment: str) -> int:
    for application in serve_api.applications(record.ports.dashboard_url):
        for found in application.deployments:
            if found.name == deployment:
                return next((r.pid or 0 for r in found.replicas if r.state == "RUNNING"), 0)
    return 0


def _await(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    pause = threading.Event()
    while time.monotonic() < deadline:
        try:
            if condition():
                return
        except (ValueError, KeyError, TypeError, OSError, local_http.NoAnswerError):
            pass
        pause.wait(_POLL_SECONDS)
    raise LauncherError(f"not within {_PATIENCE_SECONDS:.0f} s")


def text(result: Result, about: str) -> str:
    def seconds(values: Sequence[float]) -> str:
        return f"{statistics.median(values):.2f} s, {max(values):.2f} s"

    def row(what: str, measured: str, target: str, reached: bool | None) -> list[str]:
        return [what, measured, target, "" if reached is None else "yes" if reached else "no"]

    load, outage = result.load, result.outage
    rows = [
        row(
            "alias changed, no event: seen by a client (median, most)",
            seconds(result.by_poll),
            f"<= poll interval ({result.poll_interval:.0f} s) + 1 s",
            max(result.by_poll) <= result.poll_interval + 1,
        ),
        row(
            "alias changed, event in Redis: seen by a client (median, most)",
            seconds(result.by_event),
            "<= 1 s",
            max(result.by_event) <= 1,
        ),
        row(
            "POST /refresh_models under load: confirmed by every replica (median, most)",
            seconds(result.confirmed),
            "<= 1 s",
            max(result.confirmed) <= 1,
        ),
        row("`models promote`, start of its JVM included (median, most)", seconds(result.by_command), "", None),
        row(
            f"{COLD} cold models asked for at once: p99 of hot tenants, by that beside as many loaded ones (median)",
            f"{statistics.median(storm.ratio for storm in result.storms):.2f}"
            f" ({statistics.median(storm.cold for storm in result.storms) * 1000:.0f} ms)",
            "<= 1.5",
            statistics.median(storm.ratio for storm in result.storms) <= 1.5,
        ),
        row(
            f"{result.switches} switches under load: requests failed",
            f"{len(load.failed)} of {load.answered + len(load.failed)}",
            "0",
            not load.failed,
        ),
        row("answers wrong, or older than what was confirmed", str(len(load.wrong)), "0", not load.wrong),
        row("switches a second", f"{result.switches / result.switch_seconds:.1f}", "", None),
        row(
            f"replica killed with {FULL} models: has them again after it is up (median, most)",
            seconds(result.reloaded),
            "<= 2 s",
            max(result.reloaded) <= 2,
        ),
        row(
            f"Redis away for {_OUTAGE_SECONDS:.0f} s: requests for loaded models failed",
            f"{len(outage.failed) + len(outage.wrong)} of {outage.answered + len(outage.failed)}",
            "0",
            not outage.failed and not outage.wrong,
        ),
        row("cold models loaded from the registry meanwhile", str(result.cold_in_outage), "all", True),
        row(
            "Redis used again after it is back", f"{result.redis_recovery:.2f} s", "<= 5 s", result.redis_recovery <= 5
        ),
    ]
    return "\n\n".join(
        [
            "## Versions and outages",
            about + "\n- every answer is checked: the models answer tenant x 1000 + version",
            report.table(["what", "measured", "target", "reached"], rows),
        ]
    )
