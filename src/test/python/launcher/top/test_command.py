"""The command as a user runs it: by an application that does not behave, and by a real one."""

from __future__ import annotations

import fcntl
import json
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from made_up_tenants import Application, figures
from served_demo import Served

from launcher import cli
from launcher.top import command

_SECONDS = 20
_HOSTILE = "\x1b]0;owned\x07\x1b[2J\x9b5n"
ROWS = [[5.1, 3.5, 1.4, 0.2]]


@pytest.fixture(autouse=True)
def _only_what_a_test_says(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("MANY_MODELS_")]:
        monkeypatch.delenv(name)
    monkeypatch.setattr(command, "_ONCE_SECONDS", 0.05)


def test_without_a_terminal_it_prints_once(application: Application) -> None:
    application.tenants = [figures("tenant1"), figures(_HOSTILE)]
    result = CliRunner().invoke(cli.cli, ["top", "--url", application.url])
    assert result.exit_code == 0, result.output
    assert re.search(r"^tenant1 +Deployment3 +0\.00 ", result.output, re.MULTILINE)
    assert r"\x1b]0;owned\x07" in result.output
    assert all(each.isprintable() or each == "\n" for each in result.output)


def test_json_is_for_programs(application: Application) -> None:
    application.tenants = [figures(_HOSTILE)]
    result = CliRunner().invoke(cli.cli, ["top", "--json", "--url", f"{application.url}/", "--sort", "p99"])
    assert json.loads(result.output)["tenants"][0]["tenant"] == _HOSTILE
    assert all(each.isprintable() or each == "\n" for each in result.output)
    assert application.asked[0].startswith("/tenants?sort=p99&limit=20")


