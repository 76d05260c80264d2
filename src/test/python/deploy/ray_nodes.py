"""A Ray cluster of several nodes on this machine, as KubeRay runs it: with a token, nodes that come and go, and the
REST calls of the operator."""

from __future__ import annotations

import contextlib
import http.client
import json
import os
import secrets
import signal
import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import psutil
import waiting

from launcher.build import application_jar
from launcher.build.toolchain import find_jdk
from launcher.cluster import environment, ports, processes, registry
from launcher.cluster.instance import Instance, Record
from launcher.cluster.nodes import Joining, Member, Node
from launcher.cluster.ports import LOOPBACK, Ports
from launcher.cluster.ray_cluster import OBJECT_STORE_BYTES, Cluster, Resources
from launcher.project import Project

_MAX_WAIT_SECONDS = 120.0
_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Response:
    status: int
    text: str
    headers: Mapping[str, str] = field(default_factory=dict)

    def json(self) -> Any:
        return json.loads(self.text)


def call(
    method: str, url: str, body: Any = None, headers: Mapping[str, str] | None = None, seconds: float = 20
) -> Response:
    """An error status is an answer; nobody there is an OSError."""
    data = None if body is None else json.dumps(body, sort_keys=True).encode()
    made = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data=data, method=method, headers=made)
    try:
        with _direct.open(request, timeout=seconds) as answer:
            return Response(answer.status, answer.read().decode(), dict(answer.headers))
    except urllib.error.HTTPError as error:
        with error:
            return Response(error.code, error.read().decode(), dict(error.headers))


def await_that(what: str, condition: Callable[[], Any], seconds: float = _MAX_WAIT_SECONDS) -> Any:
    """As `waiting.await_that`, for as long as a cluster may take."""
    return waiting.await_that(what, condition, seconds)


@dataclass(frozen=True)
class Operator:
    """What KubeRay 1.6.2 asks the dashboard for (rayservice_controller.go, dashboard_httpclient.go)."""

    dashboard_url: str
    token: str

    def _call(self, method: str, path: str, body: Any = None) -> Response:
        headers = {"User-Agent": "kuberay-operator/v1.6.2", "x-ray-authorization": f"Bearer {self.token}"}
        return call(method, f"{self.dashboard_url}{path}", body, headers, seconds=60)

    def applications(self) -> dict[str, Any]:
        answer = self._call("GET", "/api/serve/applications/?api_type=declarative")
        assert answer.status == 200, answer
        found: dict[str, Any] = answer.json()["applications"]
        return found

    def apply(self, config: Mapping[str, Any]) -> None:
        answer = self._call("PUT", "/api/serve/applications/", config)
        assert answer.status == 200, answer

    def is_ready(self) -> bool:
        """At least one application, and all of them RUNNING: deployments are not looked at."""
        found = self.applications()
        return bool(found) and all(each["status"] == "RUNNING" for each in found.values())

    def details(self) -> Any:
        return self._call("GET", "/api/serve/applications/").json()

    def replicas(self, application: str) -> dict[str, dict[int, str]]:
        """Process and node of each running replica, by deployment."""
        deployments = self.applications()[application]["deployments"]
        return {
            name: {r["pid"]: r["node_id"] for r in each["replicas"] if r["state"] == "RUNNING"}
            for name, each in deployments.items()
        }

    def scale(self, application: str, deployment: str, replicas: int) -> Response:
        path = f"/api/v1/applications/{application}/deployments/{deployment}/scale"
        return self._call("POST", path, {"target_num_replicas": replicas})


