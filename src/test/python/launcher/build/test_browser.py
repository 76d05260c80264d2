"""Chromium for the tests of the live page."""

from pathlib import Path

import pytest

from launcher.build import browser
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
    for tool in ("sh", "mkdir", "touch", "chmod", "dirname"):
        (tools / tool).symlink_to(f"/bin/{tool}" if Path(f"/bin/{tool}").exists() else f"/usr/bin/{tool}")
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
        f"""mkdir -p "$3/usr/lib/chromium" "$3/usr/lib/x"
        touch "$3/usr/lib/x/libx.so.1" "$3/usr/lib/chromium/{program}"
        chmod 755 "$3/usr/lib/chromium/{program}" """,
    )


def test_the_one_on_path_is_used(project: Project, tmp_path: Path) -> None:
    assert browser.find(project) is None
    on_path = script(tmp_path / "bin" / "chromium", "exit 0")
    assert browser.find(project) == browser.provide(project) == on_path


def test_it_is_unpacked_once_with_the_libraries_and_fonts_that_it_needs(project: Project, tmp_path: Path) -> None:
    fake_apt(tmp_path, "chromium")
    for _ in range(2):
        assert browser.provide(project) == project.runtime / "backends/chromium/run-chromium"
    assert browser.find(project) == project.runtime / "backends/chromium/run-chromium"
    assert len((tmp_path / "apt-runs").read_text().splitlines()) == 2
    assert 'LD_LIBRARY_PATH="$here/usr/lib/x" exec' in (browser.provide(project)).read_text()


def test_a_distribution_without_it_is_told(project: Project, tmp_path: Path) -> None:
    fake_apt(tmp_path, "snap")
    with pytest.raises(LauncherError, match="is something else. Get Chromium on PATH"):
        browser.provide(project)
