"""`up`: from whatever is there to a healthy application."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from launcher import first_score, local_http
from launcher.build import application_jar, class_data, extra_jars, sources
from launcher.build.toolchain import find_jdk
from launcher.cluster import checks, demo, environment, known_variables, port_choice, ports, serve_api, serve_config
from launcher.cluster import registry as registries
from launcher.cluster.instance import DEFAULT_NAME, Deployed, Instance, Record
from launcher.cluster.ports import Ports
from launcher.cluster.ray_cluster import Cluster, Resources
from launcher.cluster.registry import Registry
from launcher.cluster.serve_api import Application
from launcher.console import progress, say, step, warn
from launcher.errors import LauncherError
from launcher.kubernetes import check_config

HAPROXY = "haproxy"
PYTHON = "python"
PROXIES = (HAPROXY, PYTHON)
"""The program that listens on the HTTP port. With HAPROXY, Serve's Python proxy is what it falls back to."""
_DEPLOY_SECONDS = 240.0
_DASHBOARD_SECONDS = 3.0
_POLL_SECONDS = 0.5


@dataclass(frozen=True)
class Request:
    """The request of the user. A port of None: as it runs already, else the usual one; 0: any free one.

    direct_port and grpc_port may be ports.CLOSED too: the Dispatchers do not listen there. `join` is called where Ray
    has been started and nothing is deployed yet, and starts further nodes. registry: a URI or the path of a folder;
    None: see registry.choose. jar: of another build, to start with instead of this one's. demo: whether the demo's
    tenants get their places whatever the registry is. proxy: one of PROXIES.
    """

    http_port: int | None = None
    dashboard_port: int | None = None
    gcs_port: int | None = None
    direct_port: int | ports.Closed | None = None
    keep: bool = False
    join: Callable[[Plan], None] | None = None
    registry: str | None = None
    demo: bool = False
    proxy: str = HAPROXY
    grpc_port: int | ports.Closed | None = None
    jar: Path | None = None


@dataclass(frozen=True)
class Plan:
    """The instance as it should run."""

    ports: Ports
    environment: Mapping[str, str]
    config: Mapping[str, Any]
    resources: Resources
    deployed: Deployed
    registry: Registry
    of_the_demo: bool
    state: Path


def up(instance: Instance, request: Request, user: Mapping[str, str]) -> Record:
    """Brings the instance up, doing only what is needed; returns where it can be reached."""
    with instance.locked():
        cluster = Cluster(instance)
        record = instance.read()
        running = record if record is not None and cluster.head() is not None else None
        for name, nearest in known_variables.unknown(user).items():
            warn(known_variables.complaint(name, nearest))
        known_variables.require_autoscaling(user)
        registry = provide_registry(instance, request, user)
        # Before the plan, which needs it to be YAML.
        written = check_config.read(instance.rayservice())
        plan = make_plan(instance, choose_ports(request, running, instance.name, user), user, request)
        if running is not None and may_stay(running, plan):
            if running.deployed == plan.deployed:
                _print_urls(instance, running, plan, "is up already")
                return running
            # If this fails, what ran before goes on.
            check_config.require(instance.project, written)
            running = _deploy(instance, running, plan)
        else:
            running = _start(cluster, plan, written, request)
        remember(instance, registry)
        _end(instance, running, plan, written)
        return running


def provide_registry(instance: Instance, request: Request, user: Mapping[str, str]) -> Registry:
    """The registry to serve, which is there: the default one is made of the demo's models at first."""
    registry = registries.choose(instance, request.registry, user)
    folder = registry.folder
    if folder == instance.project.registry:
        if registries.seed(instance.project):
            say(f"made {folder}, a copy of the demo's models")
    elif folder is not None and registry.chosen_by == registries.OPTION and folder.parent.is_dir():
        folder.mkdir(exist_ok=True)
    registries.require(registry)
    return registry


def remember(instance: Instance, registry: Registry) -> None:
    """Keeps the registry for the next command that names none."""
    instance.remember_registry(None if registries.is_own(instance, registry) else registry.uri)


