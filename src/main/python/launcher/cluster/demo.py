"""Where the demo's tenants start: deploy/demo/tenants.yaml, laid over the configuration that names none."""

from __future__ import annotations

import copy
from collections.abc import Container, Mapping
from typing import Any

import yaml

from launcher.cluster import serve_config
from launcher.errors import BadInputError
from launcher.project import Project

_KEYS = ("tenant", "tenants")


def places(project: Project) -> dict[str, str]:
    """The demo's tenant of each deployment."""
    found = yaml.safe_load(project.demo.read_text())
    if not isinstance(found, dict) or not all(isinstance(tenant, str) for tenant in found.values()):
        raise BadInputError(f"{project.demo}: expected lines of deployment: tenant")
    return found


def laid_over(config: Mapping[str, Any], places: Mapping[str, str], there: Container[str]) -> dict[str, Any]:
    """The serveConfigV2 in which deployments that name no tenant name the demo's.

    Left out are tenants that are not `there` (the registry has none of that name), and those that the configuration
    places itself.
    """
    placed = copy.deepcopy(dict(config))
    deployments = serve_config.deployments(placed)
    taken = {tenant for deployment in deployments for _, tenant in serve_config.tenants(deployment)}
    for deployment in deployments:
        tenant = places.get(deployment["name"])
        user_config = deployment.get("user_config") or {}
        if tenant is None or tenant in taken or tenant not in there or any(key in user_config for key in _KEYS):
            continue
        deployment["user_config"] = {"tenant": tenant, **user_config}
    return placed
