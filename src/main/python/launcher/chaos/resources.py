"""The resources of the replicas at the beginning and at the end of a run: a leak shows as growth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from launcher.cluster import processes, serve_api
from launcher.cluster.redis_server import RedisServer

_MIB = 2**20


@dataclass(frozen=True)
class Use:
    """Of a deployment's replicas together."""

    replicas: int
    mebibytes: float
    threads: int
    descriptors: int


def of_replicas(found: Sequence[serve_api.Application], proc: Path = Path("/proc")) -> dict[str, Use]:
    """By deployment; a process that ends meanwhile counts nothing."""
    uses: dict[str, Use] = {}
    for application in found:
        for deployment in application.deployments:
            pids = [replica.pid for replica in deployment.replicas if replica.pid]
            uses[deployment.name] = Use(
                len(pids),
                sum(processes.pss_bytes(pid, proc) or 0 for pid in pids) / _MIB,
                sum(_entries(proc / str(pid) / "task") for pid in pids),
                sum(_entries(proc / str(pid) / "fd") for pid in pids),
            )
    return uses


def _entries(folder: Path) -> int:
    with suppress(OSError):
        return sum(1 for _ in folder.iterdir())
    return 0


def redis_connections(redis: RedisServer) -> int:
    return len(redis.clients())


def growth(before: Mapping[str, Use], after: Mapping[str, Use]) -> list[tuple[str, ...]]:
    """A row for each deployment: name, and each figure at the beginning and at the end."""
    rows: list[tuple[str, ...]] = []
    for name, first in before.items():
        last = after.get(name, Use(0, 0, 0, 0))
        rows.append(
            (
                name,
                f"{first.mebibytes:.0f} -> {last.mebibytes:.0f}",
                f"{first.threads} -> {last.threads}",
                f"{first.descriptors} -> {last.descriptors}",
            )
        )
    return rows
