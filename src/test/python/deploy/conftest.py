"""The resources of deploy/ as kustomize renders them, in the way that deploy/README.md shows."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendering import Rendering

from launcher.kubernetes.kubernetes_tools import KubernetesTools

Resource = dict[str, Any]


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