def test_the_key_is_that_of_other_commands(
    application: Application, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("from-a-file\n")
    for name, value, key in (
        ("MANY_MODELS_ADMIN_TOKEN_FILE", str(tmp_path / "key"), "from-a-file"),
        ("MANY_MODELS_ADMIN_TOKEN", "from-a-variable", "from-a-variable"),
    ):
        application.keys.clear()
        monkeypatch.setenv(name, value)
        assert CliRunner().invoke(cli.cli, ["top", "--once", "--url", application.url]).exit_code == 0
        assert application.keys == {f"Bearer {key}"}


def test_the_address_may_be_in_the_environment(application: Application, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANY_MODELS_URL", application.url)
    assert CliRunner().invoke(cli.cli, ["top", "--once"]).exit_code == 0
    assert application.asked


@pytest.mark.parametrize("arguments", [["--url", "ftp://x"], ["--sort", "size"], ["--every", "0"], ["--limit", "1001"]])
def test_wrong_use_is_refused(repository: Path, arguments: list[str]) -> None:
    done = run(repository, *arguments)
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1)


def test_nobody_there_is_one_line_and_a_failure(repository: Path) -> None:
    done = run(repository, "--once", "--url", "http://127.0.0.1:1")
    assert done.returncode == 1
    assert re.fullmatch(r"many-models: no answer from http://127\.0\.0\.1:1: .*refused\n", done.stderr)


def environment(repository: Path) -> dict[str, str]:
    return {
        "PYTHONPATH": str(repository / "src" / "main" / "python"),
        "PATH": "/usr/bin:/bin",
        "HOME": "/nonexistent",
        "TERM": "xterm-256color",
    }


def line(*arguments: str) -> list[str]:
    return [sys.executable, "-s", "-P", "-m", "launcher", "top", *arguments]


def run(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        line(*arguments), env=environment(repository), capture_output=True, text=True, check=False, timeout=_SECONDS
    )


class Terminal:
    """The command in a terminal of its own."""

    def __init__(self, repository: Path, width: int, *arguments: str) -> None:
        self._ours, self.theirs = pty.openpty()
        self.resize(width)
        self.before = termios.tcgetattr(self.theirs)
        self.raw = b""
        self.process = subprocess.Popen(
            line(*arguments), env=environment(repository), stdin=self.theirs, stdout=self.theirs, stderr=self.theirs
        )

    def resize(self, width: int) -> None:
        fcntl.ioctl(self.theirs, termios.TIOCSWINSZ, struct.pack("HHHH", 24, width, 0, 0))

    def press(self, text: str) -> None:
        os.write(self._ours, text.encode())

    def await_text(self, pattern: str) -> str:
        """What was written since the last call until the pattern is in it."""
        deadline = time.monotonic() + _SECONDS
        text = ""
        while re.search(pattern, text) is None:
            ready, _, _ = select.select([self._ours], [], [], max(0.0, deadline - time.monotonic()))
            assert ready, f"no {pattern} in {text!r}"
            more = os.read(self._ours, 65_536)
            self.raw += more
            text += re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", more.decode(errors="replace"))
        return text

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        os.close(self._ours)
        os.close(self.theirs)


@contextmanager
def terminal(repository: Path, width: int, *arguments: str) -> Iterator[Terminal]:
    found = Terminal(repository, width, *arguments)
    try:
        yield found
    finally:
        found.close()


def test_the_terminal_gets_no_command_of_a_name_and_is_left_as_it_was(
    repository: Path, application: Application
) -> None:
    application.tenants = [figures(_HOSTILE), figures("tenant1")]
    with terminal(repository, 100, "--url", application.url, "--every", "0.2") as screen:
        screen.await_text(r"tenant1 +Deployment3")
        screen.press("q")
        assert screen.process.wait(_SECONDS) == 0
        assert termios.tcgetattr(screen.theirs) == screen.before
        assert b"\x1b]" not in screen.raw
        assert b"\x1b[2J" not in screen.raw.replace(b"\x1b[2J\x1b[H", b"")
        assert "\x9b".encode() not in screen.raw
        assert rb"\x1b]0;owned" in screen.raw


def test_another_width_is_used_at_once(repository: Path, application: Application) -> None:
    with terminal(repository, 120, "--url", application.url, "--every", "3600") as screen:
        screen.await_text(r"TENANT .*LAST")
        screen.await_text(r"tenant1")
        screen.resize(30)
        screen.process.send_signal(28)
        assert "ERRORS" not in screen.await_text(r"TENANT +REQ/S +P99\s")
        screen.press("q")
        assert screen.process.wait(_SECONDS) == 0


def test_a_signal_leaves_the_terminal_as_it_was(repository: Path, application: Application) -> None:
    with terminal(repository, 100, "--url", application.url) as screen:
        screen.await_text(r"tenant1")
        screen.process.terminate()
        assert screen.process.wait(_SECONDS) == 143
        assert termios.tcgetattr(screen.theirs) == screen.before


@pytest.mark.served
def test_a_real_application_is_shown(repository: Path, served: Served) -> None:
    for _ in range(3):
        served.call("/score", {"tenant": "tenant5", "data": ROWS})
    with terminal(
        repository, 120, "--url", served.base_url, "--every", "0.2", "--prefix", "tenant", "--sort", "last_used"
    ) as screen:
        # Figures are reported every half second.
        screen.await_text(r"tenant5 +Deployment\w+ +\d")
        screen.press("n/tenant5\r")
        screen.await_text(r"by name +names that begin with tenanttenant5")
        screen.press("\x1b")
        screen.await_text(r"by name +\r?\n.*p50 \d")
        screen.press("q")
        assert screen.process.wait(_SECONDS) == 0


@pytest.mark.served
def test_json_of_a_real_application_adds_up(repository: Path, served: Served) -> None:
    for _ in range(3):
        served.call("/score", {"tenant": "tenant6", "data": ROWS})
    done = run(repository, "--json", "--url", served.base_url, "--limit", "1000")
    told = json.loads(done.stdout)
    assert told["totals"]["p99_seconds"] is not None
    tenants = {each["tenant"]: each for each in told["tenants"]}
    assert tenants["tenant6"]["requests"] >= 3
    assert tenants["tenant6"]["requests_per_second"] is not None
    assert tenants["tenant6"]["deployment"].startswith("Deployment")
