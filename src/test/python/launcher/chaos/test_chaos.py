"""What `chaos` runs, breaks and reports, without a cluster."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from launcher.chaos import faults, kills, layout, relay, report, resources, run, store_faults, world
from launcher.chaos.registry import MISSING_VERSION, Registry
from launcher.cluster import processes, serve_api, serve_config
from launcher.cluster.instance import Instance
from launcher.errors import LauncherError
from launcher.kubernetes import check_config
from launcher.project import Project


def test_the_shipped_application_in_small(repository: Path) -> None:
    shipped = serve_config.read(Project(repository).rayservice)
    config = layout.of(shipped, layout.Settings(cached=7))
    replicas = {d["name"]: d["num_replicas"] for d in config["applications"][0]["deployments"]}
    assert replicas == {"Dispatcher": 2, "SharedMemory": 1, "Deployment1": 2, "Deployment2": 2, "Deploymentx": 2}
    assert config["applications"][0]["args"] == {"hot_deployments": 2}
    overflow = next(d for d in config["applications"][0]["deployments"] if d["name"] == "Deploymentx")
    assert overflow["user_config"]["capacity"] == 7
    assert len(shipped["applications"][0]["deployments"]) > 5, "the shipped one is left as it is"


@pytest.mark.jar
def test_an_instance_reads_its_own_configuration(repository: Path, tmp_path: Path) -> None:
    instance = Instance(Project(tmp_path), "chaos")
    assert instance.rayservice() == tmp_path / "deploy" / "rayservice.yaml"
    instance.folder.mkdir(parents=True)
    shipped = serve_config.read(Project(repository).rayservice)
    config = layout.of(shipped, layout.Settings())
    (instance.folder / "rayservice.yaml").write_text(layout.as_rayservice(config, Project(repository).ray_version()))
    assert serve_config.read(instance.rayservice()) == config
    check_config.require(Project(repository), check_config.read(instance.rayservice()))


def test_faults_by_name() -> None:
    everything = [fault.name for fault in run.FAULTS]
    assert len(set(everything)) == len(everything)
    assert [fault.name for fault in run.named("all")] == everything
    assert run.named("none") == []
    assert [fault.name for fault in run.named("redis-down,kill-hot,redis-down")] == ["redis-down", "kill-hot"]
    assert [fault.name for fault in run.named("all,-kill-proxy")] == [n for n in everything if n != "kill-proxy"]
    assert [fault.name for fault in run.named("redis-*,-redis-c*,-redis-slow")] == ["redis-down", "redis-full"]
    assert all(fault.name.startswith("kill-") for fault in run.named("kill-*"))
    for wrong in ("kill", "kill-hot,", "*x", "", "all,-kill"):
        with pytest.raises(LauncherError, match="there is no fault"):
            run.named(wrong)


def test_each_fault_comes_before_any_comes_again() -> None:
    three = list(run.FAULTS[:3])
    once = list(run._in_turn(three, random.Random(1), time.monotonic() - 1, 1))
    assert sorted(fault.name for fault in once) == sorted(fault.name for fault in three)
    assert list(run._in_turn([], random.Random(1), time.monotonic() + 60, 1)) == []
    again = run._in_turn(three, random.Random(1), time.monotonic() + 60, 1)
    names = [next(again).name for _ in range(6)]
    assert sorted(names[:3]) == sorted(names[3:])
    assert len(list(run._in_turn(three, random.Random(1), time.monotonic() - 1, 5))) == 15


STATUS = {
    "placement": {
        "generation": "3.7",
        "dispatchers": 2,
        "hot": [
            {"deployment": "Deployment1", "replicas": [{"models": {"tenant5": 1}}, {"models": {"tenant5": 2}}]},
            {"deployment": "Deployment2", "replicas": [{"models": {}}, {"models": {}}]},
        ],
    }
}


def test_the_table_is_held_when_every_replica_holds_it() -> None:
    placed = {"generation": "3.7", "deployment_map": {"tenant5": "deployment1"}}
    assert all(world.holds(STATUS, placed, name, 2) for name in ("Dispatcher", *layout.HOT, layout.OVERFLOW))
    assert world.holds(STATUS, placed, "SharedMemory", 1)
    assert not world.holds(STATUS, {"deployment_map": {}}, "Deployment1", 2), "one too many"
    assert not world.holds(STATUS, {"deployment_map": {"tenant6": "deployment2"}}, "Deployment2", 2)
    assert not world.holds(STATUS, placed, "Dispatcher", 1)
    assert not world.holds(STATUS, placed, "Deployment1", 3)
    assert not world.holds(STATUS, placed | {"generation": "2.9"}, "SharedMemory", 1), "the table of the one before"
    assert not world.holds({}, placed, "SharedMemory", 1)


def of_replicas(name: str, *replicas: tuple[str, int | None], target: int = 2) -> serve_api.Deployment:
    made = tuple(serve_api.Replica(f"{name}{i}", state, pid) for i, (state, pid) in enumerate(replicas))
    return serve_api.Deployment(name, "HEALTHY", "", target, made)


def application(*deployments: serve_api.Deployment) -> serve_api.Application:
    return serve_api.Application("many-models", "RUNNING", "", 0.0, deployments)


def test_the_last_replica_that_runs_is_not_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {11, 12, 21, 31, 41, 42}
    monkeypatch.setattr(processes, "read", lambda pid: pid if pid in there else None)
    found = [
        application(
            of_replicas("Dispatcher", ("RUNNING", 11), ("RUNNING", 12)),
            of_replicas("Deployment1", ("RUNNING", 21), ("RUNNING", 22)),  # 22 is dead, which Serve does not know yet
            of_replicas("SharedMemory", ("RUNNING", 31), target=1),
            of_replicas("Deploymentx", ("RUNNING", 41), ("STARTING", 42)),
        )
    ]
    assert kills.possible(found) == [("Dispatcher", 11), ("Dispatcher", 12), ("SharedMemory", 31)]


class KilledWorld:
    """Kills at once, and has a new process by the next look."""

    def __init__(self) -> None:
        self.session = Recorder()
        self.stopped = threading.Event()
        self.next_pid = 100
        self.dispatchers = [1, 2]
        self.shared = 3

    def applications(self) -> list[serve_api.Application]:
        running = [("RUNNING", pid) for pid in self.dispatchers]
        return [
            application(
                of_replicas("Dispatcher", *running), of_replicas("SharedMemory", ("RUNNING", self.shared), target=1)
            )
        ]

    def kill(self, pid: int) -> None:
        self.next_pid += 1
        self.dispatchers = [self.next_pid if each == pid else each for each in self.dispatchers]
        self.shared = self.next_pid if pid == self.shared else self.shared

    def placement(self) -> tuple[Any, Any]:
        return STATUS, {"generation": "3.7", "deployment_map": {}}


def test_kills_go_on_and_each_is_told_with_its_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processes, "read", lambda pid: pid)
    killed = KilledWorld()
    killer = kills.Killer(killed, random.Random(3), 0.02)  # type: ignore[arg-type]
    thread = threading.Thread(target=killer.run)
    thread.start()
    deadline = time.monotonic() + 20
    while killer.report.made < 6 and time.monotonic() < deadline:
        killed.stopped.wait(0.01)
    killer.stop.set()
    thread.join(20)
    report_of = killer.report
    assert report_of.failure is None
    assert report_of.made >= 6
    assert len(report_of.durations) == report_of.made
    began = [event for event in killed.session.events if event[0] == kills.NAME]
    assert len(killed.session.events) == 2 * len(began) == 2 * report_of.made
    assert set(report_of.by_deployment) <= {"Dispatcher", "SharedMemory"}
    assert f"{report_of.made} processes killed" in kills.summary(report_of)


class Recorder:
    """In place of the client."""

    def __init__(self) -> None:
        self.events: list[Any] = []

    def fault_began(self, name: str, explains: Any, tenants: Any = (), deployments: Any = ()) -> str:
        self.events.append((name, explains, tenants, deployments))
        return f"{name} {len(self.events)}"

    def ended(self, event: str, outcome: str) -> None:
        self.events.append((event, outcome))


def test_a_fault_that_cannot_be_made_is_over_too() -> None:
    class Broken:
        session = Recorder()

    def make(_: Any, began: faults.Began) -> None:
        began(("no-replica",), deployments=("Deployment1",))
        raise LauncherError("nothing to kill")

    with pytest.raises(LauncherError, match="nothing to kill"):
        faults.inject(Broken(), faults.Fault("kill-it", "", make))  # type: ignore[arg-type]
    assert Broken.session.events == [
        ("kill-it", ("no-replica",), (), ("Deployment1",)),
        ("kill-it 1", "DONE"),
    ]


@pytest.fixture
def echo() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            while True:
                try:
                    connection, _ = server.accept()
                except OSError:
                    return
                with connection:
                    while chunk := connection.recv(1024):
                        connection.sendall(chunk)

        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]


def test_the_relay_makes_answers_late(echo: int) -> None:
    with relay.running(echo) as between, socket.create_connection(("127.0.0.1", between.port), timeout=5) as client:
        client.sendall(b"one")
        assert client.recv(10) == b"one"
        between.delay_seconds = 0.3
        started = time.monotonic()
        client.sendall(b"two")
        assert client.recv(10) == b"two"
        assert time.monotonic() - started >= 0.3


def test_the_relay_closes_when_nobody_is_behind_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        nobody = taken.getsockname()[1]
    with relay.running(nobody) as between, socket.create_connection(("127.0.0.1", between.port), timeout=5) as client:
        assert client.recv(10) == b""


def test_a_half_written_version_promises_more_than_there_is(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "models")
    registry.half_write(5)
    place = tmp_path / "models" / "tenant5" / str(MISSING_VERSION)
    promised = json.loads((place / "metadata.json").read_text())["size"]
    assert (place / "model.onnx").stat().st_size < promised
    registry.hide()
    assert not (tmp_path / "models").exists()
    registry.show()
    registry.show()
    assert place.is_dir()


def test_the_cache_is_emptied_of_artifacts_only(tmp_path: Path) -> None:
    (tmp_path / "ab").mkdir()
    (tmp_path / "ab" / "abcd").write_text("x")
    (tmp_path / "ledger").write_text("x")
    store_faults.empty_cache(tmp_path)
    assert [path.name for path in tmp_path.rglob("*") if path.is_file()] == ["ledger"]


USE = resources.growth(
    {"Deploymentx": resources.Use(2, 300.4, 90, 120)}, {"Deploymentx": resources.Use(2, 301.2, 91, 119)}
)


def test_growth_is_shown_at_the_beginning_and_at_the_end() -> None:
    assert USE == [("Deploymentx", "300 -> 301", "90 -> 91", "120 -> 119")]
    assert resources.growth({"Gone": resources.Use(1, 10, 5, 6)}, {}) == [("Gone", "10 -> 0", "5 -> 0", "6 -> 0")]


def test_replicas_use_what_proc_says(tmp_path: Path) -> None:
    for name in ("task/1", "task/2", "fd/0", "fd/1", "fd/2"):
        (tmp_path / "42" / name).mkdir(parents=True)
    (tmp_path / "42" / "smaps_rollup").write_text("Pss: 2048 kB\n")
    replicas = (serve_api.Replica("a", "RUNNING", 42), serve_api.Replica("b", "STARTING", None))
    deployment = serve_api.Deployment("Dispatcher", "HEALTHY", "", 2, replicas)
    found = [serve_api.Application("many-models", "RUNNING", "", 0.0, (deployment,))]
    assert resources.of_replicas(found, tmp_path) == {"Dispatcher": resources.Use(1, 2.0, 2, 3)}


def summary(judged: int, succeeded: int, p99: float = 10.0, gap: float = 100.0) -> dict[str, Any]:
    return {
        "times": 1,
        "requests": judged,
        "judged": judged,
        "succeeded": succeeded,
        "retried": 0,
        "loaded": judged // 2,
        "loaded_failed": 0,
        "problems": {"no-replica": judged - succeeded} if judged > succeeded else {},
        "p50_millis": 5.0,
        "p99_millis": p99,
        "longest_gap_millis": gap,
        "gap_tenant": 1,
    }


def outcome(
    *,
    broken: dict[str, int],
    kill: dict[str, Any],
    settled: tuple[float, ...] = (),
    killed: kills.Report | None = None,
) -> run.Outcome:
    figures = {"all": summary(1000, 999), "calm": summary(500, 500), "faults": {"kill-hot": kill}}
    finding = {"rule": "not-stale", "at_seconds": 1.5, "exchange": {"tenant": 3}}
    verdict = {
        "broken": broken,
        "unexplained": {},
        "findings": [finding] if broken else [],
        "pins": {"asked": 9, "wrong": [{"at_seconds": 4.0, "pool": {}}] if "no-lost-pin" in broken else []},
        "whole": figures,
        "endpoints": [figures],
    }
    durations = {"kill-hot": [4.0, 6.0]}
    return run.Outcome(verdict, 61.0, durations, {"disk-full": "needs root"}, [], 7, 3, 1, USE, (4, 5), settled, killed)


def test_what_is_right_is_said_to_be(capsys: pytest.CaptureFixture[str]) -> None:
    right = outcome(broken={}, kill=summary(100_000, 99_999))
    assert right.right
    assert all(reached for *_, reached in report.targets(right))
    report.show(right)
    shown = capsys.readouterr().out
    assert "kill-hot" in shown
    assert "99.999 %" in shown
    assert "not made: disk-full: needs root" in shown
    assert shown.endswith("nothing is wrong\n")


def test_what_is_wrong_is_told_with_the_answers(capsys: pytest.CaptureFixture[str]) -> None:
    wrong = outcome(broken={"not-stale": 2}, kill=summary(1000, 999, gap=1500))
    assert not wrong.right
    assert [reached for *_, reached in report.targets(wrong)] == [False, False, False, True]
    report.show(wrong)
    shown = capsys.readouterr().out
    assert "WRONG: 2 times against not-stale" in shown
    assert "at 1.500 s: {'tenant': 3}" in shown
    assert shown.endswith("something is wrong\n")
    section = report.markdown(wrong, "- command: `x`")
    assert section.startswith("## Faults\n\n- command: `x`\n")
    assert "**no**" in section


def test_proxy_kills_have_targets_where_another_proxy_answers() -> None:
    made = outcome(broken={}, kill=summary(100, 100))
    kills_of = made.verdict["endpoints"][0]["faults"]
    kills_of["kill-raylet"] = summary(100, 100, gap=900)
    kills_of["kill-haproxy"] = summary(100, 80, gap=30_000)

    def gap(of: run.Outcome) -> tuple[str, bool]:
        ((_, got, _, reached),) = [each for each in report.targets(of) if each[0].startswith("longest gap")]
        return got, reached

    assert gap(made) == ("0.90 s", True)
    assert gap(replace(made, nodes=2)) == ("30.00 s", False)
    assert [row[0] for row in report.table(made, made.verdict["endpoints"][0])][3:] == [
        "kill-hot",
        "kill-haproxy",
        "kill-raylet",
    ]
    assert report.to_json(replace(made, nodes=2), "x")["nodes"] == 2


def test_a_ratio_is_never_rounded_up() -> None:
    assert report.percent(0.9999999) == "99.999 %"
    assert report.percent(1.0) == "100.000 %"


def test_loaded_models_do_without_the_registry() -> None:
    made = outcome(broken={}, kill=summary(10, 10))
    faults_of = made.verdict["whole"]["faults"]
    what = "failures of loaded models while the registry is away or slow"
    assert what not in {name for name, *_ in report.targets(made)}
    faults_of["registry-slow"] = summary(100, 90)
    faults_of["registry-unreadable"] = summary(60, 50)
    assert (what, "0 of 80", "0", True) in report.targets(made)
    faults_of["registry-slow"]["loaded_failed"] = 2
    assert (what, "2 of 80", "0", False) in report.targets(made)
    for fault in faults_of.values():
        fault |= {"loaded": 0, "loaded_failed": 0}
    assert (what, "0 of 0", "0", False) in report.targets(made), "nothing was measured"


def test_what_kills_and_sharedmemory_do_is_held_against_figures(capsys: pytest.CaptureFixture[str]) -> None:
    killed = kills.Report(5.0, Counter(Dispatcher=2, SharedMemory=1), late=1)
    made = outcome(broken={"no-lost-pin": 1}, kill=summary(10, 10), settled=(0.5, 2.5), killed=killed)
    by_name = {name: reached for name, _, _, reached in report.targets(made)}
    assert by_name["lost pins"] is False
    assert by_name["from SharedMemory's return until replicas hold its table, longest of 2 (median)"] is False
    report.show(made)
    shown = capsys.readouterr().out
    assert "3 processes killed (Dispatcher 2, SharedMemory 1), one every 5 s; 1 of them later" in shown
    assert "at 4.000 s pinned were: {}" in shown
    assert report.to_json(made, "x")["kills"]["late"] == 1
