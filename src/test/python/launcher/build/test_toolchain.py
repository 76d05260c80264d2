"""Finding JDK and Maven, and telling what is missing."""

from pathlib import Path

import pytest

from launcher.build import toolchain
from launcher.build.toolchain import Jdk, Maven
from launcher.errors import LauncherError
from launcher.project import Project


def fake_tool(folder: Path, name: str, output: str = "") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    tool = folder / name
    tool.write_text(f"#!/bin/sh\necho '{output}'\n")
    tool.chmod(0o755)
    return tool


@pytest.mark.parametrize(
    ("text", "major"),
    [
        ("javac 17.0.15\n", 17),
        ("javac 25\n", 25),
        ("NOTE: Picked up JDK_JAVA_OPTIONS: -Dx\njavac 21.0.1\n", 21),
        ("javac 1.8.0_402\n", 8),
        ("bash: no\n", None),
    ],
)
def test_major_version_of_a_jdk(text: str, major: int | None) -> None:
    assert toolchain.java_major(text) == major


def test_jdk_of_java_home_comes_first(tmp_path: Path) -> None:
    for name in ("java", "javac"):
        fake_tool(tmp_path / "jdk" / "bin", name, "javac 21.0.1")
    found = toolchain.find_jdk({"JAVA_HOME": str(tmp_path / "jdk"), "PATH": "/usr/bin"})
    assert found == Jdk(tmp_path / "jdk", 21)


def test_jdk_is_found_on_path_behind_links(tmp_path: Path) -> None:
    for name in ("java", "javac"):
        fake_tool(tmp_path / "jdk" / "bin", name, "javac 17.0.1")
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "javac").symlink_to(tmp_path / "jdk" / "bin" / "javac")
    assert toolchain.find_jdk({"PATH": str(tmp_path / "bin")}) == Jdk(tmp_path / "jdk", 17)


@pytest.mark.parametrize("java_home", [{}, {"JAVA_HOME": ""}])
def test_missing_jdk_is_told_with_how_to_get_it(tmp_path: Path, java_home: dict[str, str]) -> None:
    with pytest.raises(LauncherError, match=r"no JDK found.*apt-get install openjdk"):
        toolchain.find_jdk({"PATH": str(tmp_path), **java_home})


def test_java_home_without_compiler_is_told(tmp_path: Path) -> None:
    fake_tool(tmp_path / "bin", "java")
    with pytest.raises(LauncherError, match="has no bin/javac"):
        toolchain.find_jdk({"JAVA_HOME": str(tmp_path)})


def test_old_jdk_is_told(tmp_path: Path) -> None:
    for name in ("java", "javac"):
        fake_tool(tmp_path / "bin", name, "javac 11.0.2")
    with pytest.raises(LauncherError, match="is version 11, needed is 17"):
        toolchain.find_jdk({"JAVA_HOME": str(tmp_path)})


def test_missing_maven_is_told_with_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(LauncherError, match=r"mvn.*not on PATH.*apt-get install maven"):
        toolchain.find_maven({"PATH": str(tmp_path)})


def test_maven_gets_the_users_arguments_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MAVEN_ARGS", "-s 'my settings.xml' -o")
    maven = Maven(Path("/opt/mvn"), Jdk(Path("/opt/jdk"), 17), Project(tmp_path))
    assert maven.command(["-q", "package"]) == ["/opt/mvn", "-s", "my settings.xml", "-o", "-q", "package"]
    assert "MAVEN_ARGS" not in maven.environment()
    assert maven.environment()["JAVA_HOME"] == "/opt/jdk"


def test_warning_that_counts_as_error_is_told() -> None:
    log = """[INFO] x
[WARNING] not this one
[WARNING] /p/Metrics.java:[47,98] [LongDoubleConversion] may lose precision
[ERROR] COMPILATION ERROR :
[ERROR] warnings found and -Werror specified
[ERROR] -> [Help 1]"""
    expected = ["[WARNING] /p/Metrics.java:[47,98] [LongDoubleConversion] may lose precision"]
    assert toolchain.error_lines(log) == expected


def test_failed_build_is_told_by_its_own_error_lines(tmp_path: Path) -> None:
    output = "[INFO] x\n\x1b[1;31m[ERROR]\x1b[m Foo.java:[3] broken\n[ERROR] \n[INFO] y"
    executable = tmp_path / "mvn"
    executable.write_text(f"#!/bin/sh\ncat <<'END'\n{output}\nEND\nexit 1\n")
    executable.chmod(0o755)
    maven = Maven(executable, Jdk(tmp_path, 17), Project(tmp_path))
    with pytest.raises(LauncherError) as raised:
        maven.run(["package"], tmp_path / "build.log", "the build")
    assert str(raised.value) == f"the build failed; the whole log is {tmp_path}/build.log\n[ERROR] Foo.java:[3] broken"
