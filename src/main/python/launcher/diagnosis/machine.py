"""What the machine is, and which versions it has."""

from __future__ import annotations

import os
import platform
import re
import resource
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from importlib import metadata
from pathlib import Path
from typing import Any

from launcher.build.toolchain import find_jdk
from launcher.errors import LauncherError
from launcher.project import Project

_SECONDS = 20
_LIMITS = {"open_files": resource.RLIMIT_NOFILE, "memory_bytes": resource.RLIMIT_AS, "core_bytes": resource.RLIMIT_CORE}
_CGROUP = ("memory.max", "memory.current", "memory.events", "cpu.max", "cpu.stat", "pids.max")
_PACKAGES = ("ray", "starlette", "uvicorn", "click")


def about(project: Project) -> dict[str, Any]:
    return {
        "system": platform.platform(),
        "release": _text(Path("/etc/os-release")),
        "processors": os.cpu_count(),
        "usable_processors": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None,
        "processor": sorted(set(re.findall(r"^model name\s*: (.*)", _text(Path("/proc/cpuinfo")), re.MULTILINE))),
        "load": os.getloadavg(),
        "memory": _text(Path("/proc/meminfo")).splitlines(),
        "pressure": {name: _text(Path("/proc/pressure") / name) for name in ("cpu", "memory", "io")},
        "disks": {str(folder): shutil.disk_usage(folder)._asdict() for folder in _folders(project)},
        "limits": {name: resource.getrlimit(limit) for name, limit in _LIMITS.items()},
        "cgroup": {name: _text(Path("/sys/fs/cgroup") / name) for name in _CGROUP},
    }


def _folders(project: Project) -> list[Path]:
    wanted = (project.root, Path("/tmp"), Path("/dev/shm"))  # noqa: S108 - only looked at
    return [folder for folder in wanted if folder.is_dir()]


def versions(project: Project, environment: Mapping[str, str]) -> dict[str, Any]:
    jar = project.jar
    return {
        "commit": _said(["git", "-C", str(project.root), "log", "-1", "--format=%H %cI"]),
        "changed_files": len(_said(["git", "-C", str(project.root), "status", "--porcelain"]).splitlines()),
        "jar": {"bytes": jar.stat().st_size, "built": jar.stat().st_mtime} if jar.is_file() else None,
        "java": _java(environment),
        "python": platform.python_version(),
        "packages": {name: _version(name) for name in _PACKAGES},
    }


def _java(environment: Mapping[str, str]) -> str:
    try:
        return _said([str(find_jdk(environment).java), "-version"])
    except LauncherError as error:
        return f"({error})"


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _said(line: Sequence[str]) -> str:
    try:
        done = subprocess.run(line, capture_output=True, text=True, errors="replace", timeout=_SECONDS, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"({error})"
    return (done.stdout + done.stderr).strip()


def _text(file: Path) -> str:
    try:
        return file.read_text(errors="replace").strip()
    except OSError:
        return ""
