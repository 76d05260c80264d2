"""Shared by all Python tests."""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
import served_demo
from served_demo import Served

from launcher import testing
from launcher.build import application_jar
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


@pytest.fixture(scope="session")
def served(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The demo: on the cluster at MM_BASE_URL, else in a process of its own, run from the jar."""
    if "MM_BASE_URL" in os.environ:
        registry = Path(os.environ.get("MM_INSTANCE_DIR", "")) / "models"
        yield Served(os.environ["MM_BASE_URL"], os.environ.get("MM_ADMIN_TOKEN", ""), registry)
        return
    project = Project(repository)
    if not project.jar.is_file():
        pytest.fail(f"{project.jar} is missing; `mvn package` makes it")
    with served_demo.in_one_process(project, tmp_path_factory.mktemp("served")) as found:
        yield found


@pytest.fixture(autouse=True)
def _jar_is_there_before_tests_that_need_it(
    request: pytest.FixtureRequest, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two builds at once spoil each other, and `./many-models test` has another one run beside these tests."""
    if any(request.node.get_closest_marker(mark) for mark in ("jar", "served", "cluster", "fresh", "operator")):
        return
    build = application_jar.build

    def checked(project: Project) -> None:
        if project.root == repository:
            pytest.fail("this test needs the jar: mark it so")
        build(project)

    monkeypatch.setattr(application_jar, "build", checked)
