"""Which processes belong to an instance, and ending them."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from launcher.cluster import processes
from launcher.cluster.processes import Process

TEMP = Path("/tmp/ray/mm-1-default/ray")
RAY = Path("/p/.runtime/venv/lib/python3.11/site-packages/ray")


def process(pid: int, *arguments: str, parent: int = 1, marker: str | None = None) -> Process:
    return Process(pid, parent, 0, arguments, marker)


def members(*candidates: Process, head: int | None = None) -> list[int]:
    return [found.pid for found in processes.of_instance(candidates, TEMP, RAY, head)]


def test_marked_processes_belong() -> None:
    assert members(process(2, "java", marker=str(TEMP)), process(3, "java", marker="/tmp/ray/mm-2/ray")) == [2]


def test_rays_processes_that_name_the_temp_folder_belong() -> None:
    raylet = process(2, f"{RAY}/core/src/ray/raylet/raylet", f"--session_dir={TEMP}/session_x")
    dashboard = process(3, "/p/.runtime/venv/bin/python", f"{RAY}/dashboard/dashboard.py", f"--temp-dir={TEMP}")
    assert members(raylet, dashboard) == [2, 3]


def test_renamed_children_belong_through_their_parent() -> None:
    raylet = process(5, f"{RAY}/core/src/ray/raylet/raylet", f"--session_dir={TEMP}/session_x")
    controller = process(4, "ray::ServeController", parent=5)
    grandchild = process(9, "sh", parent=4)
    assert members(controller, raylet, grandchild) == [4, 5, 9]


def test_descendants_are_all_that_a_process_has_started() -> None:
    there = [process(5, "ray"), process(7, "raylet", parent=5), process(3, "java", parent=7), process(8, "sh")]
    assert [found.pid for found in processes.with_descendants(there, 5)] == [3, 5, 7]
    assert processes.with_descendants(there, 99) == []


@pytest.mark.parametrize(
    "stranger",
    [
        process(2, "tail", "-f", f"{TEMP}/session_latest/logs/x.log"),
        process(2, "vim", f"{RAY}/serve/api.py"),
        process(2, f"{RAY}/core/src/ray/raylet/raylet", "--session_dir=/tmp/ray/session_x"),
        process(2, f"{RAY}/core/src/ray/raylet/raylet", f"--session_dir={TEMP}2/session_x"),
        process(2, "ray::ServeController"),
        process(2, f"{RAY}/core/src/ray/raylet/raylet", f"--session_dir={TEMP}/x", marker="/tmp/ray/mm-1-test/ray"),
    ],
)
def test_others_do_not_belong(stranger: Process) -> None:
    assert members(stranger) == []


def test_recorded_pid_that_another_program_got_since_does_not_belong() -> None:
    assert members(process(2, "python", "-m", "http.server"), head=2) == []
    assert members(process(2, "python", "-m", "ray.scripts.scripts", f"--temp-dir={TEMP}"), head=2) == [2]


def test_the_launcher_itself_never_belongs() -> None:
    assert members(process(os.getpid(), "python", marker=str(TEMP))) == []


def test_reading_a_process(tmp_path: Path) -> None:
    folder = tmp_path / "42"
    folder.mkdir()
    fields = ["S", "7", *["0"] * 17, "12345", "0"]
    (folder / "stat").write_text(f"42 (a (strange) name) {' '.join(fields)}\n")
    (folder / "cmdline").write_bytes(b"java\0-Dx=a b\0")
    (folder / "environ").write_bytes(f"A=1\0{processes.MARKER}={TEMP}\0".encode())
    assert processes.read(42, tmp_path) == Process(42, 7, 12345, ("java", "-Dx=a b"), str(TEMP))


def test_zombies_and_ended_processes_are_none(tmp_path: Path) -> None:
    folder = tmp_path / "42"
    folder.mkdir()
    (folder / "stat").write_text(f"42 (x) {' '.join(['Z', '7', *['0'] * 20])}\n")
    assert processes.read(42, tmp_path) is None
    assert processes.read(43, tmp_path) is None


def test_memory_of_a_process(tmp_path: Path) -> None:
    folder = tmp_path / "42"
    folder.mkdir()
    (folder / "smaps_rollup").write_text("00-ff ---p 0 [rollup]\nRss:  900 kB\nPss:       300 kB\nPss_Dirty: 1 kB\n")
    assert processes.pss_bytes(42, tmp_path) == 300 * 1024
    assert processes.pss_bytes(43, tmp_path) is None


@pytest.fixture
def marked() -> Iterator[subprocess.Popen[bytes]]:
    """A real process of an instance; it ignores the polite signal."""
    code = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(flush=True); signal.pause()"
    environment = os.environ | {processes.MARKER: str(TEMP)}
    with subprocess.Popen([sys.executable, "-c", code], env=environment, stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        yield child
        child.kill()


def test_stop_kills_what_does_not_go(marked: subprocess.Popen[bytes]) -> None:
    def find() -> list[Process]:
        return processes.of_instance(processes.all_processes(), TEMP, RAY)

    assert [found.pid for found in find()] == [marked.pid]
    ended = processes.stop(None, find, patience_seconds=0.4)
    assert [found.pid for found in ended] == [marked.pid]
    assert marked.wait(5) == -signal.SIGKILL
    assert find() == []
