"""The bench's own cluster: fresh, on free ports, always taken down."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from launcher import local_http, up
from launcher.build.shipped import JAVA_OPTIONS_VARIABLE
from launcher.cluster import registry, serve_api
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ray_cluster import Cluster
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project

INSTANCE = "bench"
DIRECT_PORT_VARIABLE = "MANY_MODELS_DIRECT_PORT"
ANY_PORT = "0"
_DEPLOY_SECONDS = 90.0
# The samples have their places whatever the registry: tenant1 is in Deployment1.
_REQUEST = up.Request(0, 0, 0, 0, demo=True)
_POLL_SECONDS = 0.25


@contextmanager
def running(
    project: Project, user: Mapping[str, str], settings: Mapping[str, str], name: str = INSTANCE
) -> Iterator[tuple[Instance, Record]]:
    """The application as it is shipped, with these settings and none of the user's own but the JVMs' options."""
    instance = Instance(project, name)
    with instance.locked():
        Cluster(instance).stop(drain=False)
    instance.empty_node_cache()
    instance.forget()
    try:
        sample = {registry.VARIABLE: project.plain().models.as_uri()}
        yield instance, up.up(instance, _REQUEST, {**without_settings(user), **sample, **settings})
    finally:
        with instance.locked(), step("stopping the bench's cluster", "stopped the bench's cluster"):
            Cluster(instance).stop(drain=False)
            instance.remove_record()
            instance.empty_node_cache()
        instance.forget()


def without_settings(user: Mapping[str, str]) -> dict[str, str]:
    """The user's environment without his settings of the application, but for the JVMs' options."""
    return {
        name: value
        for name, value in user.items()
        if name == JAVA_OPTIONS_VARIABLE or not name.startswith("MANY_MODELS_")
    }


def deploy_beside(
    instance: Instance, record: Record, user: Mapping[str, str], more: Sequence[Mapping[str, Any]]
) -> None:
    """Deploys more applications beside the one that runs, which Ray leaves alone: its part does not change."""
    config = dict(up.make_plan(instance, record.ports, user, _REQUEST).config)
    config["applications"] = [*config["applications"], *more]
    names = {application["name"] for application in more}
    with step("deploying the bench's own replicas", "the bench's own replicas are HEALTHY"):
        serve_api.deploy(record.ports.dashboard_url, config)
        _wait_until_ready(record, names)


def redeploy(
    instance: Instance,
    record: Record,
    user: Mapping[str, str],
    change: Callable[[Mapping[str, Any]], Mapping[str, Any]],
) -> None:
    """Deploys the configuration with a change. No replica starts anew when only the user_config changes."""
    config = change(up.make_plan(instance, record.ports, user, _REQUEST).config)
    with step("changing the configuration", "changed the configuration"):
        serve_api.deploy(record.ports.dashboard_url, config)
        _wait_until_ready(record, {application["name"] for application in config["applications"]})


def _wait_until_ready(record: Record, names: set[str]) -> None:
    deadline = time.monotonic() + _DEPLOY_SECONDS
    pause = threading.Event()
    while time.monotonic() < deadline:
        found = _applications(record)
        cause = serve_api.failure(found)
        if cause is not None:
            raise LauncherError(f"the bench's replicas did not start: {cause}")
        if names <= {a.name for a in found if a.is_ready} and all(a.is_ready for a in found):
            return
        pause.wait(_POLL_SECONDS)
    raise LauncherError(f"the bench's replicas are not HEALTHY within {_DEPLOY_SECONDS:.0f} s")


def _applications(record: Record) -> list[serve_api.Application]:
    """None while the dashboard is too busy to answer."""
    try:
        return serve_api.applications(record.ports.dashboard_url)
    except local_http.NoAnswerError:
        return []


def java_application(name: str, route: str, java_class: str, max_ongoing_requests: int) -> dict[str, Any]:
    """One replica of a Java class as an application of its own."""
    deployment = java_class.rpartition(".")[2]
    return {
        "name": name,
        "route_prefix": route,
        "import_path": "manymodels.application:build_single",
        "args": {"name": deployment, "java_class": java_class, "max_ongoing_requests": max_ongoing_requests},
        "deployments": [{"name": deployment, "ray_actor_options": {"num_cpus": 0.01}}],
    }


def pin_all(base_url: str, tenants: Mapping[str, str]) -> None:
    """Pins each tenant to its deployment. With a pin in every place nothing can be promoted any more."""
    answer = local_http.call("POST", f"{base_url}/update_dedicated_pool", {"mapping": dict(tenants)}, 40)
    if answer.status != 200:
        raise LauncherError(f"pinning was answered {answer.status}: {answer.text[:300]}")
    text = local_http.call("GET", f"{base_url}/deployment_map").text
    dedicated = json.loads(text).get("dedicated")
    if dedicated != dict(tenants):
        raise LauncherError(f"pinned were {dict(tenants)}, but dedicated is {dedicated}")


def python_proxy_port(record: Record) -> int:
    """Of Ray's own proxy, which is also what HAProxy falls back to."""
    return record.ports.http if record.ports.fallback is None else record.ports.fallback


def direct_port(record: Record) -> int:
    """Where the Dispatchers listen themselves."""
    if record.ports.direct is None:
        raise LauncherError("the Dispatchers do not listen themselves")
    return record.ports.direct
