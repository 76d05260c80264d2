"""Which ports an instance gets."""

from __future__ import annotations

from dataclasses import dataclass

from launcher.cluster import ports
from launcher.cluster.ports import CLOSED, Closed, Ports

_HTTP = 8000
_DASHBOARD = 8265
_GCS = 6379
_DIRECT = 8001


@dataclass(frozen=True)
class Wanted:
    """The ports that were asked for. None: as it runs already, else the usual one; 0: any free one."""

    http: int | None
    dashboard: int | None
    gcs: int | None
    direct: int | Closed | None
    haproxy: bool
    grpc: int | Closed | None = None


def choose(wanted: Wanted, used: Ports | None, is_default: bool) -> Ports:
    """The ports that were asked for, else those in use, else the usual ones (free ones beside the default instance)."""
    usual = (_HTTP, _DASHBOARD, _GCS) if is_default else (0, 0, 0)
    asked = (wanted.http, wanted.dashboard, wanted.gcs)
    direct = _own(wanted.direct, used, None if used is None else used.direct, _DIRECT if is_default else 0)
    grpc = _own(wanted.grpc, used, None if used is None else used.grpc, None)
    if used is not None:
        usual = (used.http, used.dashboard, used.gcs)
        same = all(port in (None, 0, now) for port, now in zip(asked, usual, strict=True))
        own = (direct, grpc) == (used.direct, used.grpc)
        if same and own and wanted.haproxy == (used.fallback is not None):
            return used
    http, dashboard, gcs = (default if port is None else port for port, default in zip(asked, usual, strict=True))
    return ports.complete(http, dashboard, gcs, direct, haproxy=wanted.haproxy, grpc=grpc)


def _own(asked: int | Closed | None, running: Ports | None, used: int | None, usual: int | None) -> int | None:
    """A port of the Dispatchers themselves; used: by the instance that is running. 0: any free one; None: none."""
    if asked == CLOSED:
        return None
    if running is not None and (asked is None or (asked == 0 and used is not None)):
        return used
    return usual if asked is None else asked
