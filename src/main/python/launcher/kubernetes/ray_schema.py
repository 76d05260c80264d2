"""Judges a Serve configuration by Ray's own schema and by our application's builder.

JSON on stdin and stdout. A process of its own, because importing Ray takes longer than most commands of the launcher.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import ValidationError
from ray.serve.schema import DeploymentSchema, RayActorOptionsSchema, ServeApplicationSchema, ServeDeploySchema

from manymodels import application

BUILDER = "manymodels.application:build"
_ROLES = {java_class: role for role, java_class in application.JAVA_CLASSES.items()}


def judge(config: Any) -> dict[str, Any]:
    """`complaints`: pairs of the path that each is about, and the text. `roles`: those of the application's
    deployments, as application.JAVA_CLASSES names them; empty when it cannot be built."""
    found = list(_schema_complaints(config))
    roles: dict[str, str] = {}
    if not found:
        applications = config["applications"]
        if len(applications) != 1:
            found.append((["applications"], f"one application is expected, not {len(applications)}"))
        else:
            found += _application_complaints(applications[0], ["applications", 0], roles)
    return {"complaints": found, "roles": roles}


def _application_complaints(
    values: Mapping[str, Any], path: list[str | int], roles: dict[str, str]
) -> Iterator[tuple[list[str | int], str]]:
    if values.get("name") != application.APPLICATION:
        yield [*path, "name"], f"the application's name has to be {application.APPLICATION}"
    if values["import_path"] != BUILDER:
        yield [*path, "import_path"], f"import_path has to be {BUILDER}"
        return
    args = values.get("args") or {}
    try:
        root = application.build(args)
    except ValueError as error:
        named = [name for name in args if str(name) in str(error)]
        yield [*path, "args", *named[:1]], str(error)
        return
    roles.update(_roles(root))


def _roles(root: Any) -> dict[str, str]:
    deployment = root._bound_deployment
    roles = {deployment.name: _ROLES[deployment._replica_config.deployment_def_name]}
    for child in deployment.init_args:
        roles |= _roles(child)
    return roles


def _schema_complaints(config: Any) -> Iterator[tuple[list[str | int], str]]:
    try:
        ServeDeploySchema.model_validate(config)
    except ValidationError as error:
        for each in error.errors(include_url=False):
            yield list(each["loc"]), each["msg"].removeprefix("Value error, ")
        return
    # Ray drops keys that it does not know, so a misspelt option would silently have its default.
    yield from _unknown(config, ServeDeploySchema, [])
    for a, values in enumerate(config["applications"]):
        yield from _unknown(values, ServeApplicationSchema, ["applications", a])
        for d, deployment in enumerate(values.get("deployments") or []):
            path: list[str | int] = ["applications", a, "deployments", d]
            yield from _unknown(deployment, DeploymentSchema, path)
            options = deployment.get("ray_actor_options") or {}
            yield from _unknown(options, RayActorOptionsSchema, [*path, "ray_actor_options"])


def _unknown(values: Mapping[str, Any], schema: Any, path: list[str | int]) -> Iterator[tuple[list[str | int], str]]:
    for name in values:
        if name not in schema.model_fields:
            yield [*path, name], f"unknown key '{name}'; allowed: {', '.join(sorted(schema.model_fields))}"


if __name__ == "__main__":
    json.dump(judge(json.load(sys.stdin)), sys.stdout)
