"""Ray's jar as three Maven artifacts."""

import subprocess
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pytest

from launcher.build import ray_artifacts
from launcher.build.toolchain import Jdk, Maven
from launcher.project import Project

ENTRIES = {
    "META-INF/MANIFEST.MF": None,
    "META-INF/INDEX.LIST": None,
    "module-info.class": None,
    "io/ray/": None,
    "io/ray/api/Ray.class": "ray-api",
    "io/ray/serve/Serve.class": "ray-serve",
    "io/ray/runtime/RayNativeRuntime.class": "ray-runtime",
    "io/ray/shaded/com/google/Guava.class": "ray-runtime",
    "log4j2.xml": "ray-runtime",
    "META-INF/services/x": "ray-runtime",
}


@pytest.fixture
def project(tmp_path: Path) -> Project:
    here = Project(tmp_path / "project")
    here.ray_jars.mkdir(parents=True)
    (here.root / "requirements.txt").write_text("ray[serve]==9.8.7\n")
    with zipfile.ZipFile(here.ray_jars / "ray_dist.jar", "w") as jar:
        for entry in ENTRIES:
            jar.writestr(entry, entry)
    return here


@pytest.fixture
def maven(project: Project, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Maven:
    """A Maven that installs the three jars as the plugin would, and counts its runs."""
    repository = tmp_path / "repository"
    monkeypatch.setenv("MAVEN_ARGS", f"-Dmaven.repo.local={repository}")
    executable = tmp_path / "mvn"
    executable.write_text(
        f"""#!/bin/sh
        echo run >> {tmp_path}/runs
        for name in ray-api ray-runtime ray-serve; do
            mkdir -p {repository}/io/ray/$name/9.8.7
            cp {project.runtime}/ray-artifacts/$name.jar {repository}/io/ray/$name/9.8.7/$name-9.8.7.jar || exit 1
        done
        """
    )
    executable.chmod(0o755)
    return Maven(executable, Jdk(tmp_path, 17), project)


@pytest.mark.parametrize(("entry", "artifact"), ENTRIES.items())
def test_entry_belongs_to_one_artifact(entry: str, artifact: str | None) -> None:
    assert ray_artifacts.artifact_of(entry) == artifact


def test_no_class_is_in_two_artifacts(project: Project, tmp_path: Path) -> None:
    ray_artifacts.split(project.ray_jars / "ray_dist.jar", tmp_path)
    found: list[str] = []
    for artifact in ray_artifacts.ARTIFACTS:
        with zipfile.ZipFile(tmp_path / f"{artifact}.jar") as jar:
            found += [name for name in jar.namelist() if name != "META-INF/MANIFEST.MF"]
    assert sorted(found) == sorted(entry for entry, artifact in ENTRIES.items() if artifact)


def test_artifacts_are_installed_once(project: Project, maven: Maven, tmp_path: Path) -> None:
    assert ray_artifacts.install(project, maven)
    assert not ray_artifacts.install(project, maven)
    assert (tmp_path / "runs").read_text().count("run") == 1
    assert (project.root / ".mvn" / "maven.config").read_text() == "-Dray.version=9.8.7\n"


def test_artifacts_are_installed_again_when_the_repository_lost_them(
    project: Project, maven: Maven, tmp_path: Path
) -> None:
    ray_artifacts.install(project, maven)
    (tmp_path / "repository/io/ray/ray-api/9.8.7/ray-api-9.8.7.jar").unlink()
    assert ray_artifacts.install(project, maven)


def test_serve_depends_on_the_others() -> None:
    pom = ElementTree.fromstring(ray_artifacts.pom("ray-serve", "9.8.7"))
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    dependencies = [d.findtext("m:artifactId", "", space) for d in pom.iterfind("m:dependencies/m:dependency", space)]
    assert dependencies == ["ray-api", "ray-runtime"]


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"MAVEN_ARGS": "-o -Dmaven.repo.local=/a"}, "/a"),
        ({"MAVEN_OPTS": "-Dmaven.repo.local=/b"}, "/b"),
        ({"MAVEN_OPTS": "-Dmaven.repo.local=/b", "MAVEN_ARGS": "-Dmaven.repo.local=/a"}, "/a"),
        ({}, "/configured/by/settings"),
    ],
)
def test_local_repository(
    environment: dict[str, str], expected: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / ".m2").mkdir()
    (tmp_path / ".m2" / "settings.xml").write_text(
        '<settings xmlns="http://maven.apache.org/SETTINGS/1.2.0">'
        "<localRepository>/configured/by/settings</localRepository></settings>"
    )
    assert ray_artifacts.local_repository(environment) == Path(expected)


def test_version_of_the_generated_config_is_not_committed(repository: Path) -> None:
    ignored = subprocess.run(
        ["git", "check-ignore", "-q", ".mvn/maven.config"], cwd=repository, check=False, capture_output=True
    )
    assert ignored.returncode in (0, 128)  # 128: not a git checkout
