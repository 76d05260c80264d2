"""The Dockerfile: its linter, and its steps as far as they go without a daemon and without the base image.

COPY and RUN are carried out in a temporary folder in the order of the file; installing packages is not.
"""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import sys
import zipfile
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from dockerfile import copy, instructions
from linting import assert_nothing_found

from launcher.build import application_jar, shipped
from launcher.project import Project

HOME = "/opt/many-models"


@dataclass
class Image:
    """What the steps made."""

    root: Path
    jars: Path
    variables: dict[str, str] = field(default_factory=dict)
    user: str = ""
    base: str = ""
    packages: list[str] = field(default_factory=list)

    @property
    def home(self) -> Path:
        return self.root / HOME.lstrip("/")

    def here(self, text: str) -> str:
        return text.replace(HOME, str(self.home))

    def java(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """As Ray starts a worker: in a folder of its own, with the class path `jars/*:`."""
        folder = self.root / "session"
        folder.mkdir(exist_ok=True)
        return subprocess.run(
            ["java", "-cp", f"{self.jars}/*:", *arguments],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "JDK_JAVA_OPTIONS": self.here(self.variables["JDK_JAVA_OPTIONS"])},
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="session")
def image(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Image:
    project = Project(repository)
    application_jar.build(project)
    root = tmp_path_factory.mktemp("image")
    made = Image(root, root / "jars")
    made.jars.mkdir()
    (made.jars / "ray_dist.jar").symlink_to(project.ray_jars / "ray_dist.jar")
    bin_folder = root / "bin"
    bin_folder.mkdir()
    # The base image's python, whose Ray's jars are those of this test.
    (bin_folder / "python").write_text(f'#!/bin/sh\nexec {sys.executable} "$@" {made.jars}\n')
    (bin_folder / "python").chmod(0o755)
    for name, rest in instructions(repository / "deploy" / "Dockerfile"):
        carry_out(made, repository, bin_folder, name, rest)
    return made


def carry_out(made: Image, repository: Path, bin_folder: Path, name: str, rest: str) -> None:
    if name == "ENV":
        made.variables |= dict(word.split("=", 1) for word in shlex.split(rest))
    elif name == "COPY":
        *sources, target = shlex.split(rest)
        for source in sources:
            copy(repository / source, made.root / target.lstrip("/"), into=target.endswith("/"))
    elif name == "RUN" and "apt-get" in rest:
        made.packages += re.findall(r"--no-install-recommends ([a-z0-9 .-]+?) &&", rest)[0].split()
    elif name == "RUN":
        variables = {key: made.here(value) for key, value in made.variables.items()}
        path = f"{bin_folder}:{os.environ['PATH']}"
        result = subprocess.run(
            ["/bin/bash", "-o", "pipefail", "-c", made.here(rest)],
            env=variables | {"PATH": path},
            capture_output=True,
            text=True,
            check=False,
        )
        assert result.returncode == 0, result.stdout + result.stderr
    elif name == "USER":
        made.user = rest
    elif name == "ARG":
        made.base = rest
    else:
        assert name in ("FROM", "SHELL", "WORKDIR"), name


def test_linter_has_nothing_to_say(repository: Path) -> None:
    assert_nothing_found("hadolint", repository, "--no-color", "deploy/Dockerfile")


@pytest.mark.jar
def test_base_is_the_pinned_ray_and_can_be_named_by_digest(repository: Path, image: Image) -> None:
    version = Project(repository).ray_version()
    assert image.base == f"BASE=rayproject/ray:{version}-py311"
    assert ("FROM", "${BASE}") in instructions(repository / "deploy" / "Dockerfile")


@pytest.mark.jar
def test_image_has_the_variables_that_up_has(image: Image) -> None:
    assert image.variables.items() >= shipped.VARIABLES.items()


@pytest.mark.jar
def test_image_does_not_run_as_root(image: Image) -> None:
    assert image.user == "1000"


@pytest.mark.jar
def test_image_has_a_jre_and_no_compiler(image: Image) -> None:
    assert image.packages == ["ca-certificates", "openjdk-17-jre-headless"]


@pytest.mark.jar
def test_only_what_is_needed_stays(image: Image) -> None:
    assert {path.name for path in image.home.iterdir()} == {
        "classes.jsa",
        "image.options",
        "java.options",
        "native",
        "python",
    }
    assert {path.name for path in image.jars.iterdir()} == {"many-models.jar", "ray_dist.jar"}
    assert {path.name for path in (image.home / "native").iterdir()} >= {"libonnxruntime.so", "libonnxruntime4j_jni.so"}


@pytest.mark.jar
def test_jvms_of_the_image_have_the_options_that_up_gives(image: Image) -> None:
    options = (image.home / "image.options").read_text().splitlines()
    assert options[: len(shipped.JAVA_OPTIONS)] == list(shipped.JAVA_OPTIONS)
    result = image.java("-XX:+PrintFlagsFinal", "-version")
    assert re.search(r"MaxHeapSize\s*=\s*268435456", result.stdout), result.stderr


@pytest.mark.jar
def test_jvms_of_the_image_map_the_class_data_archive(image: Image, tmp_path: Path) -> None:
    loaded = tmp_path / "loaded"
    # On: the JVM ends when it cannot use the archive.
    options = ["-Xshare:on", f"-Xlog:class+load:file={loaded}"]
    result = image.java(*options, "io.manymodels.cli.Main", "models", "--help")
    assert result.returncode == 0, result.stdout + result.stderr
    lines = loaded.read_text().splitlines()
    shared = sum("shared objects file" in line for line in lines)
    assert shared > 0.9 * len(lines), (shared, len(lines))
    # Ours and Ray's, not only the JDK's: those are in every JVM's own archive.
    classes = archived(image, tmp_path)
    assert {"io.manymodels.json.UserConfigJson", "io.ray.runtime.RayNativeRuntime"} <= classes


def archived(image: Image, folder: Path) -> set[str]:
    """Classes that are taken from the archive when one of each jar is loaded."""
    log = folder / "archive"
    names = ["io.manymodels.json.UserConfigJson", "io.ray.runtime.RayNativeRuntime"]
    (folder / "Probe.java").write_text(
        "public class Probe { public static void main(String[] names) throws Exception {"
        " for (String name : names) Class.forName(name, false, ClassLoader.getSystemClassLoader()); } }"
    )
    subprocess.run(["javac", "-d", str(folder), str(folder / "Probe.java")], check=True)
    command = ["java", f"@{image.home / 'image.options'}", "-Xshare:on", f"-Xlog:class+load:file={log}"]
    command += ["-cp", f"{image.jars}/*:{folder}", "Probe", *names]
    subprocess.run(command, cwd=image.root / "session", check=True, capture_output=True)
    return set(re.findall(r"(\S+) source: shared objects file", log.read_text()))


@pytest.mark.jar
def test_another_ray_is_refused(repository: Path, image: Image, tmp_path: Path) -> None:
    result = subprocess.run(
        [sys.executable, str(repository / "deploy" / "install.py"), str(image.home), str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.strip() == f"there is no {tmp_path}/ray_dist.jar, which Ray's Java workers need"


def test_jar_that_was_built_without_ray_is_refused(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "ray_dist.jar").touch()
    with zipfile.ZipFile(tmp_path / "many-models.jar", "w") as jar:
        jar.writestr("io/manymodels/cli/Main.class", "")
    result = subprocess.run(
        [sys.executable, str(repository / "deploy" / "install.py"), str(tmp_path), str(tmp_path)],
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(repository / "src" / "main" / "python")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert result.returncode == 1
    assert result.stderr.startswith("many-models.jar was built without Ray: run ./many-models setup")