@dataclass
class Nodes:
    """The cluster. The head is a node as well."""

    instance: Instance
    used: Ports
    token: str
    resources: Resources
    environment: dict[str, str]

    @property
    def operator(self) -> Operator:
        return Operator(self.used.dashboard_url, self.token)

    def start_head(self) -> None:
        options = {
            "--port": self.used.gcs,
            "--dashboard-host": LOOPBACK,
            "--dashboard-port": self.used.dashboard,
            "--dashboard-agent-listen-port": self.used.agent,
            "--ray-client-server-port": self.used.client,
            "--metrics-export-port": self.used.metrics,
            "--temp-dir": self.instance.ray_temp,
            "--include-log-monitor": "false",
            "--num-cpus": self.resources.cpus,
            "--resources": json.dumps(dict(self.resources.custom)),
            "--object-store-memory": OBJECT_STORE_BYTES,
        }
        command = [str(self.instance.project.python), "-m", "ray.scripts.scripts", "start", "--head", "--block"]
        command += ["--no-monitor", "--disable-usage-stats", *(f"{key}={value}" for key, value in options.items())]
        with self.instance.head_log.open("w") as log:
            head = subprocess.Popen(
                command,
                env=self.environment,
                cwd=self.instance.ray_temp,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        self.instance.write(Record(self.used, head.pid))
        await_that(
            "the dashboard answers", lambda: call("GET", f"{self.used.dashboard_url}/api/gcs_healthz").status == 200
        )

    @property
    def joining(self) -> Joining:
        return Joining(self.instance, self.used, self.resources, self.environment, self.token)

    def start_node(self, name: str) -> Node:
        return self.joining.start(name)

    def node_ids(self) -> set[str]:
        """The ids of the nodes that the GCS counts as alive."""
        return {each.node_id for each in self._members()}

    def head_id(self) -> str:
        (head,) = [each.node_id for each in self._members() if each.is_head]
        return head

    def _members(self) -> list[Member]:
        found = self.joining.members()
        # A node that nobody tells of is not lost for that.
        assert found, "the dashboard does not tell of the nodes"
        return found

    def proxies(self) -> dict[str, str]:
        """The status of the HTTP proxy of each node."""
        return {node: each["status"] for node, each in (self.operator.details().get("proxies") or {}).items()}

    def proxy_that_answers(self) -> int:
        """The process of the proxy that a new connection comes to: proxies of one machine share their port."""
        candidates = [
            each
            for each in psutil.process_iter(["name", "cmdline"])
            if "ProxyActor" in " ".join(each.info["cmdline"] or [])
        ]
        connection = http.client.HTTPConnection(LOOPBACK, self.used.http, timeout=10)
        try:
            connection.request("GET", "/-/healthz")
            answer = connection.getresponse()
            assert (answer.status, answer.read()) == (200, b"success")
            port = connection.sock.getsockname()[1]
            for each in candidates:
                with contextlib.suppress(psutil.Error):
                    if any(c.raddr and c.raddr.port == port for c in each.net_connections("tcp")):
                        return each.pid
        finally:
            connection.close()
        raise AssertionError("no proxy has the connection")

    def kill(self, node: Node) -> None:
        """Ends everything of the node at once, as when a machine is lost."""
        processes.send(node.processes(), signal.SIGKILL)
        node.ray.wait(30)


@contextlib.contextmanager
def started(
    project: Project, name: str, cpus: int, resources: Mapping[str, float], settings_of_ours: Mapping[str, str]
) -> Iterator[Nodes]:
    """A head, with variables for the application, whose jar is given to Ray. All of it is gone afterwards."""
    instance = Instance(project, name)
    with instance.locked():
        Cluster(instance).stop(drain=False)
    instance.forget()
    for folder in (instance.ray_temp, environment.java_temp(instance.ray_temp), instance.state):
        folder.mkdir(parents=True)
    application_jar.build(project)
    application_jar.give_to_ray(project)
    used = ports.complete(0, 0, 0)
    settings = environment.Settings(
        project,
        find_jdk(os.environ),
        registry.uri_of(str(project.models)),
        instance.state,
        instance.node_cache,
        instance.ray_temp,
        used.dashboard_metrics,
    )
    token = secrets.token_hex(32)
    # `up` keeps Ray on one machine with RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER.
    several = {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": token, "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER": "1"}
    variables = environment.of_ray(settings, {k: v for k, v in os.environ.items() if not k.startswith("MANY_MODELS_")})
    nodes = Nodes(instance, used, token, Resources(cpus, resources), variables | several | dict(settings_of_ours))
    try:
        nodes.start_head()
        yield nodes
    finally:
        with instance.locked():
            left = Cluster(instance).stop(drain=False)
            assert processes.wait_until_gone(left, 10) == []
        instance.empty_node_cache()
        instance.forget()
