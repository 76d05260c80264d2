"""The record of an instance, and that one command at a time changes it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from launcher.cluster.instance import Deployed, Instance, Record
from launcher.cluster.ports import Ports
from launcher.errors import LauncherError
from launcher.project import Project

RECORD = Record(Ports(1, 2, 3, 4, 5, 6, 7), 42, Deployed("c", "e", "a"))


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    return Instance(Project(tmp_path), "default")


@pytest.mark.parametrize("record", [RECORD, Record(RECORD.ports), RECORD.with_deployed(None)])
def test_record_is_read_as_written(instance: Instance, record: Record) -> None:
    instance.write(record)
    assert instance.read() == record


@pytest.mark.parametrize("text", ["", "{", "{}", '{"ports": {}, "head_pid": 1, "deployed": null}', "[]"])
def test_unreadable_record_counts_as_none(instance: Instance, text: str) -> None:
    instance.write(RECORD)
    (instance.folder / "instance.json").write_text(text)
    assert instance.read() is None


def test_no_record_at_first_and_after_removal(instance: Instance) -> None:
    assert instance.read() is None
    instance.write(RECORD)
    instance.remove_record()
    instance.remove_record()
    assert instance.read() is None


def test_registry_is_the_projects_unless_the_instance_has_its_own(instance: Instance) -> None:
    assert instance.registry() == instance.project.registry
    (instance.folder / "models").mkdir(parents=True)
    assert instance.registry() == instance.folder / "models"


def test_registry_that_was_served_is_remembered_until_it_is_forgotten(instance: Instance) -> None:
    assert instance.remembered_registry() is None
    instance.remember_registry("file:///K%C3%B6ln")
    instance.remove_record()
    assert instance.remembered_registry() == "file:///K%C3%B6ln"
    instance.remember_registry(None)
    instance.remember_registry(None)
    assert instance.remembered_registry() is None


def test_each_registry_has_its_own_dedicated_pool(instance: Instance) -> None:
    one, other = instance.state_for("file:///a"), instance.state_for("file:///b")
    assert len({one, other, instance.state_for(None)}) == 3
    assert instance.state_for(None) == instance.state
    assert instance.state_for("file:///a") == one


def test_second_command_is_told_who_is_at_work(instance: Instance) -> None:
    told = pytest.raises(LauncherError, match=rf"another many-models command \(pid {os.getpid()}\)")
    with instance.locked(), told, instance.locked():
        pass


def test_lock_of_a_killed_command_is_free(instance: Instance, repository: Path) -> None:
    code = (
        "import os, sys; from pathlib import Path; from launcher.cluster.instance import Instance; "
        "from launcher.project import Project\n"
        "with Instance(Project(Path(sys.argv[1])), 'default').locked(): os._exit(9)"
    )
    environment = os.environ | {"PYTHONPATH": str(repository / "src/main/python")}
    killed = subprocess.run([sys.executable, "-c", code, instance.project.root], env=environment, check=False)
    assert killed.returncode == 9
    with instance.locked():
        pass


def test_forget_removes_everything(
    instance: Instance, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    root = tmp_path_factory.mktemp("ray")
    monkeypatch.setattr("launcher.project.ray_temp_root", lambda: root)
    instance.state.mkdir(parents=True)
    instance.session_logs.mkdir(parents=True)
    instance.forget()
    assert not instance.folder.exists()
    assert list(root.iterdir()) == []
