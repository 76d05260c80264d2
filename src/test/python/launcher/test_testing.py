"""The stages of `test`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from launcher import fuzzing, testing
from launcher.build.toolchain import Jdk, Maven
from launcher.errors import LauncherError
from launcher.project import Project


def test_concurrency_leaves_the_jar_as_it_is(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[Sequence[str]] = []
    maven = Maven(Path("mvn"), Jdk(Path("jdk"), 17), Project(repository))
    monkeypatch.delenv("MAVEN_ARGS", raising=False)
    monkeypatch.setattr(testing.application_jar, "prepare_maven", lambda _: maven)
    monkeypatch.setattr(testing, "execute", lambda command, *_: commands.append(command))
    testing.concurrency(Project(repository))
    assert commands == [["mvn", "-B", "-ntp", "-q", "test", "-Pconcurrency"]]


@pytest.fixture
def fuzzed_project(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """The tests of this repository, with a runtime folder of its own."""
    (tmp_path / "src").symlink_to(repository / "src")
    project = Project(tmp_path)
    maven = Maven(Path("mvn"), Jdk(Path("jdk"), 17), project)
    monkeypatch.setattr(testing.application_jar, "prepare_maven", lambda _: maven)
    return project


def test_every_fuzz_test_is_fuzzed_with_files_of_its_own(
    fuzzed_project: Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    ran: list[tuple[Sequence[str], Mapping[str, str], Path]] = []
    monkeypatch.setattr(fuzzing, "execute", lambda command, _, env, log: ran.append((command, env, log)))
    fuzzing.fuzz(fuzzed_project, 7)
    fuzzed = [command[-1] for command, _, _ in ran]
    assert {"-Dtest=BodiesFuzzTest", "-Dtest=EnvelopeFuzzTest", "-Dtest=UserConfigFuzzTest"} <= set(fuzzed)
    assert all(env["JAZZER_FUZZ"] == "1" and env["JAZZER_MAX_DURATION"] == "7s" for _, env, _ in ran)
    folders = [word for command, _, _ in ran for word in command if word.startswith("-DtempDir=")]
    assert len(set(folders)) == len({log for _, _, log in ran}) == len(ran)


def test_what_fuzzing_found_is_shown(fuzzed_project: Project, monkeypatch: pytest.MonkeyPatch) -> None:
    def execute(command: Sequence[str], _: Project, __: Mapping[str, str], log: Path) -> None:
        log.write_text("noise\n" * 1000 + f"what {command[-1]} found\n")
        if "Envelope" in command[-1]:
            raise LauncherError("mvn ended with exit code 1")

    monkeypatch.setattr(fuzzing, "execute", execute)
    with pytest.raises(LauncherError) as failed:
        fuzzing.fuzz(fuzzed_project, 7)
    assert "what -Dtest=EnvelopeFuzzTest found\nEnvelopeFuzzTest: mvn ended with exit code 1; all of it: " in str(
        failed.value
    )
    assert str(failed.value).count("noise") < 100


def test_operator_tests_run_in_namespaces_of_their_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path / "project")
    ran: list[tuple[Sequence[str], Mapping[str, str]]] = []
    monkeypatch.setattr(testing, "execute", lambda command, _, env: ran.append((command, env)))
    (project.runtime / "operator" / "left").mkdir(parents=True)
    testing.operator_stages(project)[-1].run()
    ((command, env),) = ran
    assert command[0] == "unshare"
    assert {"--net", "--mount", "--pid", "--kill-child"} <= set(command)
    assert list(Path(env[testing.SANDBOX]).iterdir()) == []


def test_test_instance_has_no_settings_of_the_user(tmp_path: Path) -> None:
    (tmp_path / "token").write_text("secret")
    made = testing.user_environment({"MANY_MODELS_REGISTRY": "file:/mine", "PATH": "/bin"}, tmp_path / "token")
    assert {name for name in made if name.startswith("MANY_MODELS_")} == {"MANY_MODELS_ADMIN_TOKEN"}
    assert (made["MANY_MODELS_ADMIN_TOKEN"], made["PATH"]) == ("secret", "/bin")
