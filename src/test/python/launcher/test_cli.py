"""Help, exit codes and one-line errors."""

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest
from click.testing import CliRunner

from launcher import cli, stages, testing, up
from launcher.build.toolchain import Jdk, Maven
from launcher.cluster import ports
from launcher.console import Progress, progress
from launcher.errors import LauncherError
from launcher.project import Project
from launcher.stages import Result, Stage

COMMANDS = [
    "bench",
    "chaos",
    "check-config",
    "down",
    "explain",
    "fleet",
    "logs",
    "models",
    "score",
    "serve",
    "setup",
    "simulate",
    "status",
    "test",
    "up",
]


def run(repository: Path, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-s", "-P", "-m", "launcher", *arguments],
        env={
            "PYTHONPATH": str(repository / "src" / "main" / "python"),
            "PATH": "/usr/bin:/bin",
            "HOME": "/nonexistent",
        },
        cwd=cwd,
        capture_output=True,
        text=True,
        check=False,
    )


def test_all_commands_are_there_with_help() -> None:
    assert sorted(cli.cli.commands) == COMMANDS
    assert all(command.help for command in cli.cli.commands.values())


@pytest.mark.parametrize("command", [[], ["up"], ["explain"], ["logs"]])
def test_help_is_shown(command: list[str]) -> None:
    result = CliRunner().invoke(cli.cli, [*command, "--help"])
    assert result.exit_code == 0
    assert result.output.startswith("Usage:")


@pytest.mark.parametrize(("given", "asked"), [([], None), (["0"], 0), (["9001"], 9001), (["none"], ports.CLOSED)])
def test_direct_port_may_be_none(
    monkeypatch: pytest.MonkeyPatch, given: list[str], asked: int | ports.Closed | None
) -> None:
    requests: list[up.Request] = []
    monkeypatch.setattr(up, "up", lambda _instance, request, _user: requests.append(request))
    result = CliRunner().invoke(cli.cli, ["up", *(["--direct-port", *given] if given else [])])
    assert (result.exit_code, [each.direct_port for each in requests]) == (0, [asked])


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["score", "tenant1", "[[1]]", "--instance", "../x"], "1 to 8 characters"),
        (["up", "--http-port", "70000"], "70000 is not in the range"),
        (["up", "--direct-port", "closed"], "'closed' is neither none nor a port in 0..65535"),
        (["up", "--direct-port", "70000"], "'70000' is neither none nor a port in 0..65535"),
        (["up", "--instance", "../x"], "1 to 8 characters"),
        (["models", "list", "--instance", "../x"], "1 to 8 characters"),
        (["models", "list", "--instance"], "needs a name"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(repository: Path, arguments: list[str], message: str) -> None:
    result = run(repository, *arguments)
    assert result.returncode == 2
    assert result.stderr.startswith("many-models: ")
    assert message in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("command", [["score", "tenant1", "[[1]]"], ["logs"]])
def test_what_needs_a_cluster_says_how_to_start_one(repository: Path, command: list[str]) -> None:
    result = run(repository, command[0], "--instance", "nothere", *command[1:])
    assert result.returncode == 1
    assert (
        result.stderr
        == "many-models: instance nothere is not running. Start it with: ./many-models up --instance nothere\n"
    )


def test_bench_is_handed_over_to_its_script(repository: Path) -> None:
    result = run(repository, "bench", "--help")
    assert result.returncode == 0
    assert "memory" in result.stdout


def test_foreign_modules_in_the_current_folder_are_not_imported(repository: Path, tmp_path: Path) -> None:
    (tmp_path / "click.py").write_text("raise SystemExit('wrong click')")
    assert run(repository, "--help", cwd=tmp_path).returncode == 0


def test_start_of_the_launcher_imports_no_ray(repository: Path) -> None:
    code = "import sys, launcher.cli; sys.exit('ray' in sys.modules or 'manymodels' in sys.modules)"
    environment = {"PYTHONPATH": str(repository / "src" / "main" / "python")}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == 0


def test_summary_names_the_failed_stage() -> None:
    lines = stages.summary([Result("ruff check", 1.0, True), Result("mypy", 2.5, False)])
    assert lines[-1] == "stopped after 4 s: mypy failed"
    assert stages.summary([Result("mypy", 2.0, True)])[-1] == "all passed in 2 s"


def test_failed_stage_is_recorded_and_ends_the_run() -> None:
    results: list[Result] = []

    def fail() -> None:
        raise LauncherError("no")

    with pytest.raises(LauncherError):
        stages.run_stage(Stage("bad", fail), results)
    assert [(result.name, result.passed) for result in results] == [("bad", False)]


def test_concurrency_comes_after_the_classes_are_there(repository: Path) -> None:
    stages = [stage.name for stage in testing.unit_stages(Project(repository), 1)]
    assert stages[-3:] == ["mvn verify", "concurrency", "fuzz"]


def test_concurrency_leaves_the_jar_as_it_is(repository: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    commands: list[Sequence[str]] = []
    maven = Maven(Path("mvn"), Jdk(Path("jdk"), 17), Project(repository))
    monkeypatch.delenv("MAVEN_ARGS", raising=False)
    monkeypatch.setattr(testing.application_jar, "prepare_maven", lambda _: maven)
    monkeypatch.setattr(testing, "execute", lambda command, *_: commands.append(command))
    testing.unit_stages(Project(repository), 1)[-2].run()
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
    monkeypatch.setattr(testing, "execute", lambda command, _, env, log: ran.append((command, env, log)))
    testing.fuzz(fuzzed_project, 7)
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

    monkeypatch.setattr(testing, "execute", execute)
    with pytest.raises(LauncherError) as failed:
        testing.fuzz(fuzzed_project, 7)
    assert "what -Dtest=EnvelopeFuzzTest found\nEnvelopeFuzzTest: mvn ended with exit code 1; all of it: " in str(
        failed.value
    )
    assert str(failed.value).count("noise") < 100


def test_output_of_a_stage_can_go_to_a_file(tmp_path: Path) -> None:
    code = "import sys; print('out', flush=True); print('err', file=sys.stderr)"
    stages.execute([sys.executable, "-c", code], Project(tmp_path), {}, tmp_path / "log")
    assert (tmp_path / "log").read_text() == "out\nerr\n"


@pytest.mark.parametrize("faults", ["nonsense", "kill-hot,", "kil-*"])
def test_an_unknown_fault_is_wrong_use(repository: Path, faults: str) -> None:
    result = run(repository, "chaos", "--faults", faults)
    assert result.returncode == 2
    assert "there is no fault" in result.stderr
    assert "kill-hot" in result.stderr
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize("nodes", ["0", "3", "two"])
def test_chaos_has_one_node_or_two(repository: Path, nodes: str) -> None:
    result = run(repository, "chaos", "--nodes", nodes)
    assert result.returncode == 2
    assert "--nodes" in result.stderr
    assert result.stderr.count("\n") == 1


def test_unit_and_operator_exclude_each_other(repository: Path) -> None:
    result = run(repository, "test", "--unit", "--operator")
    assert result.returncode == 2
    assert "either --unit or --operator" in result.stderr


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


def test_inner_progress_takes_over_the_line_and_gives_it_back() -> None:
    with progress("outer") as outer:
        with progress("inner") as inner:
            assert isinstance(inner, Progress)
            assert inner is outer
            assert outer.text == "inner"
        assert outer.text == "outer"
