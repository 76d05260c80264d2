from __future__ import annotations

import os
from pathlib import Path

import pytest

from launcher import testing
from launcher.build import promtool as prometheus_tools
from launcher.project import Project


@pytest.fixture(scope="session")
def monitoring(repository: Path) -> Path:
    """The folder deploy/monitoring."""
    return repository / "deploy" / "monitoring"


@pytest.fixture(scope="session")
def promtool(repository: Path) -> Path:
    return _there(prometheus_tools.of(Project(repository)))


@pytest.fixture(scope="session")
def prometheus(repository: Path) -> Path:
    """The server's executable."""
    return _there(prometheus_tools.server(Project(repository)))


def _there(executable: Path) -> Path:
    if not os.access(executable, os.X_OK):
        reason = f"no {executable.name}; ./many-models test gets it"
        if os.environ.get(testing.REQUIRE_BACKENDS):
            pytest.fail(reason)
        pytest.skip(reason)
    return executable
