"""Ray's dashboard REST interface to Serve, which KubeRay uses as well."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher import local_http as http
from launcher.errors import LauncherError

_PATH = "/api/serve/applications/"
_PUT_SECONDS = 90.0
_REASON_LENGTH = 600
_LINES_KEPT = 3
_BOILERPLATE = (
    " This may be due to a problem with its constructor or initial health check failing."
    " See controller logs for details. Error:"
)
_JAVA_WRAPPERS = ("io.ray.", "java.lang.reflect.InvocationTargetException")


@dataclass(frozen=True)
class Replica:
    replica_id: str
    state: str
    pid: int | None
    node_id: str | None = None


@dataclass(frozen=True)
class Deployment:
    name: str
    status: str
    message: str
    target: int
    replicas: tuple[Replica, ...]

    @property
    def running(self) -> int:
        return sum(1 for replica in self.replicas if replica.state == "RUNNING")


@dataclass(frozen=True)
class Application:
    name: str
    status: str
    message: str
    deployed_at: float
    deployments: tuple[Deployment, ...]

    @property
    def is_ready(self) -> bool:
        return (
            self.status == "RUNNING" and bool(self.deployments) and all(d.status == "HEALTHY" for d in self.deployments)
        )


def applications(dashboard_url: str, timeout_seconds: float = 30.0) -> list[Application]:
    """The deployed applications. Raises NoAnswerError when the dashboard is not there."""
    return parse(_details(dashboard_url, timeout_seconds))


def proxies(dashboard_url: str, timeout_seconds: float = 30.0) -> dict[str, str]:
    """The status of the HTTP proxy of each node, by the node's id. Raises NoAnswerError."""
    found = _details(dashboard_url, timeout_seconds).get("proxies") or {}
    return {node: str(each["status"]) for node, each in found.items()}


def _details(dashboard_url: str, timeout_seconds: float) -> dict[str, Any]:
    answer = http.call("GET", dashboard_url + _PATH, timeout_seconds=timeout_seconds)
    details = answer.json()
    if answer.status != 200 or not isinstance(details, dict):
        raise http.NoAnswerError(f"the dashboard answered {answer.status}: {reason(answer.text)}")
    return details


def parse(details: Mapping[str, Any]) -> list[Application]:
    return [_application(name, values) for name, values in (details.get("applications") or {}).items()]


def _replica(values: Mapping[str, Any]) -> Replica:
    return Replica(values["replica_id"], values["state"], values.get("pid"), values.get("node_id"))


def _application(name: str, values: Mapping[str, Any]) -> Application:
    deployments = tuple(
        Deployment(
            deployment,
            detail["status"],
            detail.get("message") or "",
            detail.get("target_num_replicas") or 0,
            tuple(_replica(replica) for replica in detail.get("replicas") or ()),
        )
        for deployment, detail in (values.get("deployments") or {}).items()
    )
    return Application(
        name, values["status"], values.get("message") or "", values.get("last_deployed_time_s") or 0, deployments
    )


def deploy(dashboard_url: str, config: Mapping[str, Any]) -> None:
    answer = http.call("PUT", dashboard_url + _PATH, config, _PUT_SECONDS)
    if answer.status != 200:
        raise LauncherError(f"Ray refused the configuration ({answer.status}): {reason(answer.text)}")


def delete(dashboard_url: str, timeout_seconds: float) -> None:
    """Takes all applications down, which lets their replicas finish what they are doing."""
    http.call("DELETE", dashboard_url + _PATH, timeout_seconds=timeout_seconds)


def failure(applications: Sequence[Application]) -> str | None:
    """Why the deployment will not succeed any more; None as long as it may."""
    for application in applications:
        if application.status == "DEPLOY_FAILED":
            names: dict[str, list[str]] = {}
            for deployment in application.deployments:
                if deployment.status == "DEPLOY_FAILED" and deployment.message:
                    names.setdefault(reason(deployment.message), []).append(deployment.name)
            causes = [f"{', '.join(which)}: {cause}" for cause, which in names.items()]
            return "; ".join(causes) or reason(application.message)
    return None


def reason(message: str) -> str:
    """A message of Ray in one line: how it begins and the exceptions behind it, without stack and Ray's wrappers."""
    lines = [line.rstrip() for line in message.replace(_BOILERPLATE, " ").splitlines() if line.strip()]
    begin, rest = " ".join(lines[:1]).strip(), lines[1:]
    causes = [line.removeprefix("Caused by: ") for line in rest if line.startswith("Caused by: ")]
    if causes:
        behind = [cause for cause in causes if not cause.startswith(_JAVA_WRAPPERS)] or causes[-1:]
    elif any(line.startswith("Traceback ") for line in rest):
        behind = [line for line in rest if not line.startswith((" ", "Traceback "))][-1:]
    else:
        behind = [line.strip() for line in rest if not line.lstrip().startswith("at ")][:_LINES_KEPT]
    text = " ".join([begin, "; ".join(behind)]).strip()
    return text if len(text) <= _REASON_LENGTH else text[:_REASON_LENGTH] + " ..."
