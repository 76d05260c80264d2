"""Who is at work on what."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from launcher import locking
from launcher.errors import LauncherError


def ended_process() -> int:
    with subprocess.Popen([sys.executable, "-c", ""]) as process:
        process.wait()
    return process.pid


def test_turn_is_given_back(tmp_path: Path) -> None:
    link = tmp_path / "folder" / "lock"
    with locking.turn(link):
        assert str(link.readlink()) == str(os.getpid())
    assert not link.is_symlink()
    with pytest.raises(LauncherError, match="body"), locking.turn(link):
        raise LauncherError("body")
    assert not link.is_symlink()


def test_turn_of_a_process_that_died_is_taken_over(tmp_path: Path) -> None:
    link = tmp_path / "lock"
    link.symlink_to(str(ended_process()))
    with locking.turn(link, patience_seconds=0):
        assert str(link.readlink()) == str(os.getpid())


def test_others_wait_for_their_turn(tmp_path: Path) -> None:
    link = tmp_path / "lock"
    entered = threading.Event()

    def wait_and_enter() -> None:
        with locking.turn(link):
            entered.set()

    with locking.turn(link):
        other = threading.Thread(target=wait_and_enter)
        other.start()
        assert not entered.wait(0.3)
    other.join()
    assert entered.is_set()


def test_patience_ends_with_the_name_of_the_lock(tmp_path: Path) -> None:
    link = tmp_path / "lock"
    link.symlink_to(str(os.getpid()))
    with pytest.raises(LauncherError, match=f"process {os.getpid()} .*remove {link}"), locking.turn(link, 0):
        pass
