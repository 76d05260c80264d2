"""Shared by all Python tests."""

import os
from pathlib import Path

import pytest

from launcher import testing
from launcher.kubernetes import kubernetes_tools
from launcher.kubernetes.kubernetes_tools import KubernetesTools
from launcher.project import Project


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of the source tree."""
    return Path(__file__).resolve().parents[3]


@pytest.fixture(scope="session")
def tools(repository: Path) -> KubernetesTools:
    found = kubernetes_tools.of(Project(repository))
    if not found.are_there():
        reason = "no kubectl or no types of KubeRay; ./many-models test gets them"
        if os.environ.get(testing.REQUIRE_BACKENDS):
            pytest.fail(reason)
        pytest.skip(reason)
    return found
