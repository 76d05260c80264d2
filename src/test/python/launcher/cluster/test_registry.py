"""The default registry, which is made of the sample once."""

from pathlib import Path

import pytest

from launcher.cluster import registry
from launcher.cluster.instance import Instance
from launcher.cluster.registry import OPTION, VARIABLE, Registry
from launcher.project import Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    (tmp_path / "models" / "tenant1" / "1").mkdir(parents=True)
    (tmp_path / "models" / ".lock").touch()
    return Project(tmp_path)


def test_sample_is_copied_once_and_never_written_to(project: Project) -> None:
    assert registry.seed(project)
    assert [each.name for each in project.registry.iterdir()] == ["tenant1"]
    (project.registry / "mine").mkdir()
    assert not registry.seed(project)
    assert not (project.models / "mine").exists()
    assert sorted(each.name for each in project.root.iterdir()) == ["models", "registry"]


def test_git_sees_nothing_of_what_is_published(repository: Path) -> None:
    ignored = (repository / ".gitignore").read_text().splitlines()
    assert "/registry/" in ignored
    assert not [line for line in ignored if line.startswith("/models")]


@pytest.mark.parametrize(
    ("text", "uri"),
    [
        ("azblob://account/models", "azblob://account/models"),
        ("file:/srv/models", "file:/srv/models"),
        ("/srv/my models/K\u00f6ln", "file:///srv/my%20models/K%C3%B6ln"),
        ("/srv/../srv/models/", "file:///srv/models"),
    ],
)
def test_what_is_no_uri_is_a_folder(text: str, uri: str) -> None:
    assert registry.uri_of(text) == uri


def test_relative_path_is_of_the_users_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert registry.uri_of("mine") == (tmp_path / "mine").as_uri()


@pytest.mark.parametrize("uri", ["file:/srv/a%20b", "file:///srv/a%20b"])
def test_folder_of_a_uri(uri: str) -> None:
    assert Registry(uri, "x").folder == Path("/srv/a b")
    assert Registry("azblob://a/b", "x").folder is None


def test_all_spellings_of_a_folder_are_one_registry(tmp_path: Path) -> None:
    folder = tmp_path / "Köln"
    folder.mkdir()
    (tmp_path / "link").symlink_to(folder)
    spelled = [folder.as_uri(), f"{folder.as_uri()}/", f"file:{tmp_path}/link", f"file:{tmp_path}/./K%C3%B6ln"]
    assert {Registry(uri, OPTION).identity for uri in spelled} == {folder.as_uri()}
    assert Registry("azblob://models/live", OPTION).identity == "azblob://models/live"


def test_a_blank_variable_names_no_registry(project: Project) -> None:
    assert registry.choose(Instance(project, "default"), None, {VARIABLE: " "}).chosen_by == "default"
