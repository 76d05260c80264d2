"""The end of `up`: what the registry has of what is configured, and one request. Nothing here makes `up` fail."""

from __future__ import annotations

import json
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher import local_http, scoring
from launcher.build import java_main
from launcher.cluster import serve_config
from launcher.cluster.instance import Instance, Record
from launcher.console import progress, say, warn
from launcher.errors import LauncherError
from launcher.folding import ranges
from launcher.project import Project

_INSPECT_SECONDS = 120.0
_PLACED_SECONDS = 30.0
_POLL_SECONDS = 0.5
_SHOWN = 10
_HOT = "Deployment"
_OVERFLOW = "Deploymentx"
# An iris flower, which the demo's models take.
_IRIS = (5.1, 3.5, 1.4, 0.2)
_MAX_SHOWN = 120


@dataclass(frozen=True)
class Inspection:
    """The content of a registry: the answer of the command inspect-registry.

    missing: the tenants asked for that it does not have. sample: a tenant whose model loads, and rows for it in one of
    the forms of POST /score. broken: tenants whose model does not load, with the reason.
    """

    tenants: int
    missing: frozenset[str]
    sample: tuple[str, Mapping[str, Any]] | None
    broken: tuple[tuple[str, str], ...]

    @staticmethod
    def of(answer: Mapping[str, Any]) -> Inspection:
        sample = answer.get("sample")
        return Inspection(
            answer["tenants"],
            frozenset(answer["missing"]),
            None if sample is None else (sample["tenant"], sample["rows"]),
            tuple((each["tenant"], each["reason"]) for each in answer["broken"]),
        )


def inspect(project: Project, environment: Mapping[str, str], asked: Sequence[str]) -> Inspection | None:
    """Asks the registry of the environment, on a JVM; None, and a warning, when it does not answer."""
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            json.dump(list(asked), file)
            file.flush()
            command = "inspect-registry"
            answer = java_main.output(project, command, [file.name], _INSPECT_SECONDS, environment)
        return Inspection.of(json.loads(answer))
    except (LauncherError, ValueError) as error:
        warn(f"cannot list the registry: {str(error).removeprefix('many-models: ')}")
        return None


def named_tenants(config: Mapping[str, Any]) -> dict[str, list[str]]:
    """The tenants that the user_config of each hot deployment names."""
    named = {
        each["name"]: [tenant for _, tenant in serve_config.tenants(each)] for each in serve_config.deployments(config)
    }
    return {name: tenants for name, tenants in named.items() if name.startswith(_HOT) and name != _OVERFLOW and tenants}


def warn_of_missing(missing: Sequence[str], file: str, lines: Mapping[str, int]) -> None:
    """Says where each tenant that the registry does not have is named."""
    for tenant in missing[:_SHOWN]:
        at = f"{file}:{lines[tenant]}" if tenant in lines else file
        warn(f"{at}: tenant '{tenant}' has no model in the registry; publish one, or take it out")
    if len(missing) > _SHOWN:
        warn(f"{file}: {len(missing) - _SHOWN} more tenants without a model")


def wait_until_placed(instance: Instance, record: Record, expected: Sequence[str]) -> None:
    """Waits until each of these deployments has a tenant; the application answers before that, only slower."""
    deadline = time.monotonic() + _PLACED_SECONDS
    pause = threading.Event()
    bare = list(expected)
    with progress("waiting until the first models are loaded"):
        while bare and time.monotonic() < deadline:
            try:
                answer = local_http.call("GET", f"{record.ports.base_url}/deployment_map", timeout_seconds=5)
                occupied = occupied_deployments(answer.json()) if answer.status == 200 else set()
            except local_http.NoAnswerError:
                occupied = set()
            bare = [name for name in expected if name.lower() not in occupied]
            if bare:
                pause.wait(_POLL_SECONDS)
    if bare:
        look = f"{instance.command('explain')} and {instance.command('logs')}"
        warn(f"after {_PLACED_SECONDS:.0f} s no tenant is in {ranges(bare)}; see {look}")


def occupied_deployments(deployment_map: Any) -> set[str]:
    """The deployments that have a tenant, in lower case, from the answer of GET /deployment_map."""
    if not isinstance(deployment_map, dict):
        return set()
    inner = deployment_map.get("deployment_map", deployment_map)
    return {name.lower() for name in inner.values() if isinstance(name, str)} if isinstance(inner, dict) else set()


def score(instance: Instance, record: Record, found: Inspection, of_the_demo: bool) -> None:
    """Scores the sample once and says what came, or how to score, or what to publish."""
    for tenant, reason in found.broken:
        warn(f"the model of tenant '{tenant}' does not load: {reason}")
    if found.tenants == 0:
        publish = instance.command("models publish TENANT FILE")
        say(f"the registry is empty; publish a model with {publish}")
        return
    if found.sample is None:
        warn(f"no model in the registry loads; score with {instance.command('score TENANT ROWS')}")
        return
    tenant, rows = found.sample
    if of_the_demo and rows.get("data") == [[0.0] * len(_IRIS)]:
        rows = {"data": [list(_IRIS)]}
    try:
        answer = scoring.score(record.ports.base_url, tenant, rows)
    except LauncherError as error:
        warn(f"{error}; score with {instance.command('score TENANT ROWS')}")
        return
    shown = json.dumps(rows["data"] if set(rows) == {"data"} else rows, ensure_ascii=False)
    shown = shown if len(shown) <= _MAX_SHOWN else shown[:_MAX_SHOWN] + "..."
    say(f"scored {tenant} {shown}: prediction {answer.get('prediction')} by {answer.get('deployment')}")
