"""The servers that tests run against, in .runtime/backends: nothing is installed in the system.

redis-server is the one on PATH if it will do, else it is taken out of the distribution's packages; Azurite, which
speaks Azure Blob Storage, comes from npm as src/test/node pins it.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from launcher.build import sources
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project

MINIMUM_REDIS = (6, 2)
_NODE_INPUTS = ("package.json", "package-lock.json", ".npmrc")
_PROBE_SECONDS = 20
_LINES_SHOWN = 3
_GET_REDIS = "Get redis-server 6.2 or newer, built with TLS, on PATH (Debian, Ubuntu: apt-get install redis-server)"
_GET_NODE = "Get Node.js 20 or newer with npm on PATH (Debian: apt-get install nodejs npm)"
_WRAPPER = """#!/bin/sh
here=$(cd -- "$(dirname -- "$0")/../.." && pwd)
LD_LIBRARY_PATH={libraries} exec "$here/usr/libexec/redis-server" "$@"
"""


@dataclass(frozen=True)
class Backends:
    """The executables."""

    redis_server: Path
    azurite_blob: Path

    def properties(self) -> Mapping[str, str]:
        """The system properties by which the Java tests find them; they say that none may be missing."""
        return {
            "mm.requireBackends": "true",
            "mm.redisServer": str(self.redis_server),
            "mm.azurite": str(self.azurite_blob),
        }


def provide(project: Project) -> Backends:
    """Gets what is not there yet, side by side. Raises LauncherError that says in one line what is missing."""
    folder = project.runtime / "backends"
    azurite = _azurite_blob(project)
    redis = find_redis(os.environ, folder / "redis")
    missing: dict[str, Callable[[], None]] = {}
    if redis is None:
        missing["redis-server"] = lambda: fetch_redis(folder / "redis", project.runtime / "redis.log")
    if not _azurite_is_current(project, azurite):
        missing["Azurite"] = lambda: install_azurite(project, azurite)
    if missing:
        names = " and ".join(missing)
        with step(f"providing {names}", f"provided {names}"), ThreadPoolExecutor(len(missing)) as pool:
            for started in [pool.submit(get) for get in missing.values()]:
                started.result()
    return Backends(redis or executable_of_redis(folder / "redis"), azurite)


def find_redis(environment: Mapping[str, str], folder: Path) -> Path | None:
    """The redis-server on PATH, else the one in the folder, if it will do."""
    on_path = shutil.which("redis-server", path=environment.get("PATH"))
    candidates = [Path(on_path)] if on_path else []
    return next((each for each in [*candidates, executable_of_redis(folder)] if will_do(each)), None)


def executable_of_redis(folder: Path) -> Path:
    return folder / "usr" / "bin" / "redis-server"


def will_do(redis_server: Path) -> bool:
    """Whether it runs, is new enough and was built with TLS."""
    if not os.access(redis_server, os.X_OK):
        return False
    found = re.search(r"\bv=(\d+)\.(\d+)", _output([str(redis_server), "--version"]))
    if found is None or (int(found.group(1)), int(found.group(2))) < MINIMUM_REDIS:
        return False
    # It ends before it listens: with TLS because there is no such certificate, without because it knows no such option.
    certificate = ["--tls-cert-file", "/nonexistent", "--tls-key-file", "/nonexistent"]
    probe = [str(redis_server), "--port", "0", "--tls-port", "1", *certificate]
    return "Failed to configure TLS" in _output(probe)


def _output(command: Sequence[str]) -> str:
    try:
        result = subprocess.run(
            command,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            check=False,
            timeout=_PROBE_SECONDS,
        )
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return result.stdout + result.stderr


def fetch_redis(folder: Path, log: Path) -> None:
    """Unpacks redis-server and the libraries that the system has not."""
    fresh = folder.with_name("redis.new")
    unpack(["redis-server", "redis-tools"], fresh, log, _GET_REDIS)
    wrap(fresh)
    if not will_do(executable_of_redis(fresh)):
        raise LauncherError(f"the redis-server of this distribution is too old or has no TLS. {_GET_REDIS}")
    shutil.rmtree(folder, ignore_errors=True)
    fresh.rename(folder)


def unpack(packages: Sequence[str], folder: Path, log: Path, advice: str) -> None:
    """Unpacks packages of the distribution, with what they depend on, into a fresh folder.

    Needs no root: apt works on lists of our own. Raises LauncherError that ends with the advice.
    """
    for tool in ("apt-get", "dpkg-deb"):
        if shutil.which(tool) is None:
            raise LauncherError(f"{packages[0]} is needed, and {tool} is missing. {advice}")
    shutil.rmtree(folder, ignore_errors=True)
    apt = folder / "apt"
    for name in ("lists/partial", "archives/partial"):
        (apt / name).mkdir(parents=True)
    own_state = {
        "Dir::State::lists": f"{apt}/lists",
        "Dir::Cache": str(apt),
        "Debug::NoLocking": "1",
        # As root, apt would fetch as a user who may not write here.
        "APT::Sandbox::User": "",
    }
    options = [part for name, value in own_state.items() for part in ("-o", f"{name}={value}")]
    log.unlink(missing_ok=True)
    _run(["apt-get", "-q", *options, "update"], log, advice)
    install = ["--no-install-recommends", "--reinstall", "install", *packages]
    _run(["apt-get", "-q", "-y", *options, "--download-only", *install], log, advice)
    for package in sorted((apt / "archives").glob("*.deb")):
        _run(["dpkg-deb", "-x", str(package), str(folder)], log, advice)
    shutil.rmtree(apt)


def wrap(folder: Path) -> None:
    """Puts a script in place of the executable that has it find the libraries that were unpacked beside it."""
    executable = executable_of_redis(folder)
    libraries = sorted({str(file.parent.relative_to(folder)) for file in folder.rglob("*.so*")})
    if not executable.exists() or not libraries:
        return
    # The name tells it what it is: Debian has one executable for this and for checking files.
    real = folder / "usr" / "libexec" / "redis-server"
    real.parent.mkdir(parents=True, exist_ok=True)
    shutil.copy2(executable.resolve(), real)
    executable.unlink()
    executable.write_text(_WRAPPER.format(libraries=":".join(f'"$here/{each}"' for each in libraries)))
    executable.chmod(0o755)


def installed_from_npm(project: Project) -> Path:
    """The folder of what src/test/node pins, installed now if it is not."""
    azurite = _azurite_blob(project)
    if not _azurite_is_current(project, azurite):
        with step("installing what npm has", "installed what npm has"):
            install_azurite(project, azurite)
    return project.runtime / "backends" / "azurite"


def _azurite_blob(project: Project) -> Path:
    return project.runtime / "backends" / "azurite" / "node_modules" / ".bin" / "azurite-blob"


def install_azurite(project: Project, executable: Path) -> None:
    """Installs what src/test/node pins; no script of a package is run."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise LauncherError(f"the tests need Azurite, and node or npm is missing. {_GET_NODE}")
    folder = project.runtime / "backends" / "azurite"
    _azurite_stamp(project).unlink(missing_ok=True)
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in _NODE_INPUTS:
        shutil.copyfile(_node_inputs(project) / name, folder / name)
    log = project.runtime / "azurite.log"
    log.unlink(missing_ok=True)
    _run([npm, "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--prefix", str(folder)], log, _GET_NODE, folder)
    if not executable.is_file():
        raise LauncherError(f"npm installed no {executable}; the whole log is {log}")
    _azurite_stamp(project).parent.mkdir(parents=True, exist_ok=True)
    _azurite_stamp(project).write_text(_azurite_mark(project))


def _azurite_is_current(project: Project, executable: Path) -> bool:
    stamp = _azurite_stamp(project)
    return executable.is_file() and stamp.is_file() and stamp.read_text() == _azurite_mark(project)


def _azurite_mark(project: Project) -> str:
    return sources.digest(_node_inputs(project), _NODE_INPUTS)


def _azurite_stamp(project: Project) -> Path:
    return project.runtime / "stamps" / "azurite"


def _node_inputs(project: Project) -> Path:
    return project.root / "src" / "test" / "node"


def _run(command: Sequence[str], log: Path, advice: str, folder: Path | None = None) -> None:
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("a") as output:
        result = subprocess.run(
            command, cwd=folder, stdin=subprocess.DEVNULL, stdout=output, stderr=subprocess.STDOUT, check=False
        )
    if result.returncode != 0:
        said = " ".join(log.read_text(errors="replace").splitlines()[-_LINES_SHOWN:])
        raise LauncherError(f"{Path(command[0]).name} failed ({said}); the whole log is {log}. {advice}")
