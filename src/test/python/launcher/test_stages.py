"""Stages of the tests, one after the other and side by side."""

from __future__ import annotations

import os
import sys
import time
from pathlib import Path

import pytest
from waiting import await_that

from launcher import stages
from launcher.errors import LauncherError
from launcher.project import Project
from launcher.stages import Result, Stage

LONG = "import threading; threading.Event().wait(60)"
"""Of a program that a test ends."""
SOON_SECONDS = 20


def test_summary_names_the_failed_stage() -> None:
    lines = stages.summary([Result("ruff check", 1.0, True), Result("mypy", 2.5, False)], 3.4)
    assert lines[-1] == "stopped after 3 s: mypy failed"
    assert stages.summary([Result("mypy", 2.0, True)], 2.2)[-1] == "all passed in 2 s"


def test_failed_stage_is_recorded_and_ends_the_run() -> None:
    results: list[Result] = []

    def fail() -> None:
        raise LauncherError("no")

    with pytest.raises(LauncherError):
        stages.run_stage(Stage("bad", fail), results)
    assert [(result.name, result.passed) for result in results] == [("bad", False)]


def test_output_of_a_stage_can_go_to_a_file(tmp_path: Path) -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr)"
    stages.execute([sys.executable, "-c", code], Project(tmp_path), {}, tmp_path / "log")
    assert (tmp_path / "log").read_text() == "out\nerr\n"


def python(project: Project, code: str) -> None:
    stages.execute([sys.executable, "-c", code], project, {})


def test_stages_run_side_by_side_and_their_output_apart(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    project, results, met = Project(tmp_path), [], tmp_path / "met"
    os.mkfifo(met)
    wait = f"import pathlib; pathlib.Path({str(met)!r}).read_text()"
    beside = [Stage("behind", lambda: python(project, f"{wait}; print('said behind')"))]
    with stages.beside(project, beside, results):
        stages.run_stage(Stage("before", lambda: met.write_text("now")), results)
    assert {(result.name, result.passed) for result in results} == {("before", True), ("behind", True)}
    assert "\n=== behind\nsaid behind\n" in capsys.readouterr().out


def test_failure_beside_ends_the_program_of_the_body(tmp_path: Path) -> None:
    project, results = Project(tmp_path), []
    started = time.monotonic()
    with pytest.raises(LauncherError, match="exit code 3"), stages.beside(project, [failing(project)], results):
        stages.run_stage(Stage("body", lambda: python(project, LONG)), results)
    assert time.monotonic() - started < SOON_SECONDS
    assert [(result.name, result.passed) for result in results] == [("failing", False), ("body", False)]


def test_failure_of_the_body_ends_the_program_beside_and_starts_no_other(tmp_path: Path) -> None:
    project, results, there = Project(tmp_path), [], tmp_path / "there"
    code = f"import pathlib; pathlib.Path({str(there)!r}).touch(); {LONG}"
    beside = [Stage("long", lambda: python(project, code)), Stage("never", lambda: pytest.fail("it is started"))]

    def fail() -> None:
        await_that("the long one runs", there.exists, SOON_SECONDS)
        raise LauncherError("no")

    started = time.monotonic()
    with pytest.raises(LauncherError, match="no"), stages.beside(project, beside, results):
        stages.run_stage(Stage("body", fail), results)
    assert time.monotonic() - started < SOON_SECONDS
    assert [(result.name, result.passed) for result in results] == [("body", False), ("long", False)]


def test_interrupt_ends_the_programs_of_both(tmp_path: Path) -> None:
    project, results = Project(tmp_path), []
    started = time.monotonic()
    beside = [Stage("long", lambda: python(project, LONG))]
    with pytest.raises(KeyboardInterrupt), stages.beside(project, beside, results):
        raise KeyboardInterrupt
    assert time.monotonic() - started < SOON_SECONDS


def failing(project: Project) -> Stage:
    return Stage("failing", lambda: python(project, "import sys; sys.exit(3)"))
