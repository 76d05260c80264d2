"""Which requirements are installed, and when."""

from pathlib import Path

import pytest

from launcher import bootstrap


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """A project in tmp_path whose installing is only recorded."""
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / "requirements-dev.txt").write_text("b==1\n")
    names: list[str] = []

    def create(venv: Path) -> None:
        (venv / "bin").mkdir(parents=True)
        (venv / "bin" / "python").touch()

    monkeypatch.setattr(bootstrap, "_create", create)
    monkeypatch.setattr(bootstrap, "_works", lambda python: python.exists())
    monkeypatch.setattr(bootstrap, "_install", lambda _python, requirements, *_: names.append(requirements.name))
    return names


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([], ["requirements.txt"]),
        (["up", "--keep"], ["requirements.txt"]),
        (["test"], ["requirements.txt", "requirements-dev.txt"]),
        (["bench", "http"], ["requirements.txt"]),
        (["bench", "dataplane", "--rounds", "1"], ["requirements.txt", "requirements-dev.txt"]),
        (["score", "test", "[[1]]"], ["requirements.txt"]),
    ],
)
def test_only_the_tests_need_the_test_tools(arguments: list[str], expected: list[str]) -> None:
    assert bootstrap.requirements_of(arguments) == expected


def test_requirements_are_installed_once(tmp_path: Path, installed: list[str]) -> None:
    for _ in range(2):
        python = bootstrap.ensure(tmp_path, ["requirements.txt"])
    assert installed == ["requirements.txt"]
    assert python == tmp_path / ".runtime" / "venv" / "bin" / "python"


def test_environments_of_other_names_are_beside_it(tmp_path: Path, installed: list[str]) -> None:
    (tmp_path / "requirements-convert.txt").write_text("c==1\n")
    python = bootstrap.ensure(tmp_path, [bootstrap.CONVERT_REQUIREMENTS], "convert")
    assert python == tmp_path / ".runtime" / "convert" / "bin" / "python"
    assert bootstrap.is_current(tmp_path, tmp_path / ".runtime" / "convert", [bootstrap.CONVERT_REQUIREMENTS])
    assert not bootstrap.is_current(tmp_path, tmp_path / ".runtime" / "venv", ["requirements.txt"])
    assert installed == ["requirements-convert.txt"]


def test_an_environment_may_be_in_a_folder_and_its_file_too(tmp_path: Path, installed: list[str]) -> None:
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "library.txt").write_text("c==1\n")
    for _ in range(2):
        python = bootstrap.ensure(tmp_path, ["files/library.txt"], "clients/library")
    assert python == tmp_path / ".runtime" / "clients" / "library" / "bin" / "python"
    assert installed == ["library.txt"]


def test_test_tools_are_added_to_what_is_there(tmp_path: Path, installed: list[str]) -> None:
    bootstrap.ensure(tmp_path, ["requirements.txt"])
    bootstrap.ensure(tmp_path, ["requirements.txt", "requirements-dev.txt"])
    assert installed == ["requirements.txt", "requirements-dev.txt"]


def test_changed_requirements_are_installed_again(tmp_path: Path, installed: list[str]) -> None:
    bootstrap.ensure(tmp_path, ["requirements.txt"])
    (tmp_path / "requirements.txt").write_text("a==2\n")
    bootstrap.ensure(tmp_path, ["requirements.txt"])
    assert installed == ["requirements.txt", "requirements.txt"]


def test_interrupted_install_is_repeated(tmp_path: Path, installed: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(bootstrap, "_install", interrupted)
        with pytest.raises(KeyboardInterrupt):
            bootstrap.ensure(tmp_path, ["requirements.txt"])
    bootstrap.ensure(tmp_path, ["requirements.txt"])
    assert installed == ["requirements.txt"]
