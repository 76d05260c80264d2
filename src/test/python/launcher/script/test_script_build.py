"""When ./many-models builds, and what it says about it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from waiting import await_that

from .conftest import Checkout

PATIENCE_SECONDS = 20.0


def age(*files: Path, seconds: float = 10.0) -> None:
    """Makes files older; bash 3.2 compares their times in whole seconds."""
    for file in files:
        before = file.stat().st_mtime - seconds
        os.utime(file, (before, before))


def build_once(checkout: Checkout) -> None:
    assert checkout.run("serve").exit_code == 0
    assert len(checkout.builds()) == 1


def test_jar_is_built_once(checkout: Checkout) -> None:
    first = checkout.run("serve")
    assert first.exit_code == 0
    assert [line.partition(" (")[0] for line in first.err.splitlines()] == [
        "many-models: building target/many-models.jar ...",
        "many-models: built target/many-models.jar",
        "many-models: preparing class data, once ...",
        f"many-models: made {checkout.root}/registry, a copy of the demo's models",
    ]
    assert checkout.builds()[0].endswith(" -B -ntp -Dmaven.test.skip=true package")
    assert checkout.run("serve").err == ""
    assert len(checkout.builds()) == 1


def test_nothing_is_left_beside_what_was_made(checkout: Checkout) -> None:
    build_once(checkout)
    made = {"many-models.jar", "many-models.jsa", "many-models.jsa.made", "native", "native.made"}
    assert {file.name for file in checkout.jar.parent.iterdir()} == made
    assert not (checkout.root / ".runtime" / "build.lock").is_symlink()
    assert (checkout.jar.parent / "native" / "libonnxruntime.so").read_text() == "library"


@pytest.mark.parametrize("changed", ["pom.xml", "src/main/java/A.java", "src/main/java/B.java"])
def test_changed_or_new_source_builds_again(checkout: Checkout, changed: str) -> None:
    build_once(checkout)
    age(checkout.jar)
    (checkout.root / changed).touch()
    checkout.run("fleet")
    assert len(checkout.builds()) == 2


def test_removed_source_builds_again(checkout: Checkout) -> None:
    build_once(checkout)
    age(checkout.jar, *checkout.root.rglob("*.xml"), checkout.source, checkout.source.parent, seconds=5)
    checkout.source.unlink()
    checkout.run("fleet")
    assert len(checkout.builds()) == 2


def test_source_that_is_changed_during_the_build_builds_again(checkout: Checkout, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with checkout.start("fleet", STUB_MVN_WAITS_FOR=str(go)) as process:
        await_that("it builds", checkout.builds, PATIENCE_SECONDS)
        checkout.source.touch()
        go.touch()
        process.communicate(timeout=PATIENCE_SECONDS)
    checkout.run("fleet")
    assert len(checkout.builds()) == 2


def test_failed_build_says_what_is_wrong_and_where_the_log_is(checkout: Checkout) -> None:
    errors = "\n".join([*(f"[ERROR] A.java:[{i},1] wrong" for i in range(20)), "[ERROR] -> [Help 1]"])
    result = checkout.run("serve", STUB_MVN_FAILS=errors)
    assert (result.exit_code, result.out) == (1, "")
    lines = result.err.splitlines()
    log = checkout.root / ".runtime" / "build.log"
    assert lines[1:3] == [
        f"many-models: the build failed; the whole log is {log}",
        "[ERROR] A.java:[0,1] wrong",
    ]
    assert len(lines) == 14
    assert "[Help 1]" in log.read_text()
    assert "no such thing" in checkout.run("serve", STUB_MVN_FAILS="no such thing").err.splitlines()[-1]
    assert checkout.run("serve").exit_code == 0


def test_repository_of_maven_without_ray_will_do(checkout: Checkout) -> None:
    missing = "[ERROR] Could not find artifact io.ray:ray-api:jar:2.60.0"
    result = checkout.run("serve", STUB_MVN_FAILS=missing, STUB_MVN_FAILS_UNLESS="without-ray")
    assert result.exit_code == 0
    assert checkout.builds()[1].endswith(" -P !with-ray,without-ray package")


def test_arguments_of_maven_are_the_users(checkout: Checkout) -> None:
    checkout.run("fleet", MAVEN_ARGS="-o -s settings.xml")
    assert " -o -s settings.xml -B " in checkout.builds()[0]


def test_two_at_once_build_once(checkout: Checkout, tmp_path: Path) -> None:
    go = tmp_path / "go"
    with checkout.start("fleet", STUB_MVN_WAITS_FOR=str(go)) as first:
        await_that("it builds", checkout.builds, PATIENCE_SECONDS)
        with checkout.start("fleet") as second:
            assert second.stderr is not None
            assert second.stderr.readline() == f"many-models: waiting for process {first.pid}, which is building ...\n"
            go.touch()
            assert [first.wait(PATIENCE_SECONDS), second.wait(PATIENCE_SECONDS)] == [0, 0]
    assert len(checkout.builds()) == 1


def test_turn_of_a_process_that_died_is_taken_over(checkout: Checkout) -> None:
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        ended.wait()
    (checkout.root / ".runtime").mkdir()
    (checkout.root / ".runtime" / "build.lock").symlink_to(str(ended.pid))
    assert checkout.run("fleet").exit_code == 0


@pytest.mark.parametrize(("number", "exit_code"), [(signal.SIGTERM, 143), (signal.SIGINT, 130)])
def test_interrupted_build_leaves_no_lock(
    checkout: Checkout, tmp_path: Path, number: signal.Signals, exit_code: int
) -> None:
    with checkout.start("fleet", STUB_MVN_WAITS_FOR=str(tmp_path / "never")) as process:
        await_that("it builds", checkout.builds, PATIENCE_SECONDS)
        process.send_signal(number)
        # Which also says that mvn has ended: it would hold the pipe.
        process.communicate(timeout=PATIENCE_SECONDS)
        assert process.returncode == exit_code
    assert checkout.run("fleet").exit_code == 0


def test_tree_that_cannot_be_written_to_serves_what_is_built(checkout: Checkout) -> None:
    # A file in the folder's place: root may write everywhere.
    (checkout.root / ".runtime").touch()
    result = checkout.run("serve")
    assert result.exit_code == 1
    assert result.err == f"many-models: {checkout.jar} has to be built, and {checkout.root} cannot be written to\n"
    checkout.jar.parent.mkdir(exist_ok=True)
    checkout.jar.touch()
    assert checkout.run("serve").exit_code == 0


def test_class_data_is_made_anew_for_another_jar_or_java(checkout: Checkout, tmp_path: Path) -> None:
    build_once(checkout)
    data = checkout.jar.with_name("many-models.jsa")
    data.unlink()
    assert checkout.run("serve").err == ""
    assert not any(word.startswith("-XX:SharedArchiveFile") for word in checkout.run("serve").words)
    (tmp_path / "jdk" / "release").write_text('JAVA_VERSION="21.0.2"\n')
    assert "preparing class data" in checkout.run("serve").err
    assert data.is_file()
    age(checkout.jar, seconds=-10)
    assert "preparing class data" in checkout.run("serve").err
    age(checkout.jar, seconds=-10)
    assert "preparing class data" not in checkout.run("fleet").err


def test_user_settings_do_not_reach_the_run_that_makes_class_data(checkout: Checkout, tmp_path: Path) -> None:
    java = tmp_path / "jdk" / "bin" / "java"
    java.write_text(
        java.read_text().replace("    printf 'classes'", f"    env >'{tmp_path}/training'; printf 'classes'")
    )
    checkout.run("serve", MANY_MODELS_STATE="redis://production", MANY_MODELS_WARM="redis://production")
    lines = (tmp_path / "training").read_text().splitlines()
    assert sorted(line for line in lines if line.startswith("MANY_MODELS_")) == [
        "MANY_MODELS_DRAIN_S=0",
        "MANY_MODELS_REHEARSAL=off",
    ]
