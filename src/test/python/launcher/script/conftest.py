"""A checkout of its own for ./many-models, with stubs of java and mvn, and on PATH nothing that it does not need."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

# All that the script may call. MM_BASH: another bash, such as the 3.2 of macOS.
TOOLS = (
    *("cat", "cp", "cut", "dirname", "env", "find", "grep", "head", "ln", "mkdir", "mv", "readlink", "rm", "sed"),
    *("sha256sum", "sleep", "tail", "touch", "uname"),
)
JAVA = """#!/usr/bin/env bash
for word in "$@"; do
  # The run that is to leave class data.
  if [[ $word == -XX:ArchiveClassesAtExit=* ]]; then
    printf 'classes' >"${word#*=}"
    exit
  fi
done
printf '%s\\n' "pid $$" "$@"
env | sed 's/^/env /'
[[ -z ${STUB_JAVA_WAITS:-} ]] || exec sleep 60
"""
JAR = """#!/usr/bin/env bash
mkdir -p "$3"
printf 'library' >"$3/libonnxruntime.so"
"""
MVN = """#!/usr/bin/env bash
printf '%s\\n' "$JAVA_HOME $*" >>"$STUB_MVN_CALLS"
printf '[INFO] started\\n'
until [[ -z ${STUB_MVN_WAITS_FOR:-} || -e $STUB_MVN_WAITS_FOR ]]; do sleep 0.05; done
if [[ -n ${STUB_MVN_FAILS:-} && $* != *"${STUB_MVN_FAILS_UNLESS:-nothing}"* ]]; then
  printf '%s\\n' "$STUB_MVN_FAILS"
  exit 1
fi
mkdir -p target
printf 'jar' >target/many-models.jar
"""


def executable(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def java_home(folder: Path, version: str = "17.0.15", *, jdk: bool = True) -> Path:
    """A folder that looks like an installed Java."""
    executable(folder / "bin" / "java", JAVA)
    if jdk:
        executable(folder / "bin" / "javac", "#!/bin/sh\n")
        executable(folder / "bin" / "jar", JAR)
    (folder / "release").write_text(f'IMPLEMENTOR="Somebody"\nJAVA_VERSION="{version}"\n')
    return folder


@dataclass
class Checkout:
    """root: its path has a blank. path: the folders of PATH. environment: the user's, beside PATH."""

    root: Path
    path: list[Path]
    environment: dict[str, str] = field(default_factory=dict)

    def start(self, *arguments: str, cwd: Path | None = None, **variables: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(self.root / "many-models"), *arguments],
            cwd=cwd or self.root,
            env=self._variables(variables),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def run(self, *arguments: str, cwd: Path | None = None, **variables: str) -> Result:
        with self.start(*arguments, cwd=cwd, **variables) as process:
            out, err = process.communicate(timeout=60)
        return Result(process.returncode, out, err)

    def _variables(self, more: Mapping[str, str]) -> dict[str, str]:
        own = {"PATH": os.pathsep.join(map(str, self.path)), "STUB_MVN_CALLS": str(self.calls), "HOME": str(self.root)}
        return own | self.environment | more

    @property
    def calls(self) -> Path:
        return self.root.parent / "mvn.calls"

    def builds(self) -> list[str]:
        """The calls of mvn."""
        return self.calls.read_text().splitlines() if self.calls.exists() else []

    @property
    def jar(self) -> Path:
        return self.root / "target" / "many-models.jar"

    @property
    def source(self) -> Path:
        return self.root / "src" / "main" / "java" / "A.java"


@dataclass(frozen=True)
class Result:
    exit_code: int
    out: str
    err: str

    @property
    def words(self) -> list[str]:
        """The arguments that java got."""
        return [line for line in self.out.splitlines() if not line.startswith(("env ", "pid "))]

    @property
    def env(self) -> dict[str, str]:
        """The environment that java got."""
        lines = [line.removeprefix("env ") for line in self.out.splitlines() if line.startswith("env ")]
        return dict(line.split("=", 1) for line in lines if "=" in line)


@pytest.fixture
def checkout(tmp_path: Path, repository: Path) -> Checkout:
    root = tmp_path / "check out"
    (root / "src" / "main" / "java").mkdir(parents=True)
    (root / "src" / "main" / "java" / "A.java").touch()
    (root / "pom.xml").touch()
    (root / "models" / "tenant1").mkdir(parents=True)
    for folder in ("src/main/shell", "deploy/standalone"):
        shutil.copytree(repository / folder, root / folder)
    # The system's Python, which the script knows by its path, is hidden too.
    text = (repository / "many-models").read_text()
    assert " /usr/bin/python3.11 " in text
    executable(root / "many-models", text.replace(" /usr/", " /nonexistent/"))
    tools = tmp_path / "tools"
    tools.mkdir()
    for tool in TOOLS:
        (tools / tool).symlink_to(str(shutil.which(tool)))
    (tools / "bash").symlink_to(os.environ.get("MM_BASH") or str(shutil.which("bash")))
    executable(tmp_path / "maven" / "mvn", MVN)
    return Checkout(root, [java_home(tmp_path / "jdk") / "bin", tmp_path / "maven", tools])