def _end(instance: Instance, record: Record, plan: Plan, written: check_config.Source) -> None:
    """Checks the configured tenants against the registry, waits for the first models, and scores once."""
    named = first_score.named_tenants(plan.config)
    asked = [tenant for tenants in named.values() for tenant in tenants]
    with progress("asking the registry"):
        found = first_score.inspect(instance.project, plan.environment, asked)
    if found is not None:
        missing = [tenant for tenant in asked if tenant in found.missing]
        first_score.warn_of_missing(missing, written.name, check_config.tenant_lines(written))
        expected = [name for name, tenants in named.items() if not found.missing.issuperset(tenants)]
        first_score.wait_until_placed(instance, record, expected)
        first_score.score(instance, record, found, plan.of_the_demo)
    _print_urls(instance, record, plan, "is up")


def choose_ports(request: Request, running: Record | None, name: str, user: Mapping[str, str]) -> Ports:
    """The ports that were asked for, else those in use, else the usual ones (free ones beside the default instance)."""
    direct = _own_port(request.direct_port, user, environment.DIRECT_PORT)
    grpc = _own_port(request.grpc_port, user, environment.GRPC_PORT)
    haproxy = request.proxy == HAPROXY
    wanted = port_choice.Wanted(request.http_port, request.dashboard_port, request.gcs_port, direct, haproxy, grpc)
    return port_choice.choose(wanted, None if running is None else running.ports, name == DEFAULT_NAME)


def _own_port(asked: int | ports.Closed | None, user: Mapping[str, str], variable: str) -> int | ports.Closed | None:
    return environment.own_port(user, variable) if asked is None else asked


def make_plan(instance: Instance, chosen: Ports, user: Mapping[str, str], request: Request | None = None) -> Plan:
    request = request or Request()
    project = instance.project
    registry = registries.choose(instance, request.registry, user)
    own = registries.is_own(instance, registry)
    plain = project.plain()
    here = Instance(plain, instance.name)
    settings = environment.Settings(
        plain,
        find_jdk(user),
        registries.own(here) if own else registry.uri,
        here.state_for(None if own else registry.identity),
        here.node_cache,
        instance.ray_temp,
        chosen.dashboard_metrics,
        chosen.direct,
        chosen.fallback,
        class_data.options_file(plain),
        chosen.grpc,
    )
    env = environment.of_ray(settings, user)
    available = serve_config.capacity()
    written = serve_config.read(instance.rayservice())
    of_the_demo = own or request.demo
    if of_the_demo:
        written = demo.laid_over(written, demo.places(project), registries.tenants_in(registry))
    config = serve_config.local(written, chosen.http, available)
    resources = Resources(serve_config.ray_cpus(config, available), serve_config.ray_resources(config))
    cluster_part = dict(serve_config.cluster_part(config)) | {"resources": list(resources.custom)}
    cluster_digest = f"{environment.digest(env)} {serve_config.digest(cluster_part)}"
    code_digest = sources.digest(project.root, sources.CODE) + extra_jars.digest(extra_jars.named(user))
    deployed = Deployed(code_digest, cluster_digest, serve_config.digest(config))
    return Plan(chosen, env, config, resources, deployed, registry, of_the_demo, settings.state)


def may_stay(running: Record, plan: Plan) -> bool:
    """Whether the running Ray has loaded what the plan wants: then at most the application has to be deployed again."""
    if running.deployed is None or running.ports != plan.ports:
        return False
    if (running.deployed.code, running.deployed.environment) != (plan.deployed.code, plan.deployed.environment):
        return False
    try:
        found = serve_api.applications(running.ports.dashboard_url, _DASHBOARD_SECONDS)
    except local_http.NoAnswerError:
        return False
    # An application that is ill without having been changed is started anew.
    return running.deployed != plan.deployed or (bool(found) and all(application.is_ready for application in found))


