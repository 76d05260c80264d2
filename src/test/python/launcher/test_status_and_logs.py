"""`status` and `logs`."""

from pathlib import Path

import pytest

from launcher import status
from launcher.cluster import logs, serve_api
from launcher.cluster.processes import Process
from launcher.errors import LauncherError
from launcher.status import ProcessUse, Status

REPLICAS = [{"replica_id": "r", "state": "RUNNING", "pid": 10}]
APPLICATIONS = tuple(
    serve_api.parse(
        {
            "applications": {
                "many-models": {
                    "status": "RUNNING",
                    "deployments": {
                        "Deployment1": {"status": "HEALTHY", "target_num_replicas": 1, "replicas": REPLICAS},
                        "Dispatcher": {
                            "status": "HEALTHY",
                            "target_num_replicas": 1,
                            "replicas": [{**REPLICAS[0], "pid": 11}],
                        },
                    },
                }
            }
        }
    )
)


def process(pid: int, *arguments: str) -> Process:
    return Process(pid, 1, 0, arguments)


@pytest.mark.parametrize(
    ("arguments", "role"),
    [
        (("ray::ServeController",), "ray::ServeController"),
        (('ray-dashboard-JobHead-0 (/v/bin/python -c "x")',), "ray-dashboard-JobHead-0"),
        (("/v/bin/python", "-m", "ray.scripts.scripts", "start"), "ray.scripts.scripts"),
        (("/v/bin/python", "/v/ray/dashboard/dashboard.py", "--x"), "dashboard.py"),
        (("/v/bin/python", "-c", "from multiprocessing"), "ray dashboard helper"),
        (("/v/ray/core/src/ray/raylet/raylet", "--x"), "raylet"),
        ((), ""),
    ],
)
def test_role_of_rays_own_processes(arguments: tuple[str, ...], role: str) -> None:
    assert status.role_of(process(1, *arguments)) == role


def test_jvms_are_replicas_or_spare() -> None:
    assert status.use_of(process(10, "/jdk/bin/java", "-cp"), APPLICATIONS).role == "Deployment1"
    assert status.use_of(process(99, "java", "-cp"), APPLICATIONS).role == "spare Java worker"


def test_totals_tell_jvms_from_the_rest() -> None:
    uses = (ProcessUse("Deployment1", 10, 5, True), ProcessUse("raylet", 2, 7, False), ProcessUse("x", 3, None, False))
    seen = Status("default", "http://b", "http://d", None, None, True, APPLICATIONS, uses)
    assert seen.to_json()["totals"] == {"replica_jvms_pss_bytes": 5, "ray_pss_bytes": 7}
    assert seen.to_json()["ready"] is True


def test_nothing_running_is_not_ready() -> None:
    assert not Status("default", "", "", None, None, False, (), ()).is_ready


def test_pids_of_one_deployment_or_all() -> None:
    assert logs.pids_of(APPLICATIONS, "dispatcher") == {11: "Dispatcher"}
    assert logs.pids_of(APPLICATIONS, None) == {10: "Deployment1", 11: "Dispatcher"}


def test_unknown_deployment_is_told_with_the_known_ones() -> None:
    with pytest.raises(LauncherError, match="no deployment is named x; there are: Deployment1, Dispatcher"):
        logs.pids_of(APPLICATIONS, "x")


@pytest.mark.parametrize(
    ("name", "pid"),
    [
        ("java-worker-01000000-4711.log", "4711"),
        ("worker-0af3-01000000-4711.out", "4711"),
        ("worker-0af3-01000000-4711.err", "4711"),
        ("java-core-worker-0af3_4711.log", None),
        ("raylet.out", None),
        ("gcs_server.4711.log", None),
    ],
)
def test_pid_in_the_name_of_a_log(name: str, pid: str | None) -> None:
    assert logs.pid_in(name) == pid


def test_logs_of_the_processes_are_found(tmp_path: Path) -> None:
    for name in ("java-worker-1-10.log", "worker-a-1-10.out", "worker-b-1-110.out", "raylet.out"):
        (tmp_path / name).touch()
    assert [file.name for file in logs.files_of(tmp_path, [10])] == ["java-worker-1-10.log", "worker-a-1-10.out"]


def test_tail_shows_the_last_lines(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("".join(f"{number}\n" for number in range(100)))
    assert logs.tail(tmp_path / "log", 2) == ["98", "99"]


def test_follow_hands_on_whole_new_lines_also_of_new_files(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.write_text("before\n")
    emitted: list[tuple[str, str]] = []
    turns = iter(
        [
            lambda: None,
            lambda: old.open("a").write("first\nhalf"),
            lambda: old.open("a").write(" line\n"),
            lambda: new.write_text("fresh\n"),
            lambda: None,
        ]
    )

    def files() -> list[Path]:
        turn = next(turns, None)
        if turn is None:
            raise KeyboardInterrupt
        turn()
        return [file for file in (old, new) if file.exists()]

    with pytest.raises(KeyboardInterrupt):
        logs.follow(files, lambda file, line: emitted.append((file.name, line)), pause_seconds=0)
    assert emitted == [("old", "first"), ("old", "half line"), ("new", "fresh")]
