"""`serve` as the launcher starts it: for tests, chaos and the bench. Users start it by the script of the checkout."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from launcher import local_http
from launcher.build import java_main
from launcher.build.toolchain import find_jdk
from launcher.errors import LauncherError
from launcher.project import Project

_READY_SECONDS = 60.0
_END_SECONDS = 40.0
_POLL_SECONDS = 0.01
_READY = "/-/ready"
_MAIN = "io.manymodels.cli.Main"


@dataclass(frozen=True)
class Serve:
    """What to serve, and where. `settings`: more environment variables; `options`: more of the JVM's; `jars`: more."""

    registry: Path
    state: Path | str
    port: int
    config: Path | None = None
    settings: Mapping[str, str] = field(default_factory=dict)
    options: Sequence[str] = ()
    jars: Sequence[Path] = ()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def command(self, project: Project) -> list[str]:
        """The command line, as the script of the checkout has it."""
        words = ["serve", "--registry", str(self.registry), "--state", str(self.state), "--port", str(self.port)]
        words += ["--config", str(self.config)] if self.config is not None else []
        return [*java_line(project, self.options, self.jars), *words]

    def environment(self) -> dict[str, str]:
        """Without the user's own settings of the application."""
        kept = {name: value for name, value in os.environ.items() if not name.startswith("MANY_MODELS_")}
        return java_main.java_environment({**kept, **self.settings})


def prepare(project: Project) -> None:
    """Builds what is missing, with what makes the start fast. The script does it before any start."""
    result = subprocess.run(
        [str(project.root / "many-models"), "serve", "--help"],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        errors="replace",
        check=False,
    )
    if result.returncode != 0:
        raise LauncherError((result.stderr.strip() or "./many-models serve failed").removeprefix("many-models: "))


def java_line(project: Project, options: Sequence[str] = (), jars: Sequence[Path] = ()) -> list[str]:
    """How the jar is started, with others if any, up to its command."""
    line = [str(find_jdk(os.environ).java), f"@{project.root / 'deploy' / 'standalone' / 'java.options'}"]
    archive = project.jar.with_suffix(".jsa")
    line += [f"-XX:SharedArchiveFile={archive}"] if archive.is_file() else []
    libraries = project.jar.with_name("native")
    line += [f"-Donnxruntime.native.path={libraries}"] if libraries.is_dir() else []
    if jars:
        return [*line, *options, "-cp", ":".join(map(str, (project.jar, *jars))), _MAIN]
    return [*line, *options, "-jar", str(project.jar)]


class OneProcess:
    """A running process. Not thread-safe."""

    def __init__(self, project: Project, serve: Serve, log: Path) -> None:
        self.serve = serve
        self._project = project
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        return self._running().pid

    def _running(self) -> subprocess.Popen[bytes]:
        if self._process is None:
            raise LauncherError("it has not been started")
        return self._process

    def start(self) -> float:
        """Starts it and waits until it is ready; returns how many seconds that took."""
        begun = time.monotonic()
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(
                self.serve.command(self._project),
                env=self.serve.environment(),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
            )
        while not self._is_ready():
            if self._process.poll() is not None:
                raise LauncherError(f"it ended with exit code {self._process.returncode}: {self.last_lines()}")
            if time.monotonic() - begun > _READY_SECONDS:
                raise LauncherError(f"it was not ready within {_READY_SECONDS:.0f} s: {self.last_lines()}")
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_POLL_SECONDS)
        return time.monotonic() - begun

    def _is_ready(self) -> bool:
        try:
            return local_http.call("GET", f"{self.serve.url}{_READY}", None, 5).status == 200
        except local_http.NoAnswerError:
            return False

    def kill(self) -> None:
        """As if the machine's memory had run out."""
        self._end(signal.SIGKILL)

    def stop(self) -> int:
        """Tells it to end, and waits; returns its exit code."""
        return self._end(signal.SIGTERM)

    def _end(self, number: signal.Signals) -> int:
        process = self._running()
        process.send_signal(number)
        try:
            return process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise LauncherError(f"it did not end within {_END_SECONDS:.0f} s of {number.name}") from None

    def close(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def last_lines(self, count: int = 5) -> str:
        return "; ".join(self._log.read_text(errors="replace").splitlines()[-count:])


@contextmanager
def running(project: Project, serve: Serve, log: Path) -> Iterator[OneProcess]:
    """A process that is ready; killed with the body if it runs then."""
    process = OneProcess(project, serve, log)
    try:
        process.start()
        yield process
    finally:
        process.close()
