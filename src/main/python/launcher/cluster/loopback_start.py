"""`ray start` of a node that joins a Ray which keeps to this machine; run as a module, with the same arguments.

Ray takes 127.0.0.1 as a node's address only where RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER is 0, and there `ray start` refuses
to join; where it is 1, it joins from the machine's own address, at which this head does not listen (Ray 2.60.0:
scripts.py, start; services.py, get_node_ip_address). So the refusal alone is lifted. The variable stays as it is for
all that the node runs.
"""

from __future__ import annotations

from ray._private import ray_constants, services
from ray.scripts import scripts

from launcher.cluster.ports import LOOPBACK


def _loopback(address: str | None = None) -> str:
    return LOOPBACK


if __name__ == "__main__":
    ray_constants.ENABLE_RAY_CLUSTER = True
    services.get_node_ip_address = _loopback
    scripts.main()
