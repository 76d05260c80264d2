"""A folder whose opens wait, by real processes on the real kernel."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import await_that

from launcher.chaos import slow_folder
from launcher.errors import LauncherError

_LONG = 300.0
"""No test waits for it: what is to go on goes on before."""
_PATIENCE_SECONDS = 30.0
_OPEN_ALL = """
import sys, threading, time
started = time.monotonic()
threads = [threading.Thread(target=lambda name=name: open(name).close()) for name in sys.argv[1:]]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
print(time.monotonic() - started)
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A registry's shape: tenant, version, files."""
    for number in range(8):
        (tmp_path / "tenant1" / str(number)).mkdir(parents=True)
        (tmp_path / "tenant1" / str(number) / "metadata.json").write_text("x")
    (tmp_path / "tenant1" / "live").write_text("1")
    why = slow_folder.obstacle(tmp_path)
    if why is not None:
        pytest.skip(why)
    return tmp_path


def seconds_to_open(*files: Path) -> float:
    """All at once, by another process."""
    command = [sys.executable, "-I", "-c", _OPEN_ALL, *map(str, files)]
    return float(subprocess.run(command, capture_output=True, text=True, check=True, timeout=_PATIENCE_SECONDS).stdout)


@pytest.fixture
def reader(folder: Path) -> Iterator[subprocess.Popen[str]]:
    """A process that begins to read one of the files when it is told."""
    command = [sys.executable, "-I", "-c", f"input(); print(open({str(folder / 'tenant1' / 'live')!r}).read())"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        yield process
        process.kill()


def begin(reader: subprocess.Popen[str]) -> None:
    assert reader.stdin is not None
    reader.stdin.write("\n")
    reader.stdin.flush()


def has_read(reader: subprocess.Popen[str]) -> str:
    return reader.communicate(timeout=_PATIENCE_SECONDS)[0].strip()


def wait_until_held(slowed: slow_folder.SlowFolder) -> None:
    await_that("an open is held", lambda: slowed.held, _PATIENCE_SECONDS)


def test_opens_wait_and_those_that_come_together_wait_together(folder: Path) -> None:
    files = sorted(folder.rglob("metadata.json"))
    with slow_folder.slow(folder, 0.5) as slowed:
        one = seconds_to_open(folder / "tenant1" / "live")
        together = seconds_to_open(*files)
        later = folder / "tenant1" / "1" / "later"
        later.write_text("x")
        of_later = seconds_to_open(later)
    assert one >= 0.5
    assert of_later >= 0.5
    assert 0.5 <= together < 0.5 * len(files) / 2
    assert slowed.held == 2 + len(files)
    assert seconds_to_open(*files) < 0.5


def test_our_own_opens_do_not_wait(folder: Path) -> None:
    with slow_folder.slow(folder, _LONG) as slowed:
        assert (folder / "tenant1" / "live").read_text() == "1"
        assert len(list((folder / "tenant1").iterdir())) == 9
    assert slowed.held == 0


def test_the_end_lets_all_through_at_once(folder: Path, reader: subprocess.Popen[str]) -> None:
    with slow_folder.slow(folder, _LONG) as slowed:
        begin(reader)
        wait_until_held(slowed)
        assert reader.poll() is None
    assert has_read(reader) == "1"


def test_an_error_lets_all_through_and_is_told(
    folder: Path, reader: subprocess.Popen[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise ValueError("planted")

    slowed = slow_folder.SlowFolder(folder, _LONG)
    slowed.start()
    monkeypatch.setattr(slow_folder.heapq, "heappush", fail)
    begin(reader)
    assert has_read(reader) == "1"
    with pytest.raises(LauncherError, match="not slow: ValueError: planted"):
        slowed.stop()


def test_who_cannot_mark_all_folders_leaves_none_slow(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def walk(_: object) -> list[tuple[str, list[str], list[str]]]:
        return [(str(folder), [], []), (str(folder / "gone"), [], [])]

    monkeypatch.setattr(slow_folder.os, "walk", walk)
    with pytest.raises(FileNotFoundError), slow_folder.slow(folder, _LONG):
        pass
    assert seconds_to_open(folder / "tenant1" / "live") < _PATIENCE_SECONDS


def test_the_death_of_who_holds_them_up_lets_all_through(folder: Path, reader: subprocess.Popen[str]) -> None:
    program = (
        "from pathlib import Path; from launcher.chaos import slow_folder\n"
        f"with slow_folder.slow(Path({str(folder)!r}), {_LONG}) as slowed:\n"
        "    print('slow', flush=True)\n"
        "    while not slowed.held: slowed._thread.join(0.01)\n"
        "    print('held', flush=True); input()"
    )
    command = [sys.executable, "-c", f"import sys; sys.path = {sys.path!r}\n{program}"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "slow\n"
        begin(reader)
        assert holder.stdout.readline() == "held\n"
        assert reader.poll() is None
        holder.kill()
    assert has_read(reader) == "1"


def test_a_folder_that_is_not_there_is_an_obstacle(folder: Path) -> None:
    assert "No such file" in (slow_folder.obstacle(folder / "gone") or "")
