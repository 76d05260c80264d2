"""Fuzzing: looking for input that breaks what reads it."""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

from launcher.build import application_jar
from launcher.console import say
from launcher.errors import LauncherError
from launcher.project import Project
from launcher.stages import execute

SECONDS = 30
"""For each test that fuzzes; longer finds more."""
_MAX_AT_ONCE = 4
_SHOWN_LINES = 60
# What else runs on the machine at the time goes first.
_LAST = ("nice", "-n", "19")


def fuzz(project: Project, seconds: int) -> None:
    """Fuzzes every parser for so long; what is found becomes an input of the unit test.

    Jazzer fuzzes one test in a JVM.
    """
    maven = application_jar.prepare_maven(project)
    environment = {"JAZZER_FUZZ": "1", "JAZZER_MAX_DURATION": f"{seconds}s"}
    logs = project.runtime / "fuzz"
    logs.mkdir(parents=True, exist_ok=True)

    def one(test: str) -> None:
        say(f"fuzzing {test} for {seconds} s")
        # surefire deletes its temporary folder when it ends, and jqwik keeps a file: neither is for two at once.
        alone = ["-Dtest.jvms=1", f"-DtempDir=surefire-{test}", "-Dsurefire.excludeJUnit5Engines=jqwik"]
        command = [*_LAST, *maven.command(["-B", "-ntp", "-q", "surefire:test", *alone, f"-Dtest={test}"])]
        log = logs / f"{test}.log"
        try:
            execute(command, project, dict(maven.environment()) | environment, log)
        except LauncherError as error:
            lines = log.read_text(errors="replace").splitlines()[-_SHOWN_LINES:]
            raise LauncherError("\n".join([*lines, f"{test}: {error}; all of it: {log}"])) from error

    at_once = min(_MAX_AT_ONCE, os.cpu_count() or 1)
    with ThreadPoolExecutor(at_once, "fuzz") as pool:
        try:
            for result in [pool.submit(copy_context().run, one, test) for test in tests(project)]:
                result.result()
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise


def tests(project: Project) -> list[str]:
    files = (project.root / "src" / "test" / "java").rglob("*FuzzTest.java")
    return sorted(file.stem for file in files if "@FuzzTest" in file.read_text())
