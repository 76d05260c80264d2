"""What ./many-models hands over to whom."""

from __future__ import annotations

import re
import signal
import subprocess
from pathlib import Path

import pytest
from linting import assert_shellcheck_finds_nothing

from .conftest import Checkout, executable

# What the bash of macOS, 3.2, does not have, and what only GNU's tools have.
TOO_NEW = re.compile(
    r"declare -[A-Za-z]*[An]|local -n|mapfile|readarray|coproc|wait -n|\[\[ -v|\|&|&>>|;;?&|\$\{\w+(,|\^|@[A-Z])"
    r"|readlink -[a-z]*[fem]|sed (-i|-r|--)|grep -[a-z]*P|date -d|stat -c|find .*-(printf|quit)|xargs -r|sort -V|mv -T"
    r"|cp --|realpath|timeout |flock|seq "
)


def shell_files(repository: Path) -> list[Path]:
    return [repository / "many-models", *sorted((repository / "src" / "main" / "shell").iterdir())]


def test_shellcheck_finds_nothing(repository: Path) -> None:
    assert_shellcheck_finds_nothing(repository, "many-models")


def test_bash_3_2_and_the_tools_of_macos_will_do(repository: Path) -> None:
    lines = [(file.name, line) for file in shell_files(repository) for line in file.read_text().splitlines()]
    assert [(name, line) for name, line in lines if TOO_NEW.search(line) and not line.lstrip().startswith("#")] == []


@pytest.mark.parametrize(
    "line", ["declare -A x", "x=${y,,}", "readlink -f x", "a |& b", "find . -quit", "local -n a=b"]
)
def test_what_is_too_new_is_seen(line: str) -> None:
    assert TOO_NEW.search(line)


def test_serve_becomes_java_with_the_options_of_deploy(checkout: Checkout) -> None:
    result = checkout.run("serve", "--port", "0")
    assert result.exit_code == 0
    assert result.words == [
        f"@{checkout.root}/deploy/standalone/java.options",
        f"-Donnxruntime.native.path={checkout.root}/target/native",
        f"-XX:SharedArchiveFile={checkout.root}/target/many-models.jsa",
        "-cp",
        str(checkout.jar),
        "io.manymodels.cli.Main",
        "serve",
        "--port",
        "0",
    ]


def test_process_becomes_the_jvm_so_that_signals_reach_it(checkout: Checkout) -> None:
    checkout.run("serve")
    with checkout.start("serve", STUB_JAVA_WAITS="yes") as process:
        assert process.stdout is not None
        assert process.stdout.readline() == f"pid {process.pid}\n"
        process.send_signal(signal.SIGTERM)
        assert process.wait() == -signal.SIGTERM


@pytest.mark.parametrize("command", ["serve", "models", "score", "simulate", "fleet"])
def test_arguments_are_passed_as_they_are(checkout: Checkout, command: str) -> None:
    arguments = ["a b", "", "*", "--", "$HOME", "'", "[[5.1, 3.5]]"]
    words = checkout.run(command, *arguments).words
    assert words[words.index("io.manymodels.cli.Main") + 1 :] == [command, *arguments]


def test_relative_paths_are_those_of_the_user(checkout: Checkout, tmp_path: Path) -> None:
    result = checkout.run("models", "publish", "t", "m.onnx", cwd=tmp_path)
    assert result.env["PWD"] == str(tmp_path)


