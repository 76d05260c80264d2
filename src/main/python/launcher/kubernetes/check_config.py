"""`check-config`: what is wrong with a RayService, with file and line, before anything of it is applied.

Each part is judged by what will read it: the options of deployments by Ray's schema, names and numbers of deployments
by the application's builder, user_config by the Java records of the replicas. What only Kubernetes reads is checked for
Ray's version and for secrets.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.build import java_main
from launcher.cluster import environment, known_variables, serve_config
from launcher.errors import BadInputError, LauncherError
from launcher.kubernetes import pod_secrets
from launcher.kubernetes.yaml_lines import MAX_BYTES, Document, YamlError, documents, value_at
from launcher.kubernetes.yaml_lines import Path as KeyPath
from launcher.project import Project

_STDIN = "-"
_SERVE = ("spec", "serveConfigV2")
_VERSION = ("spec", "rayClusterConfig", "rayVersion")
_DEPLOYMENTS: KeyPath = ("applications", 0, "deployments")
# Roles, as manymodels.application names them, and what the command on the JVM calls them.
_HOT = "Deployment"
_SHARED_MEMORY = "SharedMemory"
_KINDS = {_HOT: "HOT", "Deploymentx": "OVERFLOW", _SHARED_MEMORY: "SHARED_MEMORY", "Dispatcher": "DISPATCHER"}
_KEY = re.compile(r"(?:key|keys) '([^'.\[]+)")
_SECONDS = 120
_SHOWN = 60


@dataclass(frozen=True, order=True)
class Complaint:
    """One thing that is wrong."""

    line: int
    reason: str


class ConfigRefusedError(BadInputError):
    """A configuration that must not be applied; the text has a line for each thing that is wrong."""

    def __init__(self, name: str, complaints: Sequence[Complaint]) -> None:
        found = sorted(set(complaints))
        lines = [f"{name}:{each.line}: {each.reason}" for each in found[:_SHOWN]]
        if len(found) > _SHOWN:
            lines.append(f"{name}: {len(found) - _SHOWN} more like these")
        super().__init__("\n".join(lines))


@dataclass(frozen=True)
class Source:
    """A file as it was read: what it is called, and its YAML documents."""

    name: str
    documents: Sequence[Document]


def read(file: Path) -> Source:
    """The documents of the file, of stdin where it is `-`. Raises BadInputError, with the line where it is not YAML."""
    if str(file) == _STDIN:
        return parse("stdin", sys.stdin.buffer.read(MAX_BYTES + 1))
    name = os.path.relpath(file) if file.is_relative_to(Path.cwd()) else str(file)
    try:
        with file.open("rb") as opened:
            return parse(name, opened.read(MAX_BYTES + 1))
    except OSError as error:
        raise BadInputError(f"{name}: {(error.strerror or 'cannot be read').lower()}") from error


def parse(name: str, content: bytes) -> Source:
    """The documents in the text. Raises ConfigRefusedError where it is not YAML, or too large."""
    try:
        if len(content) > MAX_BYTES:
            raise YamlError(1, f"larger than {MAX_BYTES >> 20} MiB")
        return Source(name, documents(content.decode()))
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ConfigRefusedError(name, [Complaint(line, "not UTF-8")]) from error
    except YamlError as error:
        raise ConfigRefusedError(name, [Complaint(error.line, error.reason)]) from error


def require(project: Project, source: Source) -> None:
    """Raises ConfigRefusedError that names each thing that is wrong. Builds the jar if its sources changed."""
    try:
        complaints = list(_complaints(project, source.documents))
    except YamlError as error:
        complaints = [Complaint(error.line, error.reason)]
    if complaints:
        raise ConfigRefusedError(source.name, complaints)


def _complaints(project: Project, found: Sequence[Document]) -> Iterator[Complaint]:
    if not services(found):
        yield Complaint(1, "there is no RayService in it (kind: RayService)")
    yield from _setting_complaints(found)
    for service in services(found):
        yield from _variable_complaints(service)
        yield from _version_complaints(service, project.ray_version())
        yield from (Complaint(service.line(path), reason) for path, reason in pod_secrets.complaints(service, found))
        serve = service.inner(_SERVE)
        if serve is None or not isinstance(serve.value, dict):
            yield Complaint(service.line(_SERVE), "spec.serveConfigV2 has to be a text with the YAML of a Serve config")
        else:
            yield from _serve_complaints(project, serve)


def _variable_complaints(service: Document) -> Iterator[Complaint]:
    for path, name in pod_secrets.variables(service):
        for unknown, nearest in known_variables.unknown({name: None}).items():
            yield Complaint(service.line(path), known_variables.complaint(unknown, nearest))


def services(found: Sequence[Document]) -> list[Document]:
    """The RayServices among the documents."""
    return [each for each in found if isinstance(each.value, dict) and each.value.get("kind") == "RayService"]


def _setting_complaints(found: Sequence[Document]) -> Iterator[Complaint]:
    for each in found:
        data = value_at(each.value, ("data",))
        if isinstance(data, dict) and each.value.get("kind") == "ConfigMap":
            try:
                known_variables.require_autoscaling({str(name): str(value) for name, value in data.items()})
            except BadInputError as error:
                named = [name for name in data if str(error).startswith(f"{name}:")]
                yield Complaint(each.line(["data", *named]), str(error))
            for name, nearest in known_variables.unknown(data).items():
                yield Complaint(each.line(["data", name]), known_variables.complaint(name, nearest))


def _version_complaints(service: Document, expected: str) -> Iterator[Complaint]:
    found = value_at(service.value, _VERSION)
    if found != expected:
        told = "is missing" if found is None else f"is {found!r}"
        yield Complaint(
            service.line(_VERSION), f"rayVersion {told}, but the bridge and the image are made for Ray {expected!r}"
        )


def _serve_complaints(project: Project, serve: Document) -> Iterator[Complaint]:
    try:
        text = json.dumps(serve.value, allow_nan=False)
    except (TypeError, ValueError) as error:
        yield Complaint(serve.line(), f"serveConfigV2 has a value that JSON has not: {error}")
        return
    judged = _ask_ray(project, text)
    for path, reason in judged["complaints"]:
        yield Complaint(serve.line(path), f"{_subject(serve, path)}{reason}")
    if judged["roles"]:
        yield from _deployment_complaints(project, serve, judged["roles"])


def _deployment_complaints(project: Project, serve: Document, roles: Mapping[str, str]) -> Iterator[Complaint]:
    listed = value_at(serve.value, _DEPLOYMENTS) or []
    names = [deployment["name"] for deployment in listed]
    hot = [name for name, role in roles.items() if role == _HOT]
    for i, name in enumerate(names):
        line = serve.line([*_DEPLOYMENTS, i])
        if name not in roles:
            yield Complaint(line, _unknown(name, roles, hot))
        elif name in names[:i]:
            yield Complaint(line, f"{name} is listed twice")
        elif roles[name] == _SHARED_MEMORY and (
            listed[i].get("num_replicas") not in (None, 1) or listed[i].get("autoscaling_config")
        ):
            yield Complaint(line, f"{name} has to have one replica: it is the only writer of the placement")
    missing = [name for name in hot if name not in names]
    if missing:
        at = serve.line(["applications", 0, "args", "hot_deployments"])
        yield Complaint(at, f"there are {len(hot)} hot deployments, but {shortened(missing)} are not listed")
    yield from _tenant_complaints(serve, listed, roles)
    yield from _user_config_complaints(project, serve, listed, roles)


def _unknown(name: str, roles: Mapping[str, str], hot: Sequence[str]) -> str:
    if re.fullmatch(rf"{_HOT}[1-9]\d*", name):
        return f"there is no {name}: hot_deployments is {len(hot)}, so they are {hot[0]} to {hot[-1]}"
    others = ", ".join(each for each in roles if each not in hot)
    return f"unknown deployment '{name}'; the application has {others} and {shortened(hot)}"


def _tenant_complaints(
    serve: Document, listed: Sequence[Mapping[str, Any]], roles: Mapping[str, str]
) -> Iterator[Complaint]:
    placed: dict[str, str] = {}
    for i, deployment in enumerate(listed):
        if roles.get(deployment["name"]) != _HOT:
            continue
        for path, tenant in serve_config.tenants(deployment):
            other = placed.setdefault(tenant, deployment["name"])
            if other != deployment["name"]:
                yield Complaint(
                    serve.line([*_DEPLOYMENTS, i, *path[:2]]),
                    f"{deployment['name']}: tenant '{tenant}' is placed in {other} already",
                )


def tenant_lines(source: Source) -> dict[str, int]:
    """The line on which each tenant is placed, of those that user_configs name."""
    lines: dict[str, int] = {}
    for service in services(source.documents):
        serve = service.inner(_SERVE)
        if serve is None:
            continue
        for i, deployment in enumerate(value_at(serve.value, _DEPLOYMENTS) or []):
            for path, tenant in serve_config.tenants(deployment):
                lines.setdefault(tenant, serve.line([*_DEPLOYMENTS, i, *path]))
    return lines


def _user_config_complaints(
    project: Project, serve: Document, listed: Sequence[Mapping[str, Any]], roles: Mapping[str, str]
) -> Iterator[Complaint]:
    places = {deployment["name"]: i for i, deployment in enumerate(listed) if deployment["name"] in roles}
    questions = [
        {"kind": _KINDS[roles[name]], "deployment": name, "user_config": json.dumps(listed[i]["user_config"])}
        for name, i in places.items()
        if listed[i].get("user_config") is not None
    ]
    for refusal in _ask_java(project, questions):
        name, reason = refusal["deployment"], refusal["reason"]
        key = _KEY.search(reason)
        path = [*_DEPLOYMENTS, places[name], "user_config", *([key.group(1)] if key else [])]
        yield Complaint(serve.line(path), f"{name}: user_config: {reason}")


def _subject(serve: Document, path: Sequence[str | int]) -> str:
    """The deployment and the option that a complaint of Ray is about, for those who do not look at the line."""
    words = [str(step) for step in path if isinstance(step, str) and step not in ("applications", "deployments")]
    if tuple(path[:3]) == _DEPLOYMENTS and len(path) > 3:
        deployment = value_at(serve.value, tuple(path[:4]))
        name = deployment.get("name") if isinstance(deployment, dict) else None
        words = [str(name or "a deployment"), *words]
    return f"{' '.join(words)}: " if words else ""


def _ask_ray(project: Project, config: str) -> Any:
    clean = environment.without_foreign(os.environ)
    result = subprocess.run(
        [str(project.python), "-s", "-P", "-m", "launcher.kubernetes.ray_schema"],
        input=config,
        env=clean | {"PYTHONPATH": str(project.python_sources)},
        capture_output=True,
        text=True,
        check=False,
        timeout=_SECONDS,
    )
    if result.returncode != 0:
        raise LauncherError(f"Ray's schema could not be asked: {(result.stderr.splitlines() or ['no output'])[-1]}")
    return json.loads(result.stdout)


def _ask_java(project: Project, questions: Sequence[Mapping[str, str]]) -> Any:
    if not questions:
        return []
    with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
        json.dump(questions, file)
        file.flush()
        return json.loads(java_main.output(project, "check-user-configs", [file.name], _SECONDS))


def shortened(names: Sequence[str]) -> str:
    """`a, b, c`, or `a, b .. z` of many."""
    return ", ".join(names) if len(names) <= 4 else f"{names[0]}, {names[1]} .. {names[-1]}"
