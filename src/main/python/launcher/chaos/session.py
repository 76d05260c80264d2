"""The Java half: the client that sends requests and the judge; see io.manymodels.tools.chaos.ChaosSession."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from launcher.build.java_main import class_path, java_command, java_environment
from launcher.build.toolchain import find_jdk
from launcher.errors import LauncherError
from launcher.project import Project

_END_SECONDS = 120.0


class Session:
    """Commands to the Java process and its answers. Thread-safe: one command after the other.

    An event is written down before the call returns. So what follows a `began` comes after its moment, and what
    precedes an `ended` came before it.
    """

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        self._lock = threading.Lock()
        self._number = 0
        self._started = False

    def started(self, version: int, pool: Mapping[int, str]) -> None:
        self._event(kind="STARTED", id="start", version=version, pool=dict(pool))
        self._started = True

    def switch_began(self, tenant: int, version: int) -> str:
        return self._began("switch", kind="SWITCH_BEGAN", tenant=tenant, version=version)

    def pool_began(self, pool: Mapping[int, str]) -> str:
        return self._began("pool", kind="POOL_BEGAN", pool=dict(pool))

    def pins_asked(self) -> str | None:
        """None while nothing has started that could be judged."""
        return self._began("pins", kind="PINS_ASKED") if self._started else None

    def pins_seen(self, asked: str | None, pool: Mapping[int, str]) -> None:
        if asked is not None:
            self._event(kind="PINS_SEEN", id=asked, pool=dict(pool))

    def fault_began(
        self, name: str, explains: Collection[str], tenants: Collection[int] = (), deployments: Collection[str] = ()
    ) -> str:
        return self._began(
            name,
            kind="FAULT_BEGAN",
            name=name,
            explains=sorted(explains),
            tenants=sorted(tenants),
            deployments=sorted(deployments),
        )

    def ended(self, event: str, outcome: str) -> None:
        """The outcome: DONE, REFUSED or UNKNOWN."""
        self._event(kind="ENDED", id=event, outcome=outcome)

    def boost(self, tenants: Sequence[int], requests_per_second: int) -> None:
        """A second stream of requests, of these tenants by turns, until `calm`."""
        self._call({"boost": {"tenants": list(tenants), "requests_per_second": requests_per_second}})

    def calm(self) -> None:
        self._call({"calm": True})

    def progress(self) -> tuple[int, int]:
        """Requests answered 200 and others, so far."""
        answer = self._call({})
        return int(answer["answered"]), int(answer["failed"])

    def finish(self) -> dict[str, Any]:
        """Ends the load; returns the verdict."""
        verdict = self._call({"finish": True})
        self._process.wait(_END_SECONDS)
        return verdict

    def _began(self, prefix: str, **event: object) -> str:
        with self._lock:
            self._number += 1
            name = f"{prefix} {self._number}"
        self._event(id=name, **event)
        return name

    def _event(self, **event: object) -> None:
        self._call({"event": event})

    def _call(self, command: Mapping[str, object]) -> dict[str, Any]:
        out, into = self._process.stdout, self._process.stdin
        if out is None or into is None:
            raise LauncherError("the client has no pipes")
        with self._lock:
            try:
                into.write(json.dumps(command) + "\n")
                into.flush()
                line = out.readline()
            except OSError as error:
                raise LauncherError(f"the client has ended: {error}") from error
        answer = json.loads(line) if line else None
        if not isinstance(answer, dict) or "refused" in answer:
            raise LauncherError(f"the client refused {json.dumps(command)}: {answer or 'it has ended'}")
        return answer


@contextmanager
def running(project: Project, history: Path, options: Mapping[str, object], urls: Sequence[str]) -> Iterator[Session]:
    """A client that sends nothing yet. It is ended with the body."""
    arguments = ["--history", str(history)]
    for name, value in options.items():
        arguments += [f"--{name}", str(value)]
    for url in urls:
        arguments += ["--url", url]
    java = find_jdk(os.environ).java
    command = java_command(java, class_path(project), "chaos", arguments, os.environ)
    process = subprocess.Popen(
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=java_environment(os.environ),
    )
    try:
        yield Session(process)
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()
