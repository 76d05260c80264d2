"""Which Java ./many-models takes."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from .conftest import Checkout, executable, java_home

SHIM = """#!/usr/bin/env bash
[[ $1 != -XshowSettings:properties ]] || printf '    java.home = %s\\n    java.io.tmpdir = /tmp\\n' "{home}" >&2
"""


def java_of(checkout: Checkout, **variables: str) -> str:
    """The JAVA_HOME that builds."""
    result = checkout.run("fleet", **variables)
    assert result.exit_code == 0, result.err
    return checkout.builds()[-1].split(" ")[0]


def complaint(checkout: Checkout, **variables: str) -> str:
    result = checkout.run("serve", **variables)
    assert (result.exit_code, result.out) == (1, "")
    assert result.err.count("\n") == 1
    return result.err.removeprefix("many-models: ")


def test_java_home_counts_before_path(checkout: Checkout, tmp_path: Path) -> None:
    home = java_home(tmp_path / "other", "21.0.1")
    assert java_of(checkout, JAVA_HOME=str(home)) == str(home)


def test_java_on_path_may_be_a_link(checkout: Checkout, tmp_path: Path) -> None:
    checkout.path.remove(tmp_path / "jdk" / "bin")
    (tmp_path / "tools" / "java").symlink_to("alternative")
    (tmp_path / "tools" / "alternative").symlink_to(tmp_path / "jdk" / "bin" / "java")
    assert java_of(checkout) == str(tmp_path / "jdk")


def test_java_on_path_may_be_a_script_that_chooses_one(checkout: Checkout, tmp_path: Path) -> None:
    executable(tmp_path / "shims" / "java", SHIM.format(home=tmp_path / "jdk"))
    checkout.path[0] = tmp_path / "shims"
    assert java_of(checkout) == str(tmp_path / "jdk")


def test_version_is_asked_for_when_no_file_tells_it(checkout: Checkout, tmp_path: Path) -> None:
    home = java_home(tmp_path / "other")
    (home / "release").unlink()
    executable(home / "bin" / "java", "#!/bin/sh\necho 'openjdk version \"11.0.2\" 2019-01-15' >&2\n")
    assert complaint(checkout, JAVA_HOME=str(home)).startswith(f"Java in {home} is version 11, needed is 17 or later.")


@pytest.mark.parametrize(("version", "told"), [("11.0.22", "11"), ("1.8.0_402", "8"), ("16", "16"), ("?", "unknown")])
def test_java_that_is_too_old_is_told(checkout: Checkout, tmp_path: Path, version: str, told: str) -> None:
    home = java_home(tmp_path / "jdk", version)
    expected = f"Java in {home} is version {told}, needed is 17 or later. Get a JDK 17 or later with: "
    assert complaint(checkout).startswith(expected)
    assert complaint(checkout, JAVA_HOME=str(home)).startswith(expected)


@pytest.mark.parametrize("version", ["17", "17.0.15", "21-ea", "25.0.3"])
def test_java_that_will_do(checkout: Checkout, tmp_path: Path, version: str) -> None:
    home = java_home(tmp_path / "jdk", version)
    assert java_of(checkout) == str(home)


def test_options_fit_the_version(checkout: Checkout, tmp_path: Path) -> None:
    newer = {"--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"}
    assert newer.isdisjoint(checkout.run("serve").words)
    java_home(tmp_path / "jdk", "25.0.3")
    assert newer.issubset(checkout.run("serve").words)


def test_no_java(checkout: Checkout, tmp_path: Path) -> None:
    shutil.rmtree(tmp_path / "jdk")
    assert complaint(checkout).startswith("Java is neither on PATH nor in JAVA_HOME. Get a JDK 17 or later with: ")
    # macOS has one that only says that there is none.
    executable(tmp_path / "jdk" / "bin" / "java", "#!/bin/sh\necho 'Unable to locate a Java Runtime.' >&2\nexit 1\n")
    assert complaint(checkout).startswith("Java is neither on PATH nor in JAVA_HOME.")
    assert complaint(checkout, JAVA_HOME="/nowhere").startswith("JAVA_HOME is /nowhere, which has no bin/java.")


def test_mac_os_tells_where_java_is(checkout: Checkout, tmp_path: Path) -> None:
    java_home(tmp_path / "jdk", "1.8.0_402")
    newer = java_home(tmp_path / "newer")
    tool = executable(tmp_path / "java_home", f'#!/bin/sh\n[ "$*" = "-v 17+" ] && echo "{newer}"\n')
    script = checkout.root / "src" / "main" / "shell" / "java.sh"
    text = script.read_text()
    assert "\njava_home_tool=/usr/libexec/java_home\n" in text
    script.write_text(text.replace("=/usr/libexec/java_home\n", f"={tool}\n"))
    assert java_of(checkout) == str(newer)


def test_a_jre_runs_what_is_built_and_builds_nothing(checkout: Checkout, tmp_path: Path) -> None:
    checkout.run("serve")
    jre = java_home(tmp_path / "jre", jdk=False)
    assert checkout.run("serve", JAVA_HOME=str(jre)).exit_code == 0
    checkout.jar.unlink()
    said = complaint(checkout, JAVA_HOME=str(jre))
    assert said.startswith(f"Java in {jre} has no compiler (bin/javac): building needs a JDK.")


def test_no_maven_is_told_only_when_it_is_needed(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "maven" / "mvn").rename(tmp_path / "mvn")
    said = complaint(checkout)
    assert said.startswith("Maven (mvn) is not on PATH, and builds target/many-models.jar. Get it with: ")
    (tmp_path / "mvn").rename(tmp_path / "maven" / "mvn")
    assert checkout.run("serve").exit_code == 0
    (tmp_path / "maven" / "mvn").unlink()
    assert checkout.run("serve").exit_code == 0
