"""Ray's dashboard REST interface to Serve, which KubeRay uses as well."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher import local_http as http
from launcher.errors import LauncherError

_PATH = "/api/serve/applications/"
_PUT_SECONDS = 90.0
_REASON_LENGTH = 600
_STACK_FRAME = re.compile(r"^\s*(at [\w.$/<>]+\(|\.\.\. \d+ more|File \"|Traceback )")


@dataclass(frozen=True)
class Replica:
    replica_id: str
    state: str
    pid: int | None


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


def applications(dashboard_url: str, timeout_seconds: float = 10.0) -> list[Application]:
    """The deployed applications. Raises NoAnswerError when the dashboard is not there."""
    answer = http.call("GET", dashboard_url + _PATH, timeout_seconds=timeout_seconds)
    details = answer.json()
    if answer.status != 200 or not isinstance(details, dict):
        raise http.NoAnswerError(f"the dashboard answered {answer.status}: {reason(answer.text)}")
    return parse(details)


def parse(details: Mapping[str, Any]) -> list[Application]:
    return [_application(name, values) for name, values in (details.get("applications") or {}).items()]


def _application(name: str, values: Mapping[str, Any]) -> Application:
    deployments = tuple(
        Deployment(
            deployment,
            detail["status"],
            detail.get("message") or "",
            detail.get("target_num_replicas") or 0,
            tuple(Replica(r["replica_id"], r["state"], r.get("pid")) for r in detail.get("replicas") or ()),
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
            causes = [
                f"{d.name}: {reason(d.message)}"
                for d in application.deployments
                if d.status == "DEPLOY_FAILED" and d.message
            ]
            return "; ".join(causes) or reason(application.message)
    return None


def reason(message: str) -> str:
    """A message of Ray in one line: its first sentence and the last cause, without stack frames."""
    lines = [line.strip() for line in message.splitlines() if line.strip() and not _STACK_FRAME.match(line)]
    causes = [line for line in lines if line.startswith("Caused by:")]
    kept = [line for line in lines if not line.startswith("Caused by:")][:3] + causes[-1:]
    text = " ".join(kept)
    return text if len(text) <= _REASON_LENGTH else text[:_REASON_LENGTH] + " ..."
