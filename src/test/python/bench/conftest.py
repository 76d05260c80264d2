"""What the tests of the clients share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launcher.build.toolchain import find_jdk
from launcher.project import Project
from measuring import java


@pytest.fixture(scope="session")
def classes(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> java.BenchClasses:
    compiled = java.BenchClasses(Project(tmp_path_factory.mktemp("bench")), find_jdk(os.environ))
    compiled.folder.mkdir(parents=True)
    sources = sorted((repository / "bench/src/java/io/manymodels/bench").glob("*.java"))
    java.compile_sources(compiled.jdk, sources, "", compiled.folder)
    return compiled
