"""A cluster in which the first tenants of a fleet are placed for good and all others can stay loaded in Deploymentx."""

from __future__ import annotations

import copy
import os
import shutil
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from launcher import local_http
from launcher.cluster import serve_api
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ray_cluster import Cluster
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import cluster, cpu, fleet

DEPLOYMENTS = 10
PLACES_EACH = 20
PLACED = DEPLOYMENTS * PLACES_EACH
OVERFLOW_MIB = 2048
_PLACED_SECONDS = 60.0
_POLL_SECONDS = 0.25


@dataclass(frozen=True)
class Placed:
    """The running cluster, and the folder of its registry."""

    instance: Instance
    record: Record
    registry: Path
    configure_dispatchers: Callable[[Mapping[str, Any]], None]
    """Deploys again with this beside the Dispatchers' user_config."""

    def roles(self, *own: int) -> dict[int, str]:
        """What each process is for, by pid; `own` are the bench's processes beside this one."""
        applications = serve_api.applications(self.record.ports.dashboard_url)
        known = cpu.roles_of(Cluster(self.instance).processes(), applications)
        return {**known, os.getpid(): cpu.CLIENT, **dict.fromkeys(own, cpu.CLIENT)}


def tenants_of(deployment: int) -> list[str]:
    """By turns, so that each deployment gets its share of those that are asked for most."""
    return [fleet.tenant(number) for number in range(deployment, PLACED + 1, DEPLOYMENTS)]


def changed(
    config: Mapping[str, Any], overflow_models: int, dispatcher: Mapping[str, Any] = MappingProxyType({})
) -> dict[str, Any]:
    """Nobody moves: all places are dedicated. No deployment_map in the answers. `dispatcher`: more user_config."""
    deployed = copy.deepcopy(dict(config))
    hot = 0
    for application in deployed["applications"]:
        for deployment in application["deployments"]:
            name = deployment["name"]
            if name == "Dispatcher":
                deployment["user_config"] = {
                    **deployment.get("user_config", {}),
                    "deployment_map_limit": 0,
                    **dispatcher,
                }
            elif name == "Deploymentx":
                deployment["user_config"] = {"capacity": overflow_models, "capacity_mib": OVERFLOW_MIB}
            elif name.startswith("Deployment"):
                hot += 1
                names = tenants_of(int(name.removeprefix("Deployment")))
                deployment["user_config"] = {"tenants": names, "capacity": PLACES_EACH, "pool": "dedicated"}
    if hot != DEPLOYMENTS:
        raise LauncherError(f"the configuration has {hot} hot deployments, expected are {DEPLOYMENTS}")
    return deployed


@contextmanager
def running(
    project: Project,
    tenants: int,
    settings: Mapping[str, str],
    beside: Callable[[Path], Sequence[Mapping[str, Any]]] = lambda _registry: (),
) -> Iterator[Placed]:
    """A fresh cluster with this many registered tenants, and more applications beside ours; always taken down."""
    registry = project.plain().runtime / "bench" / "registry-fleet"
    shutil.rmtree(registry, ignore_errors=True)
    try:
        with step(f"making a registry of {tenants} tenants", f"made a registry of {tenants} tenants"):
            fleet.make(project, registry, tenants)
        all_settings = {"MANY_MODELS_REGISTRY": f"file:{registry}", **settings}
        with cluster.running(project, os.environ, all_settings) as (instance, record):
            user = {**cluster.without_settings(os.environ), **all_settings}

            def deploy(dispatcher: Mapping[str, Any]) -> None:
                def change(config: Mapping[str, Any]) -> dict[str, Any]:
                    ours = changed(config, tenants, dispatcher)
                    return {**ours, "applications": [*ours["applications"], *beside(registry)]}

                cluster.redeploy(instance, record, user, change)

            deploy({})
            wait_until_placed(record.ports.base_url)
            yield Placed(instance, record, registry, deploy)
    finally:
        shutil.rmtree(registry, ignore_errors=True)


def wait_until_placed(url: str) -> None:
    """Until all places are taken."""
    deadline = time.monotonic() + _PLACED_SECONDS
    pause = threading.Event()
    placed = 0
    while time.monotonic() < deadline:
        found = local_http.call("GET", f"{url}/deployment_map").json()
        placed = len(found["deployment_map"]) if isinstance(found, dict) else 0
        if placed == PLACED:
            return
        pause.wait(_POLL_SECONDS)
    raise LauncherError(f"{placed} of {PLACED} tenants were placed within {_PLACED_SECONDS:.0f} s")
