"""The image of the one process, made by the steps of its Dockerfile, and run as a container would be.

Each stage has a root of its own. The system folders of this machine stand for the base images. Maven is not run: what
it would build is there already.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from dockerfile import copy, instructions

SYSTEM = ("bin", "etc", "lib", "lib64", "sbin", "usr")
_SECONDS = 120
# What a container has beside its image. A user without rights over the machine may mount in namespaces.
_ENTER = """
set -eu
cd "$ROOT"
mount --bind . .
cd "$ROOT"
mkdir -p proc dev tmp
mount -t proc proc proc
for each in null zero random urandom; do
  : >"dev/$each"
  mount --bind "/dev/$each" "dev/$each"
done
for each in $SYSTEM; do
  if [ -L "/$each" ]; then
    [ -L "$each" ] || cp -P "/$each" .
  else
    mkdir -p "$each"
    mount --rbind "/$each" "$each"
  fi
done
if [ -n "$VOLUMES" ]; then
  for each in $VOLUMES; do
    mount -t tmpfs -o "size=64m,noexec,mode=$VOLUME_MODE" tmpfs "./$each"
  done
  mount -o remount,ro,bind .
fi
exec chroot . /bin/sh -c 'cd "$FOLDER"; unset ROOT SYSTEM VOLUMES VOLUME_MODE FOLDER; exec "$@"' sh "$@"
"""


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


def can_enter(folder: Path) -> bool:
    """Whether this machine lets us have namespaces."""
    root = Stage(folder)
    command = [*UNSHARED, *entered(["true"])]
    variables = os.environ | around(root)
    return subprocess.run(command, env=variables, check=False, capture_output=True, timeout=_SECONDS).returncode == 0


IS_ROOT = os.geteuid() == 0
UNSHARED = (
    "unshare",
    *(() if IS_ROOT else ("--user", "--map-root-user")),
    *("--mount", "--pid", "--fork", "--kill-child", "--propagation", "private"),
)


def entered(command: Sequence[str], user: str = "") -> list[str]:
    """Runs the command in the root that the environment names, in place of this process."""
    # Without rights over the machine there is one user in the namespace, who counts as root.
    uid, _, gid = user.partition(":")
    change = ["setpriv", "--reuid", uid, "--regid", gid, "--clear-groups"] if user and IS_ROOT else []
    return ["/bin/sh", "-c", _ENTER, "sh", *change, *command]


def around(stage: Stage, volumes: Sequence[str] = ()) -> dict[str, str]:
    """The environment for that. With volumes everything else is read-only."""
    return {
        "ROOT": str(stage.root),
        "FOLDER": stage.folder,
        "SYSTEM": " ".join(SYSTEM),
        "VOLUMES": " ".join(each.lstrip("/") for each in volumes),
        "VOLUME_MODE": "1777",
    }


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
        assert words[1:] == ["-B", "-ntp", "-Dmaven.test.skip=true", "package"]
        target = made.at(made.folder) / "target"
        target.mkdir()
        shutil.copy2(repository / "target" / "many-models.jar", target)
        return
    # Only one user is known where we have no rights over the machine.
    script = " ".join(words) if os.geteuid() == 0 else " ".join(words).replace("chown 10001:10001", "true")
    result = subprocess.run(
        [*UNSHARED, *entered(["/bin/sh", "-c", script])],
        env={"PATH": os.environ["PATH"]} | made.variables | around(made),
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


@contextmanager
def running(stage: Stage, variables: Mapping[str, str], log: Path) -> Iterator[Container]:
    """The image as `docker run --read-only` runs it."""
    command = [*UNSHARED, *entered([*stage.entrypoint, *stage.command], stage.user)]
    environment = {"PATH": os.environ["PATH"]} | stage.variables | dict(variables) | around(stage, stage.volumes)
    with log.open("w") as output:
        process = subprocess.Popen(command, env=environment, stdout=output, stderr=subprocess.STDOUT, text=True)
    try:
        yield Container(process)
    finally:
        process.kill()
        process.wait(_SECONDS)