def test_script_is_found_through_links(checkout: Checkout, tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to("two")
    (tmp_path / "two").symlink_to(checkout.root / "many-models")
    result = subprocess.run(
        [str(tmp_path / "one"), "serve"],
        env=checkout._variables({}),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, checkout.jar.is_file()) == (0, True), result.stderr


def test_options_of_the_user_come_last(checkout: Checkout) -> None:
    words = checkout.run("serve", MANY_MODELS_JAVA_OPTIONS="-Xmx8g  -Da=*").words
    assert words[words.index("-cp") - 2 : words.index("-cp")] == ["-Xmx8g", "-Da=*"]


def test_nothing_in_the_environment_makes_java_talk(checkout: Checkout) -> None:
    foreign = {"JDK_JAVA_OPTIONS": "-X", "JAVA_TOOL_OPTIONS": "-X", "_JAVA_OPTIONS": "-X", "CLASSPATH": "/x"}
    env = checkout.run("serve", **foreign, LC_ALL="C").env
    assert foreign.keys().isdisjoint(env)
    assert (env["LC_ALL"], env["MALLOC_ARENA_MAX"]) == ("C.UTF-8", "2")


def test_loaders_of_other_formats_are_on_the_class_path(checkout: Checkout, tmp_path: Path) -> None:
    loader = tmp_path / "my loader.jar"
    loader.touch()
    words = checkout.run("serve", MANY_MODELS_EXTRA_JARS=f"{loader}:").words
    assert words[words.index("-cp") + 1] == f"{checkout.jar}:{loader}"
    result = checkout.run("serve", MANY_MODELS_EXTRA_JARS="/nowhere.jar")
    assert (result.exit_code, result.err) == (
        1,
        "many-models: MANY_MODELS_EXTRA_JARS names /nowhere.jar, which is not a jar\n",
    )


def test_commands_keep_their_own_words_about_memory(checkout: Checkout) -> None:
    words = checkout.run("simulate").words
    assert not any(word.startswith("@") for word in words)
    assert "-XX:+UseSerialGC" in words
    assert "--add-opens=java.base/java.lang=ALL-UNNAMED" in words
    assert "--add-opens=java.base/java.lang=ALL-UNNAMED" not in checkout.run("models").words


def test_conversion_without_python_is_left_to_what_the_jar_says_of_it(checkout: Checkout) -> None:
    words = checkout.run("models", "convert", "a.pkl").words
    assert words[-3:] == ["models", "convert", "a.pkl"]


@pytest.mark.parametrize("arguments", [[], ["-h"], ["--help"]])
def test_help_without_python_says_what_works(checkout: Checkout, arguments: list[str]) -> None:
    result = checkout.run(*arguments)
    assert (result.exit_code, result.err) == (0, "")
    assert [
        name for name in ("serve", "models", "score", "fleet", "simulate") if f"\n  {name} " not in result.out
    ] == []
    assert "need Python 3.11" in result.out


@pytest.mark.parametrize("command", ["up", "status", "test", "nonsense"])
def test_other_commands_need_python(checkout: Checkout, command: str) -> None:
    result = checkout.run(command)
    assert (result.exit_code, result.out) == (1, "")
    assert result.err.startswith(f"many-models: {command} needs Python 3.11, which is missing")
    assert result.err.endswith("./many-models serve\n")
    assert result.err.count("\n") == 1


@pytest.mark.parametrize(
    ("command", "installed", "java"),
    [
        ("up", False, False),
        ("serve", True, True),
        ("models", False, True),
        ("models", True, False),
        ("score", True, False),
    ],
)
def test_python_does_what_needs_it_or_has_it(
    checkout: Checkout, tmp_path: Path, command: str, installed: bool, java: bool
) -> None:
    executable(tmp_path / "python" / "python3.11", '#!/bin/sh\n[ "$1" = -c ] || echo "python $*"\n')
    checkout.path.append(tmp_path / "python")
    if installed:
        executable(checkout.root / ".runtime" / "venv" / "bin" / "python", "#!/bin/sh\n")
    result = checkout.run(command, "a b")
    assert result.exit_code == 0
    if java:
        assert result.words[-2:] == [command, "a b"]
    else:
        bootstrap = f"{checkout.root}/src/main/python/launcher/bootstrap.py"
        assert result.out == f"python -I -X utf8 {bootstrap} {command} a b\n"


def test_another_python_will_not_do(checkout: Checkout, tmp_path: Path) -> None:
    executable(tmp_path / "python" / "python3", "#!/bin/sh\nexit 1\n")
    checkout.path.append(tmp_path / "python")
    assert checkout.run("up").exit_code == 1
