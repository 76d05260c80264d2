"""Finds the JDK and Maven, and runs Maven for this project."""

from __future__ import annotations

import functools
import os
import re
import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError
from launcher.project import Project

MINIMUM_JAVA = 17
_LINES_SHOWN = 12
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_WARNINGS_ARE_ERRORS = "warnings found and -Werror specified"
# What Maven says of itself after each failure.
_ADVICE = ("[ERROR] -> [Help", "[ERROR] To see the full", "[ERROR] Re-run Maven", "[ERROR] For more", "[ERROR] [Help")
_GET_JDK = f"Get a JDK {MINIMUM_JAVA} or newer with: apt-get install openjdk-17-jdk-headless, or set JAVA_HOME to one"
_GET_MAVEN = "Get it with: apt-get install maven, or unpack Apache Maven 3.6.3 or newer and put its bin folder on PATH"


@dataclass(frozen=True)
class Jdk:
    """A JDK that can compile and run the project."""

    home: Path
    major: int

    @property
    def java(self) -> Path:
        return self.home / "bin" / "java"


def find_jdk(environment: Mapping[str, str]) -> Jdk:
    """The JDK of JAVA_HOME, else the one on PATH."""
    home = _java_home(environment)
    if home is None:
        raise LauncherError(f"no JDK found: javac is neither on PATH nor in JAVA_HOME. {_GET_JDK}")
    major = _major(home)
    if major is None or major < MINIMUM_JAVA:
        raise LauncherError(f"the JDK in {home} is version {major or 'unknown'}, needed is {MINIMUM_JAVA}. {_GET_JDK}")
    return Jdk(home, major)


@functools.cache
def _major(home: Path) -> int | None:
    result = subprocess.run([home / "bin" / "javac", "-version"], capture_output=True, text=True, check=False)
    return java_major(result.stdout + result.stderr)


def _java_home(environment: Mapping[str, str]) -> Path | None:
    configured = environment.get("JAVA_HOME")
    if configured:
        home = Path(configured)
        if not all(os.access(home / "bin" / tool, os.X_OK) for tool in ("java", "javac")):
            raise LauncherError(f"JAVA_HOME is {home}, which has no bin/javac. {_GET_JDK}")
        return home
    compiler = shutil.which("javac", path=environment.get("PATH"))
    if compiler is None:
        return None
    home = Path(compiler).resolve().parent.parent
    return home if os.access(home / "bin" / "java", os.X_OK) else None


def java_major(version_text: str) -> int | None:
    """17 of `javac 17.0.15`, 8 of `javac 1.8.0_402`."""
    found = re.search(r"^javac (?:1\.)?(\d+)", version_text, re.MULTILINE)
    return int(found.group(1)) if found else None


def find_maven(environment: Mapping[str, str]) -> Path:
    maven = shutil.which("mvn", path=environment.get("PATH"))
    if maven is None:
        raise LauncherError(f"Maven (mvn) is not on PATH. {_GET_MAVEN}")
    return Path(maven)


@dataclass(frozen=True)
class Maven:
    """Runs Maven on this project with the user's MAVEN_ARGS, which Maven itself honours only from 3.9 on."""

    executable: Path
    jdk: Jdk
    project: Project

    @staticmethod
    def find(project: Project) -> Maven:
        return Maven(find_maven(os.environ), find_jdk(os.environ), project)

    def command(self, arguments: Sequence[str]) -> list[str]:
        return [str(self.executable), *shlex.split(os.environ.get("MAVEN_ARGS", "")), *arguments]

    def environment(self) -> dict[str, str]:
        environment = {
            name: value for name, value in os.environ.items() if name not in ("MAVEN_ARGS", "JDK_JAVA_OPTIONS")
        }
        return environment | {"JAVA_HOME": str(self.jdk.home)}

    def run(self, arguments: Sequence[str], log: Path, purpose: str) -> None:
        """Runs Maven with its output in the log; on failure the error carries the compiler's or plugin's own lines."""
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("w") as output:
            result = subprocess.run(
                self.command(arguments),
                cwd=self.project.root,
                env=self.environment(),
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                check=False,
            )
        if result.returncode != 0:
            lines = "\n".join(error_lines(log.read_text(errors="replace")))
            raise LauncherError(f"{purpose} failed; the whole log is {log}\n{lines}")


def error_lines(log: str) -> list[str]:
    """The first lines of a Maven log that say what is wrong."""
    lines = [_COLOUR.sub("", line).rstrip() for line in log.splitlines()]
    wrong = [line for line in lines if line.startswith("[ERROR] ") and not line.startswith(_ADVICE)]
    if any(_WARNINGS_ARE_ERRORS in line for line in wrong):
        wrong = [line for line in lines if line.startswith("[WARNING] ") and ".java:[" in line] or wrong
    return (wrong or lines)[:_LINES_SHOWN]
