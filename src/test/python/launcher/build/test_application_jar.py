"""The jar on its way to Ray."""

import zipfile
from pathlib import Path

import pytest

from launcher.build import application_jar
from launcher.project import Project


def jar_with(path: Path, content: str) -> Path:
    with zipfile.ZipFile(path, "w") as jar:
        for machine in ("linux-x64", "linux-aarch64", "osx-aarch64"):
            for name in ("libonnxruntime.so", "libonnxruntime4j_jni.so"):
                jar.writestr(f"ai/onnxruntime/native/{machine}/{name}", f"{machine} {content}")
        jar.writestr("ai/onnxruntime/native/linux-x64/", "")
    return path


@pytest.mark.parametrize(
    ("machine", "folder"),
    [("x86_64", "linux-x64"), ("AMD64", "linux-x64"), ("aarch64", "linux-aarch64"), ("arm64", "linux-aarch64")],
)
def test_folder_of_the_native_libraries(machine: str, folder: str) -> None:
    assert application_jar.native_folder(machine) == f"ai/onnxruntime/native/{folder}"


def test_native_libraries_of_this_machine_are_unpacked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(application_jar.platform, "machine", lambda: "aarch64")
    jar, into = jar_with(tmp_path / "a.jar", "1"), tmp_path / "native"
    assert application_jar.unpack_native_libraries(jar, into) == ["libonnxruntime.so", "libonnxruntime4j_jni.so"]
    assert (into / "libonnxruntime.so").read_text() == "linux-aarch64 1"
    assert application_jar.unpack_native_libraries(jar, into) == []


def test_native_library_in_use_is_replaced_not_overwritten(tmp_path: Path) -> None:
    into = tmp_path / "native"
    application_jar.unpack_native_libraries(jar_with(tmp_path / "a.jar", "1"), into)
    with (into / "libonnxruntime.so").open() as mapped:
        application_jar.unpack_native_libraries(jar_with(tmp_path / "a.jar", "2"), into)
        assert mapped.read().endswith("1")
    assert (into / "libonnxruntime.so").read_text().endswith("2")


def test_jar_is_given_to_ray_by_renaming(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.ray_jars.mkdir(parents=True)
    project.jar.parent.mkdir()
    for content in ("old", "new", "new"):
        project.jar.write_text(content)
        application_jar.give_to_ray(project)
        assert (project.ray_jars / "many-models.jar").read_text() == content
    other = tmp_path / "older.jar"
    other.write_text("older")
    application_jar.give_to_ray(project, other)
    assert (project.ray_jars / "many-models.jar").read_text() == "older"
    assert [file.name for file in project.ray_jars.iterdir()] == ["many-models.jar"]


def test_jar_is_built_only_after_a_change(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    project = Project(tmp_path)
    (tmp_path / "pom.xml").write_text("1")
    runs: list[list[str]] = []

    class FakeMaven:
        def run(self, arguments: list[str], _log: Path, _purpose: str) -> None:
            runs.append(arguments)
            project.jar.parent.mkdir(exist_ok=True)
            jar_with(project.jar, "1")

    monkeypatch.setattr(application_jar, "prepare_maven", lambda _project: FakeMaven())
    application_jar.build(project)
    application_jar.build(project)
    assert len(runs) == 1
    (tmp_path / "pom.xml").write_text("2")
    application_jar.build(project)
    assert len(runs) == 2
    project.jar.unlink()
    application_jar.build(project)
    assert len(runs) == 3
    assert not application_jar.build_lock(project).is_symlink()


def test_jar_that_somebody_else_made_of_the_same_sources_is_not_current(tmp_path: Path) -> None:
    project = Project(tmp_path)
    project.jar.parent.mkdir()
    jar_with(project.jar, "with what Ray starts")
    application_jar.mark_built(project)
    assert application_jar.is_current(project)
    project.jar.touch()
    assert application_jar.is_current(project)
    jar_with(project.jar, "without")
    assert not application_jar.is_current(project)


@pytest.mark.parametrize("content", [b"", b"no jar", b"PK" * 100])
def test_file_that_is_no_jar_has_no_contents(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.jar").write_bytes(content)
    assert application_jar.contents(tmp_path / "a.jar") == ""
