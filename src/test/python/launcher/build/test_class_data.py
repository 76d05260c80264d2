"""The archive of class data, made with the jars and the JDK of this machine."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from launcher.build import application_jar, class_data, shipped
from launcher.build.toolchain import Jdk, find_jdk
from launcher.project import Project

# What a user may have set, and the training must not see.
USER = {"JDK_JAVA_OPTIONS": "-Xunknown", "JAVA_TOOL_OPTIONS": "-Xunknown", "MANY_MODELS_REGISTRY": "gone:/nowhere"}
NOTE = "NOTE: Picked up JDK_JAVA_OPTIONS: "


@pytest.fixture(scope="session")
def jdk() -> Jdk:
    return find_jdk(os.environ)


def checkout(root: Path, repository: Path) -> Project:
    """With the jars that Ray's workers would have."""
    built = Project(repository)
    application_jar.build(built)
    project = Project(root)
    project.ray_jars.mkdir(parents=True)
    shutil.copyfile(built.jar, project.ray_jars / built.jar.name)
    (project.ray_jars / "ray_dist.jar").symlink_to(built.ray_jars / "ray_dist.jar")
    project.native_libraries.symlink_to(built.native_libraries)
    return project


@pytest.fixture(scope="session")
def prepared(repository: Path, jdk: Jdk, tmp_path_factory: pytest.TempPathFactory) -> Project:
    project = checkout(tmp_path_factory.mktemp("checkout"), repository)
    class_data.prepare(project, jdk, {**os.environ, **USER})
    return project


def start(project: Project, jdk: Jdk, *options: str) -> subprocess.CompletedProcess[str]:
    """As Ray starts a worker: in a folder of its own that is not empty, with the class path `jars/*:`."""
    folder = project.root / "session"
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    ours = shipped.shared_java_options(project, jdk)
    return subprocess.run(
        [jdk.java, *options, "-cp", f"{project.ray_jars}/*:", "io.manymodels.cli.Main", "models", "--help"],
        cwd=folder,
        env={"JDK_JAVA_OPTIONS": " ".join([*ours, f"@{class_data.options_file(project)}"])},
        capture_output=True,
        text=True,
        check=False,
    )


def shared_classes(project: Project, jdk: Jdk, log: Path) -> set[str]:
    """Those that a JVM takes out of an archive: the JDK's own, or ours."""
    result = start(project, jdk, f"-Xlog:class+load:file={log}")
    assert result.returncode == 0, result.stderr
    # Nothing about archives.
    assert [line for line in result.stderr.splitlines() if not line.startswith(NOTE)] == []
    assert result.stdout.startswith("Usage:")
    return set(re.findall(r"(\S+) source: shared objects file", log.read_text()))


def identity(project: Project) -> list[tuple[str, int]]:
    return sorted((file.name, file.stat().st_ino) for file in class_data.options_file(project).parent.iterdir())


def test_workers_map_it(prepared: Project, jdk: Jdk, tmp_path: Path) -> None:
    result = start(prepared, jdk, "-Xshare:on")
    assert result.returncode == 0, result.stdout + result.stderr
    assert "io.manymodels.cli.Main" in shared_classes(prepared, jdk, tmp_path / "log")


def test_nothing_else_is_left_of_the_training(prepared: Project) -> None:
    assert [name for name, _ in identity(prepared)] == ["classes.jsa", "options"]


def test_it_is_made_once(prepared: Project, jdk: Jdk) -> None:
    before = identity(prepared)
    class_data.prepare(prepared, jdk, os.environ)
    assert identity(prepared) == before


def test_jvms_go_without_one_of_another_jar_until_it_is_made_anew(
    repository: Path, prepared: Project, jdk: Jdk, tmp_path: Path
) -> None:
    project = checkout(tmp_path / "checkout", repository)
    shutil.copytree(class_data.options_file(prepared).parent, class_data.options_file(project).parent)
    options = class_data.options_file(project)
    options.write_text(options.read_text().replace(str(prepared.root), str(project.root)))
    assert shared_classes(project, jdk, tmp_path / "stale") == set()
    class_data.prepare(project, jdk, os.environ)
    assert "io.manymodels.cli.Main" in shared_classes(project, jdk, tmp_path / "fresh")


def test_a_failure_is_a_warning_and_jvms_start_with_the_jdks_own(
    repository: Path, jdk: Jdk, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project = checkout(tmp_path / "checkout", repository)
    jar = project.ray_jars / "many-models.jar"
    jar.rename(tmp_path / jar.name)
    class_data.prepare(project, jdk, os.environ)
    assert "warning: JVMs will start more slowly" in capsys.readouterr().err
    (tmp_path / jar.name).rename(jar)
    shared = shared_classes(project, jdk, tmp_path / "log")
    assert "java.lang.Object" in shared
    assert "io.manymodels.cli.Main" not in shared
