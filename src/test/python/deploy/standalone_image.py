"""The image of the one process, made by the steps of its Dockerfile, and run as a container would be.

Each stage has a root of its own. The system folders of this machine stand for the base images. Maven is not run: what
it would build is there already.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from chroots import IS_ROOT, UNSHARED, around, entered
from dockerfile import copy, instructions

_SECONDS = 120


@dataclass
class Stage:
    """A root, and what its instructions say."""

    root: Path
    variables: dict[str, str] = field(default_factory=dict)
    folder: str = "/"
    user: str = ""
    volumes: list[str] = field(default_factory=list)
    ports: list[str] = field(default_factory=list)
    entrypoint: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def at(self, path: str) -> Path:
        return self.root / path.lstrip("/")


def make(repository: Path, work: Path) -> dict[str, Stage]:
    """Carries out all steps; the stages by their names, the last one as ''."""
    stages: dict[str, Stage] = {}
    made = Stage(work)
    for name, rest in instructions(repository / "deploy" / "standalone" / "Dockerfile"):
        if name == "FROM":
            title = rest.partition(" AS ")[2]
            made = stages[title] = Stage(work / (title or "last"))
            made.root.mkdir()
        else:
            _carry_out(stages, made, repository, name, rest)
    return stages


def _carry_out(stages: Mapping[str, Stage], made: Stage, repository: Path, name: str, rest: str) -> None:
    if name == "ENV":
        made.variables |= dict(word.split("=", 1) for word in shlex.split(rest))
    elif name == "WORKDIR":
        made.folder = rest
        made.at(rest).mkdir(parents=True, exist_ok=True)
    elif name == "COPY":
        _copy(stages, made, repository, shlex.split(rest))
    elif name == "RUN":
        _run(made, repository, rest)
    elif name == "USER":
        made.user = rest
    elif name == "VOLUME":
        made.volumes = json.loads(rest)
    elif name == "EXPOSE":
        made.ports = rest.split()
    elif name == "ENTRYPOINT":
        made.entrypoint = json.loads(rest)
    elif name == "CMD":
        made.command = json.loads(rest)
    else:
        assert name == "ARG", name


def _copy(stages: Mapping[str, Stage], made: Stage, repository: Path, words: list[str]) -> None:
    here = repository
    if words[0].startswith("--from="):
        here = stages[words.pop(0).partition("=")[2]].root
    *sources, target = words
    place = target if target.startswith("/") else f"{made.folder}/{target}"
    for source in sources:
        copy(here / source.lstrip("/"), made.at(place), into=target.endswith("/"))


def _run(made: Stage, repository: Path, rest: str) -> None:
    words = rest.split()
    while words[0].startswith("--mount="):
        words.pop(0)
    if words[0] == "mvn":
        assert words[1:] == ["-B", "-ntp", "-Dmaven.repo.local=/m2", "-Dmaven.test.skip=true", "package"]
        target = made.at(made.folder) / "target"
        target.mkdir()
        shutil.copy2(repository / "target" / "many-models.jar", target)
        return
    # Only one user is known where we have no rights over the machine.
    script = " ".join(words) if IS_ROOT else " ".join(words).replace("chown 10001:10001", "true")
    result = subprocess.run(
        [*UNSHARED, *entered(["/bin/sh", "-c", script])],
        env={"PATH": os.environ["PATH"]} | made.variables | around(made.root, made.folder),
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    assert result.returncode == 0, result.stdout + result.stderr


@dataclass
class Container:
    """A process that runs in the image."""

    outer: subprocess.Popen[str]

    @property
    def pid(self) -> int:
        """Of the first process inside, as it is known outside."""
        children = Path(f"/proc/{self.outer.pid}/task/{self.outer.pid}/children")
        return int(children.read_text().split()[0])

    def at(self, path: str) -> Path:
        """The file that the process has by this name."""
        return Path("/proc", str(self.pid), "root", path.lstrip("/"))


@contextmanager
def running(stage: Stage, variables: Mapping[str, str], log: Path) -> Iterator[Container]:
    """The image as `docker run --read-only` runs it."""
    command = [*UNSHARED, *entered([*stage.entrypoint, *stage.command], stage.user)]
    environment = (
        {"PATH": os.environ["PATH"]}
        | stage.variables
        | dict(variables)
        | around(stage.root, stage.folder, stage.volumes)
    )
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True)
    container = Container(process)
    try:
        yield container
    finally:
        # With the change of its user it has lost what would end it together with unshare.
        with suppress(OSError, IndexError):
            os.kill(container.pid, signal.SIGKILL)
        process.kill()
        process.wait(_SECONDS)
