"""How `models convert` is called, and which Python it chooses; what it makes is in the tests of the converter."""

from __future__ import annotations

import sys
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from converter import recognising
from launcher import bootstrap, cli, converter_python, converting
from launcher.errors import BadInputError
from launcher.project import Project

OF_SKLEARN = frozenset({recognising.PICKLE})


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[converting.Request]:
    requests: list[converting.Request] = []
    monkeypatch.setattr(converting, "convert", lambda _project, request, _user: requests.append(request))
    return requests


def test_convert_is_a_command_of_models(asked: list[converting.Request]) -> None:
    words = ["models", "convert", "in", "--out", "o", "--python", "p", "--workers", "3", "--timeout-s", "9"]
    assert CliRunner().invoke(cli.cli, words).exit_code == 0
    assert asked == [converting.Request(Path("in"), Path("o"), None, "p", 3, 9.0)]


def test_help_warns_of_pickles() -> None:
    result = CliRunner().invoke(cli.cli, ["models", "convert", "--help"])
    assert result.exit_code == 0
    assert "runs code of whoever made it" in " ".join(result.output.split())


def test_wrong_use_is_told() -> None:
    with pytest.raises(click.MissingParameter):
        converting.run([])


def request_for(source: Path, folder: Path, example: Path | None = None) -> converting.Request:
    return converting.Request(source, folder / "out", example, sys.executable, 1, 10.0)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "the file is empty"),
        (b"\x08\x0a", "this is ONNX already; publish it"),
        (b"text", "the first bytes are of"),
    ],
)
def test_file_that_is_no_foreign_model_is_refused(tmp_path: Path, content: bytes, complaint: str) -> None:
    file = tmp_path / "m.onnx"
    file.write_bytes(content)
    with pytest.raises(BadInputError, match=complaint):
        converting.convert(Project(tmp_path), request_for(file, tmp_path), {})
    assert not (tmp_path / "out").exists()


def test_what_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="nowhere does not exist"):
        converting.convert(Project(tmp_path), request_for(tmp_path / "nowhere", tmp_path), {})
    (tmp_path / "empty").mkdir()
    model = tmp_path / "m.txt"
    model.write_bytes(b"tree\n")
    with pytest.raises(BadInputError, match=r"nothing\.json does not exist"):
        converting.convert(Project(tmp_path), request_for(model, tmp_path, tmp_path / "nothing.json"), {})
    with pytest.raises(BadInputError, match="there is no MLmodel and no model"):
        converting.convert(Project(tmp_path), request_for(tmp_path / "empty", tmp_path), {})


def test_example_of_a_folder_is_wrong_use(tmp_path: Path) -> None:
    with pytest.raises(BadInputError, match="--example is of one FILE"):
        converting.convert(Project(tmp_path), request_for(tmp_path, tmp_path, tmp_path / "rows.json"), {})


@pytest.mark.parametrize(
    ("source", "name"),
    [("a/churn.pkl", "churn"), ("a/churn/", "churn"), ("a/churn/model/", "churn"), ("a/churn/12/model/", "churn")],
)
def test_names_are_those_of_tenants(tmp_path: Path, source: str, name: str) -> None:
    path = tmp_path / source
    if source.endswith("/"):
        path.mkdir(parents=True)
        (path / "MLmodel").touch()
    else:
        path.parent.mkdir(parents=True)
        path.touch()
    assert converting.name_of(path) == name


def test_python_of_the_user_must_have_the_libraries(tmp_path: Path) -> None:
    project = Project(tmp_path)
    assert converter_python.missing_modules(Path(sys.executable), ["numpy", "no_such_module"]) == "no_such_module"
    with pytest.raises(BadInputError, match="there is no such program"):
        converter_python.choose(project, str(tmp_path / "none"), {}, OF_SKLEARN)
    with pytest.raises(BadInputError, match="is not a Python that works"):
        converter_python.missing_modules(Path("/bin/false"), ["numpy"])
    with pytest.raises(BadInputError, match="cannot be started"):
        converter_python.missing_modules(tmp_path, ["numpy"])


def test_active_environment_is_used_if_it_will_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    ours = tmp_path / "ours"
    monkeypatch.setattr(bootstrap, "ensure", lambda *_: ours)
    lacking = {"VIRTUAL_ENV": str(tmp_path)}
    monkeypatch.setattr(converter_python, "missing_modules", lambda *_: "")
    assert converter_python.choose(Project(tmp_path), None, lacking, OF_SKLEARN) == tmp_path / "bin" / "python"
    monkeypatch.setattr(converter_python, "missing_modules", lambda *_: "skl2onnx")
    assert converter_python.choose(Project(tmp_path), None, lacking, OF_SKLEARN) == ours
    assert "the active environment lacks skl2onnx" in capsys.readouterr().out
    assert converter_python.choose(Project(tmp_path), None, {}, OF_SKLEARN) == ours
    with pytest.raises(BadInputError, match="PyTorch is too large"):
        converter_python.choose(Project(tmp_path), None, {}, frozenset({recognising.TORCH}))


def test_converter_gets_no_secret_and_one_thread() -> None:
    user = {
        "MANY_MODELS_ADMIN_TOKEN": "x",
        "PYTHONPATH": "/x",
        "VIRTUAL_ENV": "/x",
        "HOME": "/home",
        "OMP_NUM_THREADS": "8",
    }
    environment = converter_python.environment_of(user)
    assert {name for name in user if name in environment} == {"HOME", "OMP_NUM_THREADS"}
    assert environment["OMP_NUM_THREADS"] == "1"
