"""`chaos --one-process`: `serve` is killed, stopped and configured under load, and every answer is checked."""

from __future__ import annotations

import json
import os
import random
import shutil
import statistics
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from launcher import local_http, one_process
from launcher.build import application_jar
from launcher.chaos import churn, layout, session
from launcher.chaos.registry import Registry
from launcher.chaos.session import Session
from launcher.cluster import ports, serve_config
from launcher.console import say, step
from launcher.errors import LauncherError
from launcher.one_process import OneProcess, Serve
from launcher.project import Project

KILL = "kill-process"
STOP = "stop-process"
CONFIGURE = "change-config"
SPOIL = "spoil-config"
FAULTS = (KILL, STOP, CONFIGURE, SPOIL)
READY_SECONDS = 1.0
"""From a kill until requests are answered again, without what loading models takes."""
_WHAT_A_RESTART_EXPLAINS = ("no-answer",)
_STOPPED_BY_SIGTERM = 143
_WARM_UP_SECONDS = 5.0
_CALM_SECONDS = 2.0
_WHOLE_SECONDS = 30.0
_POLL_SECONDS = 0.1
_CALL_SECONDS = 40.0
_PAUSE_SECONDS = (0.3, 1.5)
_OTHER_CACHE = 20


@dataclass
class Outcome:
    """`ready`: seconds until a started process was ready, by fault; `whole`: from then until all is loaded."""

    verdict: Mapping[str, Any]
    seconds: float
    ready: dict[str, list[float]]
    whole: dict[str, list[float]]
    broken: list[str]
    switches: int
    pools: int
    unconfirmed: int

    @property
    def right(self) -> bool:
        return not self.verdict["broken"] and not self.broken


@dataclass
class World:
    """The process and its surroundings; thread-safe but for the process."""

    process: OneProcess
    session: Session
    registry: Registry
    config: Path
    shipped: Mapping[str, Any]
    stopped: threading.Event = field(default_factory=threading.Event)

    def call(self, method: str, path: str, body: object | None = None) -> local_http.Answer:
        """Raises NoAnswerError."""
        return local_http.call(method, f"{self.process.serve.url}{path}", body, _CALL_SECONDS)

    def configure(self, settings: layout.Settings) -> None:
        write(self.config, json.dumps(layout.of(self.shipped, settings)))

    def overflow_capacity(self) -> int:
        return int(self.call("GET", "/status").json()["overflow"][0]["capacity"])

    def is_whole(self) -> bool:
        """Whether every tenant that has a place is loaded there. Also notes who is pinned."""
        asked = self.session.pins_asked()
        try:
            placed = self.call("GET", "/deployment_map").json()
            status = self.call("GET", "/status").json()
        except local_http.NoAnswerError:
            return False
        pool = {layout.number(tenant): _serve_name(name) for tenant, name in placed["dedicated"].items()}
        self.session.pins_seen(asked, pool)
        wanted = {tenant: _serve_name(name) for tenant, name in placed["deployment_map"].items()}
        held = {
            tenant: hot["deployment"]
            for hot in status["placement"]["hot"]
            for replica in hot["replicas"]
            for tenant in replica["models"]
        }
        return bool(wanted) and held == wanted

    def wait(self, what: str, condition: Callable[[], bool]) -> float:
        """Waits for the condition; returns how many seconds it took. Raises LauncherError when it takes too long."""
        begun = time.monotonic()
        while not condition():
            if time.monotonic() - begun > _WHOLE_SECONDS:
                raise LauncherError(f"not within {_WHOLE_SECONDS:.0f} s: {what}")
            self.stopped.wait(_POLL_SECONDS)
        return time.monotonic() - begun


def _serve_name(deployment: str) -> str:
    return deployment[0].upper() + deployment[1:]


def write(file: Path, text: str) -> None:
    """In one step, as an editor or Kubernetes does."""
    fresh = file.with_suffix(".new")
    fresh.write_text(text)
    fresh.replace(file)


def run(project: Project, minutes: float, times: int, seed: int, requests_per_second: int) -> Outcome:
    """Each fault so often at least, and for so many minutes."""
    application_jar.build(project)
    one_process.prepare(project)
    folder = project.runtime / "instances" / "chaos-one"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    registry = Registry(folder / "models")
    with step("making models", "made the models"):
        registry.make(project)
    shipped = serve_config.read(project.rayservice)
    config = folder / "config.yaml"
    write(config, json.dumps(layout.of(shipped, layout.Settings())))
    serve = Serve(registry.folder, folder / "state", ports.pick(), config, {"MANY_MODELS_DRAIN_S": "1"})
    options = {
        "tenants": layout.TENANTS,
        "watch": ",".join(map(str, layout.WATCHED)),
        "rate": requests_per_second,
        "seed": seed,
        "overflow": layout.OVERFLOW,
    }
    with (
        one_process.running(project, serve, folder / "serve.log") as process,
        session.running(project, project.runtime / "chaos-history", options, [serve.url]) as client,
    ):
        world = World(process, client, registry, config, shipped)
        return _with_load(world, minutes, times, random.Random(seed), seed, requests_per_second)


