"""The application under test: that of deploy/rayservice.yaml in small, with two replicas of all that answers."""

from __future__ import annotations

import copy
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import yaml

DYNAMIC = "Deployment1"
DEDICATED = "Deployment2"
OVERFLOW = "Deploymentx"
DISPATCHER = "Dispatcher"
SHARED_MEMORY = "SharedMemory"
HOT = (DYNAMIC, DEDICATED)
DEPLOYMENTS = (*HOT, OVERFLOW, DISPATCHER, SHARED_MEMORY)
PLACES = 4
"""Of each hot deployment."""
REPLICAS = 2
"""Of each deployment but SharedMemory, which has one. With two nodes each has one of them."""
HEAD = "head"
"""A resource that the head alone has, to keep SharedMemory there."""
TENANTS = 120
VERSIONS = 4
"""Each tenant has these; the first is live at the start."""
WATCHED = tuple(range(1, 9))
"""Tenants that ask all the time: some pinned, some promoted by their traffic, some in Deploymentx."""
HALF_SWITCHED = WATCHED[-1]
"""A tenant whose version only the fault half-written changes."""
PINNED = (1, 2)
"""At the start."""
POISONED = {"unloadable": 901, "throwing": 902, "slow": 903, "heavy": 904, "large": 906, "half-written": 905}
_CACHED = 30
"""Models that a replica of Deploymentx keeps: fewer than its share of the tenants, so that it loads all the time."""


def tenant(number: int) -> str:
    return f"tenant{number}"


def number(tenant_name: str) -> int:
    return int(tenant_name.removeprefix("tenant"))


@dataclass(frozen=True)
class Settings:
    """What faults change: parts of user_configs, and the number of Dispatchers."""

    cached: int = _CACHED
    max_in_flight: int = 200
    dispatchers: int = REPLICAS

    def user_configs(self) -> dict[str, dict[str, Any]]:
        return {
            DISPATCHER: {
                "deadline_ms": 10_000,
                "max_in_flight": self.max_in_flight,
                "max_in_flight_per_tenant": 40,
                "deployment_map_limit": 0,
            },
            SHARED_MEMORY: {"max_moves_per_second": 20},
            DYNAMIC: {"capacity": PLACES, "pool": "dynamic", "tenants": [tenant(n) for n in WATCHED[-PLACES:]]},
            DEDICATED: {"capacity": PLACES, "pool": "dedicated", "tenants": [tenant(n) for n in PINNED]},
            OVERFLOW: {"capacity": self.cached, "capacity_mib": 64},
        }


def of(shipped: Mapping[str, Any], settings: Settings, nodes: int = 1) -> dict[str, Any]:
    """The serveConfigV2 for so many nodes, from the one that is shipped."""
    config = copy.deepcopy(dict(shipped))
    application = config["applications"][0]
    application["args"] = {"hot_deployments": len(HOT)}
    user_configs = settings.user_configs()
    kept = [d for d in application["deployments"] if d["name"] in user_configs]
    for deployment in kept:
        deployment["user_config"] = user_configs[deployment["name"]]
        deployment["num_replicas"] = {SHARED_MEMORY: 1, DISPATCHER: settings.dispatchers}.get(
            deployment["name"], REPLICAS
        )
        if nodes > 1:
            _spread(deployment, nodes)
    application["deployments"] = kept
    config["applications"] = [application]
    return config


def _spread(deployment: dict[str, Any], nodes: int) -> None:
    if deployment["name"] == SHARED_MEMORY:
        options = deployment.setdefault("ray_actor_options", {})
        options["resources"] = {**options.get("resources", {}), HEAD: 1}
    else:
        deployment["max_replicas_per_node"] = max(1, REPLICAS // nodes)


def of_second_node(resources: Mapping[str, float]) -> dict[str, float]:
    """The custom resources of the head that the second node has as well."""
    return {name: amount for name, amount in resources.items() if name != HEAD}


def as_rayservice(config: Mapping[str, Any], ray_version: str) -> str:
    """As the launcher reads and checks it."""
    spec = {
        "serveConfigV2": yaml.safe_dump(dict(config), sort_keys=False),
        "rayClusterConfig": {"rayVersion": ray_version},
    }
    return yaml.safe_dump({"kind": "RayService", "spec": spec})
