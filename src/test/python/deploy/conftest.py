"""The resources of deploy/ as kustomize renders them, in the way that deploy/README.md shows."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendering import Rendering

from launcher import kubernetes_tools, testing
from launcher.kubernetes_tools import KubernetesTools
from launcher.project import Project

Resource = dict[str, Any]


@pytest.fixture(scope="session")
def tools(repository: Path) -> KubernetesTools:
    found = kubernetes_tools.of(Project(repository))
    if not found.are_there():
        reason = "no kubectl or no types of KubeRay; ./many-models test gets them"
        if os.environ.get(testing.REQUIRE_BACKENDS):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


@pytest.fixture(scope="session")
def rendered(
    repository: Path, tools: KubernetesTools, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """What `kubectl kustomize` makes of the example in the README with a size; no size: deploy/ alone."""
    return Rendering.of(repository, tools.kubectl, tmp_path_factory.mktemp("kustomize")).size


@pytest.fixture(scope="session", params=["", "small", "large"], ids=["as-it-is", "small", "large"])
def resources(request: pytest.FixtureRequest, rendered: Callable[[str], str]) -> list[Resource]:
    """All of them, in each size."""
    return list(yaml.safe_load_all(rendered(request.param)))


@pytest.fixture(scope="session")
def service(resources: list[Resource]) -> Resource:
    """The RayService."""
    found = [each for each in resources if each["kind"] == "RayService"]
    assert len(found) == 1
    return found[0]
