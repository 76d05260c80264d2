"""The cluster that the tests here share."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from testbed import Testbed, running

from launcher import testing
from launcher.project import Project


@pytest.fixture(scope="session")
def testbed(repository: Path) -> Iterator[Testbed]:
    folder = os.environ.get(testing.SANDBOX)
    if folder is None:
        pytest.skip("needs namespaces of its own: ./many-models test --operator")
    with running(Project(repository), Path(folder)) as made:
        yield made