def _start(cluster: Cluster, plan: Plan, written: check_config.Source, request: Request) -> Record:
    """Builds, ends what runs of an earlier version, starts Ray and deploys; nothing is left of it if that fails."""
    instance = cluster.instance
    record = instance.read()
    if request.proxy == HAPROXY:
        checks.haproxy()
    checks.disks(instance.project)
    checks.free_ports(new_ports(plan.ports, record.ports if record is not None and cluster.processes() else None))
    application_jar.build(instance.project)
    check_config.require(instance.project, written)
    if cluster.processes():
        with step("stopping what runs of an earlier version", "stopped the earlier version"):
            cluster.stop(drain=True)
    checks.memory(checks.available_memory())
    checks.free_ports(new_ports(plan.ports, None))
    application_jar.give_to_ray(instance.project, request.jar)
    extra_jars.give_to_ray(instance.project, extra_jars.named(plan.environment))
    class_data.prepare(instance.project.plain(), find_jdk(plan.environment), plan.environment)
    try:
        with step("starting Ray", "started Ray"):
            plan.state.mkdir(parents=True, exist_ok=True)
            record = cluster.start(Record(plan.ports), plan.resources, plan.environment)
            if request.join is not None:
                request.join(plan)
        return _deploy(instance, record, plan)
    except BaseException:
        if not request.keep:
            cluster.stop(drain=False)
        elif (left := instance.read()) is not None:
            # The next `up` starts anew instead of building on it.
            instance.write(left.with_deployed(None))
        raise


def new_ports(wanted: Ports, ours: Ports | None) -> dict[str, int]:
    """The ports, with the option that changes each, that the instance does not use already."""
    options = {"--http-port": wanted.http, "--dashboard-port": wanted.dashboard, "--gcs-port": wanted.gcs}
    if wanted.direct is not None:
        options[checks.DIRECT_OPTION] = wanted.direct
    if wanted.grpc is not None:
        options[checks.GRPC_OPTION] = wanted.grpc
    used = set() if ours is None else {ours.http, ours.dashboard, ours.gcs, ours.direct, ours.grpc}
    return {option: port for option, port in options.items() if port not in used}


def _deploy(instance: Instance, record: Record, plan: Plan) -> Record:
    url = record.ports.dashboard_url
    instance.write(record.with_deployed(replace(plan.deployed, application="")))
    before = max((application.deployed_at for application in serve_api.applications(url)), default=0.0)
    with step("deploying", "all deployments are HEALTHY"):
        serve_api.deploy(url, plan.config)
        _wait_until_ready(instance, url, before)
    record = record.with_deployed(plan.deployed)
    instance.write(record)
    return record


def _wait_until_ready(instance: Instance, url: str, deployed_before: float) -> None:
    deadline = time.monotonic() + _DEPLOY_SECONDS
    pause = threading.Event()
    with progress("deploying") as shown:
        while time.monotonic() < deadline:
            found = [a for a in serve_api.applications(url) if a.deployed_at > deployed_before]
            cause = serve_api.failure(found)
            if cause is not None:
                raise LauncherError(f"the deployment failed: {cause} (logs: {instance.session_logs})")
            if found and all(application.is_ready for application in found):
                return
            shown.text = describe(found)
            pause.wait(_POLL_SECONDS)
    unready = ", ".join(d.name for a in found for d in a.deployments if d.status != "HEALTHY") or "everything"
    raise LauncherError(f"not HEALTHY within {_DEPLOY_SECONDS:.0f} s: {unready} (logs: {instance.session_logs})")


def describe(found: Sequence[Application]) -> str:
    """The progress that a waiting user sees."""
    deployments = [deployment for application in found for deployment in application.deployments]
    if not deployments:
        return "deploying: building the application"
    running, target = sum(d.running for d in deployments), sum(d.target for d in deployments)
    return f"deploying: {running}/{target} replicas run"


def _print_urls(instance: Instance, record: Record, plan: Plan, state: str) -> None:
    say(f"Many Models Serving {state}")
    for line in where(instance, record.ports, plan.registry):
        say(f"  {line}")


def where(instance: Instance, used: Ports, registry: Registry) -> list[str]:
    """What the user may want to find, a line each."""
    direct = [f"direct     POST {used.direct_url}/score"] if used.direct is not None else []
    which = (
        ["           (use score; direct is faster, for clients that try again when a Dispatcher ends)"]
        if direct
        else []
    )
    return [
        f"score      POST {used.base_url}/score",
        *direct,
        *which,
        *([f"gRPC       {used.grpc_address}"] if used.grpc is not None else []),
        f"registry   {registry.folder or registry.uri}",
        f"dashboard  {used.dashboard_url}/#/serve",
        f"logs       {instance.session_logs}",
        f"stop       {instance.command('down')}",
    ]