def _with_load(
    world: World, minutes: float, times: int, chance: random.Random, seed: int, requests_per_second: int
) -> Outcome:
    ready: dict[str, list[float]] = {}
    whole: dict[str, list[float]] = {}
    broken: list[str] = []
    with step("warming up", "warmed up"):
        world.session.boost(range(1, layout.TENANTS + 1), requests_per_second)
        world.stopped.wait(_WARM_UP_SECONDS)
        world.session.calm()
        world.wait("every placed tenant is loaded", world.is_whole)
    world.session.started(1, dict.fromkeys(layout.PINNED, layout.DEDICATED))
    begun = time.monotonic()
    with churn.going_on(world, seed) as operators:
        world.stopped.wait(_CALM_SECONDS)
        made = 0
        while made < times or time.monotonic() - begun < minutes * 60:
            for fault in chance.sample(FAULTS, len(FAULTS)):
                if operators.failure is None:
                    try:
                        _make(world, fault, chance, ready, whole)
                    except LauncherError as error:
                        broken.append(f"{fault}: {error}")
                    world.stopped.wait(chance.uniform(*_PAUSE_SECONDS))
            made += 1
            answered, failed = world.session.progress()
            say(f"{time.monotonic() - begun:6.1f} s  each fault {made} times; {answered} answered, {failed} failed")
        world.stopped.wait(_CALM_SECONDS)
    if operators.failure is not None:
        broken.append(f"operators: {operators.failure}")
    seconds = time.monotonic() - begun
    with step("judging", "judged"):
        verdict = world.session.finish()
    return Outcome(verdict, seconds, ready, whole, broken, operators.switches, operators.pools, operators.unconfirmed)


def _make(
    world: World, fault: str, chance: random.Random, ready: dict[str, list[float]], whole: dict[str, list[float]]
) -> None:
    explains = _WHAT_A_RESTART_EXPLAINS if fault in (KILL, STOP) else ()
    event = world.session.fault_began(fault, explains, deployments=layout.HOT if explains else ())
    try:
        if fault == CONFIGURE:
            cached = chance.choice([_OTHER_CACHE, layout.Settings().cached])
            world.configure(layout.Settings(cached=cached))
            world.wait("the configuration is in force", lambda: world.overflow_capacity() == cached)
        elif fault == SPOIL:
            good = world.config.read_text()
            write(world.config, chance.choice(["applications: [", "applications: []", good[: len(good) // 2]]))
            world.wait("the configuration is refused", lambda: "Dispatcher" in _refused(world))
            write(world.config, good)
            world.wait("the configuration is in force again", lambda: "Dispatcher" not in _refused(world))
        else:
            _restart(world, fault, ready)
            whole.setdefault(fault, []).append(world.wait("every placed tenant is loaded", world.is_whole))
    finally:
        world.session.ended(event, "DONE")


def _refused(world: World) -> Mapping[str, str]:
    refused: Mapping[str, str] = world.call("GET", "/status").json()["refused"]
    return refused


def _restart(world: World, fault: str, ready: dict[str, list[float]]) -> None:
    if fault == KILL:
        world.process.kill()
    else:
        code = world.process.stop()
        if code != _STOPPED_BY_SIGTERM:
            raise LauncherError(f"it ended with exit code {code} after SIGTERM")
    ready.setdefault(fault, []).append(world.process.start())


def show(outcome: Outcome) -> None:
    whole = outcome.verdict["whole"]
    say("")
    for name in FAULTS:
        if name in whole["faults"]:
            say(line(name, whole["faults"][name]))
    say(line("no fault", whole["calm"]))
    say(
        f"{outcome.switches} version switches and {outcome.pools} changes of the pool confirmed,"
        f" {outcome.unconfirmed} not confirmed; {outcome.seconds:.0f} s"
    )
    for name, seconds in outcome.ready.items():
        later = outcome.whole[name]
        say(
            f"{name}: ready after {statistics.median(seconds):.2f} s (longest {max(seconds):.2f} s), all loaded"
            f" {statistics.median(later):.2f} s later (longest {max(later):.2f} s)"
        )
    for complaint in outcome.broken:
        say(f"WRONG: {complaint}")
    for rule, count in outcome.verdict["broken"].items():
        say(f"WRONG: {count} times against {rule}: {outcome.verdict['unexplained'] if rule == 'explained' else ''}")
    wrong = sum(outcome.verdict["broken"].values())
    pins = outcome.verdict["pins"]["asked"]
    lost = outcome.verdict["broken"].get("no-lost-pin", 0)
    say(f"wrong answers: {wrong} of {whole['all']['requests']}; lost pins: {lost} in {pins} looks")
    say("nothing is wrong" if outcome.right else "something is wrong")


def line(name: str, figures: Mapping[str, Any]) -> str:
    success = figures["succeeded"] / figures["judged"] if figures["judged"] else 1.0
    problems = ", ".join(f"{count} {how}" for how, count in figures["problems"].items())
    return (
        f"{name:<14} {figures['judged']:>7} requests  {int(success * 100_000) / 1000:.3f} %"
        f"  p50 {figures['p50_millis']:.1f} ms  p99 {figures['p99_millis']:.1f} ms"
        f"  longest gap {figures['longest_gap_millis'] / 1000:.2f} s  {problems}"
    ).rstrip()


def to_json(outcome: Outcome, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "right": outcome.right,
        "seconds": round(outcome.seconds, 1),
        "ready_seconds": outcome.ready,
        "loaded_seconds": outcome.whole,
        "complaints": outcome.broken,
        "switches_confirmed": outcome.switches,
        "pool_changes_confirmed": outcome.pools,
        "changes_not_confirmed": outcome.unconfirmed,
        "processors": os.cpu_count(),
        "verdict": outcome.verdict,
    }
