"""TCP ports of this machine."""

from __future__ import annotations

import random
import socket
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

LOOPBACK = "127.0.0.1"
LAST = 65_535
Closed = Literal["none"]
CLOSED: Final[Closed] = "none"
"""In the place of a port that is not to be opened."""
# Below the range from which Linux takes the ports of outgoing connections.
_PICK_FROM = range(20_000, 32_000)
_LISTENING = "0A"
_ESTABLISHED = "01"


def is_free(port: int) -> bool:
    """Whether a server could listen on the port, on loopback and on all addresses.

    Ray's HTTP proxies share a port with whoever listens there already: without this check two clusters would answer in
    turn.
    """
    return all(_can_bind(address, port) for address in (LOOPBACK, ""))


def _can_bind(address: str, port: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as candidate:
        candidate.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            candidate.bind((address, port))
            candidate.listen(1)
        except OSError:
            return False
    return True


def pick(taken: Collection[int] = ()) -> int:
    """A free port that is none of those taken."""
    candidates = [port for port in _PICK_FROM if port not in taken]
    random.shuffle(candidates)
    return next(port for port in candidates if is_free(port))


def owner(port: int) -> str:
    """The process that listens on the port, for a message: name and pid, as far as this user may know."""
    sockets = _sockets(port, _LISTENING)
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if any(_target(descriptor) in sockets for descriptor in (process / "fd").iterdir()):
                return f"{(process / 'comm').read_text().strip()} (pid {process.name})"
        except OSError:
            continue
    return "another process"


def connections(port: int, pid: int) -> int:
    """How many connections to the port the process has accepted and not ended; 0 for one that may not be read."""
    sockets = _sockets(port, _ESTABLISHED)
    try:
        return sum(_target(descriptor) in sockets for descriptor in Path(f"/proc/{pid}/fd").iterdir())
    except OSError:
        return 0


def _sockets(port: int, state: str) -> set[str]:
    tables = (Path("/proc/net/tcp").read_text(), _tcp6())
    return {f"socket:[{inode}]" for table in tables for inode in inodes(table, port, state)}


def _target(descriptor: Path) -> str:
    try:
        return str(descriptor.readlink())
    except OSError:
        return ""


def _tcp6() -> str:
    table = Path("/proc/net/tcp6")
    return table.read_text() if table.exists() else ""


def inodes(table: str, port: int, state: str = _LISTENING) -> set[str]:
    """Inodes of the sockets at the port in the given state, from the text of /proc/net/tcp."""
    found = set()
    for line in table.splitlines()[1:]:
        fields = line.split()
        if fields[3] == state and int(fields[1].rpartition(":")[2], 16) == port:
            found.add(fields[9])
    return found


@dataclass(frozen=True)
class Ports:
    """The ports of one instance."""

    http: int
    dashboard: int
    gcs: int
    agent: int
    client: int
    metrics: int
    dashboard_metrics: int
    direct: int | None = None
    fallback: int | None = None
    """Of the Python proxy to which HAProxy passes requests while no Dispatcher can be reached."""
    grpc: int | None = None
    """On which the Dispatchers listen for gRPC; None when they do not."""

    @property
    def base_url(self) -> str:
        return f"http://{LOOPBACK}:{self.http}"

    @property
    def direct_url(self) -> str | None:
        """Where the Dispatchers listen themselves; None when they do not."""
        return None if self.direct is None else f"http://{LOOPBACK}:{self.direct}"

    @property
    def grpc_address(self) -> str | None:
        """Where clients of gRPC connect; None when there is no port for them."""
        return None if self.grpc is None else f"{LOOPBACK}:{self.grpc}"

    @property
    def fallback_url(self) -> str | None:
        """Where the Python proxy behind HAProxy listens; None without HAProxy."""
        return None if self.fallback is None else f"http://{LOOPBACK}:{self.fallback}"

    @property
    def dashboard_url(self) -> str:
        return f"http://{LOOPBACK}:{self.dashboard}"


def complete(
    http: int, dashboard: int, gcs: int, direct: int | None = None, *, haproxy: bool = True, grpc: int | None = None
) -> Ports:
    """The ports of an instance: those given, 0 standing for any free one, and free ones for what nobody has to know."""
    chosen = [port for port in (http, dashboard, gcs, direct, grpc) if port]

    def port(wanted: int = 0) -> int:
        if not wanted:
            wanted = pick(chosen)
            chosen.append(wanted)
        return wanted

    own = None if direct is None else port(direct)
    remote_calls = None if grpc is None else port(grpc)
    behind = port() if haproxy else None
    return Ports(port(http), port(dashboard), port(gcs), port(), port(), port(), port(), own, behind, remote_calls)
