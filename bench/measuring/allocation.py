"""What JVMs allocate, from the performance counters that each keeps in a file (jstat reads the same).

Format: jdk.internal.perf / sun.jvmstat.perfdata.monitor.v2_0 of OpenJDK 17, PerfDataBuffer. The serial collector fills
eden, collects, and begins again: what it has allocated is a whole eden for each collection, which is as exact as these
counters can say.
"""

from __future__ import annotations

import os
import pwd
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

_MAGIC = 0xCAFEC0C0
_ENTRY = 20
_LONG = ord("J")
_COLLECTIONS = "sun.gc.collector.0.invocations"
_EDEN = "sun.gc.generation.0.space.0.capacity"


def folder() -> Path:
    """Where the JVMs of this user keep them, whatever java.io.tmpdir says."""
    return Path("/tmp") / f"hsperfdata_{pwd.getpwuid(os.getuid()).pw_name}"  # noqa: S108 - the JDK's own place


def read(pids: Iterable[int], files: Path) -> dict[int, int]:
    """Bytes allocated since each JVM began, to within an eden; processes without counters are left out."""
    found = {}
    for pid in pids:
        try:
            values = counters((files / str(pid)).read_bytes())
        except (OSError, ValueError):
            continue
        if _COLLECTIONS in values and _EDEN in values:
            found[pid] = values[_COLLECTIONS] * values[_EDEN]
    return found


@dataclass
class Allocated:
    """Bytes by role over some stretches of time, and the requests in them."""

    requests: int = 0
    by_role: dict[str, int] = field(default_factory=dict)

    def add(self, roles: Mapping[int, str], before: Mapping[int, int], after: Mapping[int, int], requests: int) -> None:
        for pid in before.keys() & after.keys():
            self.by_role[roles[pid]] = self.by_role.get(roles[pid], 0) + after[pid] - before[pid]
        self.requests += requests

    def per_request(self, roles: Iterable[str]) -> float:
        return sum(self.by_role.get(role, 0) for role in roles) / self.requests if self.requests else 0.0


def counters(data: bytes) -> dict[str, int]:
    """The counters that are whole numbers, by name. Raises ValueError when this is something else."""
    if len(data) < 32 or struct.unpack_from(">I", data)[0] != _MAGIC:
        raise ValueError("no performance counters")
    order = "<" if data[4] == 1 else ">"
    at, count = struct.unpack_from(f"{order}ii", data, 24)
    values = {}
    for _ in range(count):
        if at + _ENTRY > len(data):
            raise ValueError("performance counters that end too soon")
        length, name_at, vector, kind, _flags, _units, _variability, value_at = struct.unpack_from(
            f"{order}iiibbbbi", data, at
        )
        if length <= 0 or at + length > len(data):
            raise ValueError("performance counters that end too soon")
        if kind == _LONG and vector == 0:
            name = data[at + name_at : data.index(b"\0", at + name_at)].decode()
            values[name] = struct.unpack_from(f"{order}q", data, at + value_at)[0]
        at += length
    return values
