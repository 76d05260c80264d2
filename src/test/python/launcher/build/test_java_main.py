"""Handing over to a command on the JVM."""

import os
import zipfile
from pathlib import Path

import pytest

from launcher.build import java_main, shipped
from launcher.build.toolchain import Jdk
from launcher.console import console, on_stderr, say, step
from launcher.project import Project


class ReplacedError(Exception):
    """Stands for the process image that execve would put in place of this one."""


def test_arguments_are_passed_as_they_are() -> None:
    arguments = ["--trace", "my file.csv", "--policy=lru", "--", ""]
    line = java_main.java_command(
        Path("/jdk/java"), [Path("/p/many-models.jar"), Path("/r/ray.jar")], "simulate", arguments, {}
    )
    assert line[0] == "/jdk/java"
    assert line[-len(arguments) - 4 :] == [
        "-cp",
        "/p/many-models.jar:/r/ray.jar",
        "io.manymodels.cli.Main",
        "simulate",
        *arguments,
    ]


def test_options_of_the_user_come_after_ours_and_before_the_class() -> None:
    user = {"MANY_MODELS_JAVA_OPTIONS": "-Xmx8g -XX:+UseParallelGC"}
    line = java_main.java_command(Path("java"), [Path("a.jar")], "simulate", [], user)
    assert line[line.index("-cp") - 2 : line.index("-cp")] == ["-Xmx8g", "-XX:+UseParallelGC"]


def test_classes_are_those_that_a_replica_has() -> None:
    project = Project(Path("/p"))
    assert java_main.class_path(project) == [project.jar, project.ray_jars / "ray_dist.jar"]


def test_loaders_of_other_formats_are_there_to_check_what_is_published(tmp_path: Path) -> None:
    jar = tmp_path / "loader.jar"
    with zipfile.ZipFile(jar, "w"):
        pass
    user = {"MANY_MODELS_EXTRA_JARS": str(jar)}
    assert java_main.with_extra_jars([Path("a.jar")], user) == [Path("a.jar"), jar]
    assert java_main.with_extra_jars([Path("a.jar")], {}) == [Path("a.jar")]


def test_native_libraries_are_used_where_they_are_unpacked(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert java_main.native_libraries(project) == []
    project.native_libraries.mkdir(parents=True)
    assert java_main.native_libraries(project) == [f"-Donnxruntime.native.path={project.native_libraries}"]


def test_nothing_in_the_environment_makes_the_jvm_talk() -> None:
    user = {"JDK_JAVA_OPTIONS": "-X", "JAVA_TOOL_OPTIONS": "-X", "_JAVA_OPTIONS": "-X", "CLASSPATH": "/x", "HOME": "/h"}
    assert java_main.java_environment(user) == {"HOME": "/h"} | shipped.JVM_VARIABLES


@pytest.mark.parametrize("current", [True, False])
def test_jar_is_built_when_needed_with_progress_on_stderr(
    current: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    built: list[Project] = []
    replaced: list[list[str]] = []
    environments: list[dict[str, str]] = []

    def build(project: Project) -> None:
        with step("building", "built"):
            built.append(project)

    def execve(_path: Path, line: list[str], environment: dict[str, str]) -> None:
        replaced.append(line)
        environments.append(environment)
        raise ReplacedError

    monkeypatch.setattr(java_main.application_jar, "is_current", lambda _project: current)
    monkeypatch.setattr(java_main.application_jar, "build", build)
    monkeypatch.setattr(java_main, "find_jdk", lambda _environment: Jdk(tmp_path, 17))
    monkeypatch.setattr(os, "execve", execve)
    monkeypatch.setenv("MANY_MODELS_REGISTRY", "by the user")
    monkeypatch.setenv("MANY_MODELS_WARM", " ")
    defaults = {"MANY_MODELS_REGISTRY": "by us", "MANY_MODELS_STATE": "by us", "MANY_MODELS_WARM": "by us"}
    with pytest.raises(ReplacedError):
        java_main.run(Project(tmp_path), "simulate", ["--help"], defaults)
    assert environments[0]["MANY_MODELS_REGISTRY"] == "by the user"
    assert environments[0]["MANY_MODELS_STATE"] == "by us"
    assert environments[0]["MANY_MODELS_WARM"] == "by us"
    assert len(built) == (0 if current else 1)
    assert replaced[0][-2:] == ["simulate", "--help"]
    shown = capsys.readouterr()
    assert shown.out == ""
    assert ("building" in shown.err) is not current


def test_stdout_is_back_after_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ReplacedError), on_stderr():
        raise ReplacedError
    say("hello")
    assert capsys.readouterr().out == "hello\n"
    assert not console.stderr


@pytest.mark.parametrize("user", [{}, {"LC_ALL": "C"}, {"LANG": "de_DE.ISO-8859-1"}])
def test_every_jvm_has_a_utf_8_locale(user: dict[str, str]) -> None:
    assert java_main.java_environment(user)["LC_ALL"] == "C.UTF-8"
