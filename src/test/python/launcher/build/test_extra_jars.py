"""Jars of the user on their way to Ray."""

import zipfile
from pathlib import Path

import pytest

from launcher.build import extra_jars
from launcher.errors import LauncherError
from launcher.project import Project


def jar(path: Path, content: str = "1") -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w") as made:
        made.writestr("content", content)
    return path


def ray_folder(root: Path) -> Project:
    project = Project(root)
    project.ray_jars.mkdir(parents=True)
    (project.ray_jars / "ray_dist.jar").write_text("Ray's")
    (project.ray_jars / "many-models.jar").write_text("ours")
    return project


def names(project: Project) -> set[str]:
    return {file.name for file in project.ray_jars.iterdir()} - {"ray_dist.jar", "many-models.jar"}


def test_without_the_variable_there_are_none() -> None:
    assert extra_jars.named({}) == []
    assert extra_jars.named({"MANY_MODELS_EXTRA_JARS": ""}) == []
    assert extra_jars.digest([]) == ""


def test_jars_are_named_by_a_list_of_paths(tmp_path: Path) -> None:
    one, two = jar(tmp_path / "one.jar"), jar(tmp_path / "two.jar")
    assert extra_jars.named({"MANY_MODELS_EXTRA_JARS": f"{one}:{two}:"}) == [one, two]


@pytest.mark.parametrize("name", ["missing.jar", "folder.jar", "text.jar", "archive.zip"])
def test_what_is_not_a_jar_is_refused_by_name(tmp_path: Path, name: str) -> None:
    (tmp_path / "folder.jar").mkdir()
    (tmp_path / "text.jar").write_text("text")
    jar(tmp_path / "archive.zip")
    with pytest.raises(LauncherError, match=f"MANY_MODELS_EXTRA_JARS names .*{name}, which is not a jar"):
        extra_jars.named({"MANY_MODELS_EXTRA_JARS": str(tmp_path / name)})


def test_two_jars_of_one_name_are_refused(tmp_path: Path) -> None:
    paths = [jar(tmp_path / folder / "same.jar") for folder in ("a", "b")]
    with pytest.raises(LauncherError, match=r"two jars same\.jar"):
        extra_jars.named({"MANY_MODELS_EXTRA_JARS": ":".join(map(str, paths))})


def test_digest_tells_changed_jars(tmp_path: Path) -> None:
    first = extra_jars.digest([jar(tmp_path / "one.jar")])
    assert first != ""
    assert extra_jars.digest([tmp_path / "one.jar", jar(tmp_path / "two.jar")]) != first
    assert extra_jars.digest([jar(tmp_path / "one.jar", "2")]) != first


def test_jars_are_copied_and_replaced_and_removed(tmp_path: Path) -> None:
    project = ray_folder(tmp_path)
    one, two = jar(tmp_path / "one.jar"), jar(tmp_path / "two.jar")
    extra_jars.give_to_ray(project, [one, two])
    assert names(project) == {"many-models-extra-one.jar", "many-models-extra-two.jar"}
    copy = project.ray_jars / "many-models-extra-one.jar"
    with copy.open("rb") as opened:
        extra_jars.give_to_ray(project, [jar(one, "2")])
        assert opened.read() != one.read_bytes()
    assert names(project) == {"many-models-extra-one.jar"}
    assert copy.read_bytes() == one.read_bytes()
    extra_jars.give_to_ray(project, [])
    assert names(project) == set()
    assert len(list(project.ray_jars.iterdir())) == 2
