"""Help, exit codes and one-line errors."""

import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from launcher import cli, up
from launcher.cluster import ports
from launcher.console import Progress, progress

COMMANDS = [
    "bench",
    "callers",
    "chaos",
    "check-config",
    "diagnose",
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
    "top",
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
@pytest.mark.parametrize("option", ["direct", "grpc"])
def test_ports_of_the_dispatchers_may_be_none(
    monkeypatch: pytest.MonkeyPatch, option: str, given: list[str], asked: int | ports.Closed | None
) -> None:
    requests: list[up.Request] = []
    monkeypatch.setattr(up, "up", lambda _instance, request, _user: requests.append(request))
    result = CliRunner().invoke(cli.cli, ["up", *([f"--{option}-port", *given] if given else [])])
    assert (result.exit_code, [getattr(each, f"{option}_port") for each in requests]) == (0, [asked])


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


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["--fast", "--operator"], "either --fast or --operator"),
        (["--fast", "--fuzz-seconds", "9"], "--fuzz-seconds"),
        (["--operator", "--fuzz-seconds", "9"], "--fuzz-seconds"),
    ],
)
def test_options_of_test_that_exclude_each_other(repository: Path, words: list[str], complaint: str) -> None:
    result = run(repository, "test", *words)
    assert result.returncode == 2
    assert complaint in result.stderr
    assert result.stderr.count("\n") == 1


def test_inner_progress_takes_over_the_line_and_gives_it_back() -> None:
    with progress("outer") as outer:
        with progress("inner") as inner:
            assert isinstance(inner, Progress)
            assert inner is outer
            assert outer.text == "inner"
        assert outer.text == "outer"
