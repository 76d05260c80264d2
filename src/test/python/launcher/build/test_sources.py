"""Whether something changed."""

from pathlib import Path

import pytest

from launcher.build import sources


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "src" / "a").mkdir(parents=True)
    (tmp_path / "src" / "a" / "A.java").write_text("class A {}")
    (tmp_path / "pom.xml").write_text("<project/>")
    return tmp_path


def digest(tree: Path) -> str:
    return sources.digest(tree, ["pom.xml", "src", "missing"])


def test_same_sources_have_the_same_digest(tree: Path) -> None:
    assert digest(tree) == digest(tree)


def test_content_and_name_count(tree: Path) -> None:
    before = digest(tree)
    file = tree / "src" / "a" / "A.java"
    file.write_text("class A { }")
    changed = digest(tree)
    file.write_text("class A {}")
    file.rename(file.with_name("B.java"))
    assert len({before, changed, digest(tree)}) == 3


def test_new_and_removed_files_count(tree: Path) -> None:
    before = digest(tree)
    (tree / "missing").write_text("now there")
    assert digest(tree) != before
    (tree / "missing").unlink()
    assert digest(tree) == before


def test_compiled_python_does_not_count(tree: Path) -> None:
    before = digest(tree)
    (tree / "src" / "__pycache__").mkdir()
    (tree / "src" / "__pycache__" / "a.pyc").write_bytes(b"x")
    assert digest(tree) == before


def test_names_cannot_be_mistaken_for_content(tree: Path) -> None:
    (tree / "src" / "b").write_text("c")
    one = digest(tree)
    (tree / "src" / "b").unlink()
    (tree / "src" / "bc").write_text("")
    assert digest(tree) != one


def test_inputs_are_in_the_repository(repository: Path) -> None:
    assert [name for name in sources.CODE if not (repository / name).exists()] in ([], ["src/main/resources"])
