"""The serveConfigV2 of deploy/rayservice.yaml, as it is deployed on this machine."""

from __future__ import annotations

import copy
import hashlib
import json
import math
import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import yaml

from launcher.cluster.ports import LOOPBACK
from launcher.errors import BadInputError

# Kept for Ray's own tasks, such as the one that builds the application.
_SPARE_CPUS = 1.0
_MIN_CPUS = 0.01
_ENOUGH = 1000.0
# What the application's builder gives a replica for which the configuration names no num_cpus.
_BUILDER_CPUS = 0.1


def read(rayservice: Path) -> dict[str, Any]:
    """The parsed serveConfigV2 text."""
    try:
        document = yaml.safe_load(rayservice.read_text())
        config = yaml.safe_load(document["spec"]["serveConfigV2"])
    except FileNotFoundError:
        raise BadInputError(f"{rayservice} is missing") from None
    except (yaml.YAMLError, KeyError, TypeError) as error:
        raise BadInputError(f"{rayservice} is no RayService with a serveConfigV2: {error}") from error
    if not isinstance(config, dict) or not config.get("applications"):
        raise BadInputError(f"{rayservice}: serveConfigV2 has no applications")
    return config


def capacity() -> float:
    """The CPUs that the local Ray may hand out."""
    return float(max(2, os.cpu_count() or 1))


def ray_cpus(config: Mapping[str, Any], available: float) -> int:
    """--num-cpus of the local Ray: what the application asks for and a little more, within the limit."""
    return math.ceil(min(available, requested_cpus(config) + _SPARE_CPUS))


def requested_cpus(config: Mapping[str, Any]) -> float:
    return sum(_cpus(deployment) * _replicas(deployment) for deployment in deployments(config))


def ray_resources(config: Mapping[str, Any]) -> dict[str, float]:
    """--resources of the local Ray: of each that a deployment asks for, more than it ever needs.

    On a cluster they say which nodes a replica may be on; here there is one.
    """
    names = {name for each in deployments(config) for name in each.get("ray_actor_options", {}).get("resources") or {}}
    return dict.fromkeys(sorted(names), _ENOUGH)


def local(config: Mapping[str, Any], http_port: int, available: float) -> dict[str, Any]:
    """The configuration to deploy here: HTTP on loopback at the port, num_cpus lowered if the machine has too few."""
    deployed = copy.deepcopy(dict(config))
    deployed["http_options"] = {**deployed.get("http_options", {}), "host": LOOPBACK, "port": http_port}
    requested = requested_cpus(config)
    if requested > available - _SPARE_CPUS:
        factor = (available - _SPARE_CPUS) / requested
        for deployment in deployments(deployed):
            if not deployment.get("ray_actor_options", {}).get("num_cpus"):
                continue
            lowered = max(_MIN_CPUS, math.floor(_cpus(deployment) * factor * 100) / 100)
            deployment["ray_actor_options"]["num_cpus"] = lowered
    return deployed


def deployments(config: Mapping[str, Any]) -> list[dict[str, Any]]:
    """All deployments of all applications."""
    return [deployment for application in config["applications"] for deployment in application.get("deployments", [])]


def _cpus(deployment: Mapping[str, Any]) -> float:
    return float(deployment.get("ray_actor_options", {}).get("num_cpus", _BUILDER_CPUS))


def _replicas(deployment: Mapping[str, Any]) -> int:
    autoscaling = deployment.get("autoscaling_config") or {}
    replicas = autoscaling.get("max_replicas") or deployment.get("num_replicas") or 1
    return replicas if isinstance(replicas, int) else 1


def tenants(deployment: Mapping[str, Any]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    """The tenants that the deployment's user_config names, each after the keys that lead to its name."""
    user_config = deployment.get("user_config")
    if not isinstance(user_config, dict):
        return
    many = user_config.get("tenants")
    named: list[tuple[tuple[str | int, ...], Any]] = [(("user_config", "tenant"), user_config.get("tenant"))]
    named += [(("user_config", "tenants", i), each) for i, each in enumerate(many)] if isinstance(many, list) else []
    yield from ((path, tenant) for path, tenant in named if isinstance(tenant, str))


def digest(config: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(config, sort_keys=True).encode()).hexdigest()


def cluster_part(config: Mapping[str, Any]) -> dict[str, Any]:
    """The part that Serve reads only when it starts: a change needs a new cluster."""
    return {name: value for name, value in config.items() if name != "applications"}
