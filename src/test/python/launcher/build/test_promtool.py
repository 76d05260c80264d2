"""promtool for the tests of metrics."""

from pathlib import Path

import pytest

from launcher.build import promtool
from launcher.errors import LauncherError
from launcher.project import Project


def script(file: Path, body: str) -> Path:
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with nothing on PATH but the shell's tools and what the test puts into bin."""
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "mkdir", "cp", "touch", "chmod", "cat"):
        (tools / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(tools))
    return Project(tmp_path / "project")


def fake_apt(tmp_path: Path, program: str) -> None:
    script(
        tmp_path / "bin" / "apt-get",
        f"""echo "$@" >> {tmp_path}/apt-runs
        for option in "$@"; do case $option in Dir::Cache=*) touch "${{option#*=}}/archives/a.deb";; esac; done""",
    )
    script(
        tmp_path / "bin" / "dpkg-deb",
        f"""mkdir -p "$3/usr/bin"
        touch "$3/usr/bin/{program}"; chmod 755 "$3/usr/bin/{program}" """,
    )


def test_the_one_on_path_is_used(project: Project, tmp_path: Path) -> None:
    on_path = script(tmp_path / "bin" / "promtool", "exit 0")
    assert promtool.provide(project) == on_path


def test_it_is_unpacked_once(project: Project, tmp_path: Path) -> None:
    fake_apt(tmp_path, "promtool")
    for _ in range(2):
        assert promtool.provide(project) == project.runtime / "backends/prometheus/usr/bin/promtool"
    assert len((tmp_path / "apt-runs").read_text().splitlines()) == 2


def test_a_distribution_without_it_is_told(project: Project, tmp_path: Path) -> None:
    fake_apt(tmp_path, "prometheus")
    with pytest.raises(LauncherError, match="has no promtool. Get promtool on PATH"):
        promtool.provide(project)
