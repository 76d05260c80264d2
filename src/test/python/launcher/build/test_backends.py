"""What the tests run against."""

import json
import subprocess
from pathlib import Path

import pytest

from launcher.build import backends
from launcher.errors import LauncherError
from launcher.project import Project

TLS = "Failed to configure TLS. Check logs for more info."
NO_TLS = "Bad directive or wrong number of arguments"


def script(file: Path, body: str) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{body}\n")
    file.chmod(0o755)
    return file


def redis(file: Path, version: str = "7.0.15", probe: str = TLS) -> Path:
    return script(
        file, f'[ "$1" = --version ] && echo "Redis server v={version} sha=0:0" && exit\necho "{probe}"; exit 1'
    )


@pytest.fixture
def project(tmp_path: Path, repository: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    """A project with the real pins, and nothing on PATH but the shell's tools and what the test puts into bin."""
    inputs = tmp_path / "project" / "src" / "test" / "node"
    inputs.mkdir(parents=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        (inputs / name).write_bytes((repository / "src" / "test" / "node" / name).read_bytes())
    tools = tmp_path / "bin"
    tools.mkdir()
    for tool in ("sh", "dirname", "mkdir", "cp", "touch", "chmod", "cat"):
        (tools / tool).symlink_to(f"/bin/{tool}")
    monkeypatch.setenv("PATH", str(tools))
    return Project(tmp_path / "project")


def fake_npm(tmp_path: Path) -> None:
    script(tmp_path / "bin" / "node", "exit 1")
    script(
        tmp_path / "bin" / "npm",
        f'echo "$@" >> {tmp_path}/npm-runs; mkdir -p node_modules/.bin; touch node_modules/.bin/azurite-blob',
    )


def fake_apt(tmp_path: Path, version: str = "7.0.15") -> None:
    """A distribution whose redis-server needs a library that the system has not."""
    packed = redis(tmp_path / "packed" / "redis-check-rdb", version)
    script(
        tmp_path / "bin" / "apt-get",
        f"""echo "$@" >> {tmp_path}/apt-runs
        for option in "$@"; do case $option in Dir::Cache=*) touch "${{option#*=}}/archives/redis.deb";; esac; done""",
    )
    script(
        tmp_path / "bin" / "dpkg-deb",
        f"""mkdir -p "$3/usr/bin" "$3/usr/lib/x"
        cp {packed} "$3/usr/bin/redis-server"
        touch "$3/usr/lib/x/liba.so.1" """,
    )


@pytest.mark.parametrize(
    ("version", "probe", "expected"),
    [("6.2.0", TLS, True), ("10.0.1", TLS, True), ("6.0.16", TLS, False), ("7.0.15", NO_TLS, False), ("x", TLS, False)],
)
def test_redis_has_to_be_new_enough_and_to_have_tls(version: str, probe: str, expected: bool, tmp_path: Path) -> None:
    assert backends.will_do(redis(tmp_path / "redis-server", version, probe)) is expected


def test_what_cannot_be_run_will_not_do(tmp_path: Path) -> None:
    assert not backends.will_do(tmp_path / "missing")
    (tmp_path / "text").write_text("no program")
    (tmp_path / "text").chmod(0o755)
    assert not backends.will_do(tmp_path / "text")


def test_redis_on_path_is_used(project: Project, tmp_path: Path) -> None:
    fake_npm(tmp_path)
    on_path = redis(tmp_path / "bin" / "redis-server")
    assert backends.provide(project).redis_server == on_path


def test_redis_is_unpacked_once_and_finds_its_libraries(project: Project, tmp_path: Path) -> None:
    fake_npm(tmp_path)
    fake_apt(tmp_path)
    redis(tmp_path / "bin" / "redis-server", "5.0.7")
    for _ in range(2):
        found = backends.provide(project).redis_server
        assert found == project.runtime / "backends/redis/usr/bin/redis-server"
    assert len((tmp_path / "apt-runs").read_text().splitlines()) == 2
    script(found.parents[1] / "libexec" / "redis-server", 'echo "$LD_LIBRARY_PATH" "$@"')
    said = subprocess.run([found, "--a b"], capture_output=True, text=True, check=True).stdout
    assert said == f"{project.runtime}/backends/redis/usr/lib/x --a b\n"


def test_redis_of_an_old_distribution_is_told(project: Project, tmp_path: Path) -> None:
    fake_npm(tmp_path)
    fake_apt(tmp_path, "6.0.16")
    with pytest.raises(LauncherError, match=r"too old or has no TLS\. Get redis-server 6\.2"):
        backends.provide(project)


def test_missing_apt_is_told_in_one_line(project: Project, tmp_path: Path) -> None:
    fake_npm(tmp_path)
    with pytest.raises(LauncherError, match=r"apt-get is missing\. Get redis-server 6\.2 or newer") as raised:
        backends.provide(project)
    assert "\n" not in str(raised.value)


def test_failing_apt_is_told_in_one_line(project: Project, tmp_path: Path) -> None:
    fake_npm(tmp_path)
    fake_apt(tmp_path)
    script(tmp_path / "bin" / "apt-get", "echo one; echo E: no network; exit 100")
    with pytest.raises(LauncherError, match=r"apt-get failed \(one E: no network\)") as raised:
        backends.provide(project)
    assert "\n" not in str(raised.value)


def test_azurite_is_installed_once_without_scripts(project: Project, tmp_path: Path) -> None:
    fake_npm(tmp_path)
    redis(tmp_path / "bin" / "redis-server")
    for _ in range(2):
        azurite = backends.provide(project).azurite_blob
    assert azurite == project.runtime / "backends/azurite/node_modules/.bin/azurite-blob"
    runs = (tmp_path / "npm-runs").read_text().splitlines()
    assert len(runs) == 1
    assert runs[0].startswith("ci --ignore-scripts ")
    (project.root / "src/test/node/package.json").write_text("{}")
    backends.provide(project)
    assert len((tmp_path / "npm-runs").read_text().splitlines()) == 2


def test_interrupted_install_is_repeated(project: Project, tmp_path: Path) -> None:
    redis(tmp_path / "bin" / "redis-server")
    fake_npm(tmp_path)
    npm = (tmp_path / "bin" / "npm").read_text()
    (tmp_path / "bin" / "npm").write_text(f"{npm}exit 130\n")
    with pytest.raises(LauncherError, match="npm failed"):
        backends.provide(project)
    (tmp_path / "bin" / "npm").write_text(npm)
    backends.provide(project)
    assert len((tmp_path / "npm-runs").read_text().splitlines()) == 2


def test_missing_npm_is_told(project: Project, tmp_path: Path) -> None:
    redis(tmp_path / "bin" / "redis-server")
    with pytest.raises(LauncherError, match=r"node or npm is missing\. Get Node\.js"):
        backends.provide(project)


def test_java_tests_are_told_where_they_are() -> None:
    told = backends.Backends(Path("/r"), Path("/a")).properties()
    assert told == {"mm.requireBackends": "true", "mm.redisServer": "/r", "mm.azurite": "/a"}


def test_lock_file_pins_every_package_and_names_no_registry(repository: Path) -> None:
    text = (repository / "src/test/node/package-lock.json").read_text()
    assert "://registry" not in text
    packages = json.loads(text)["packages"]
    assert packages["node_modules/azurite"]["version"] == "3.35.0"
    for name, package in packages.items():
        assert not name or package["integrity"].startswith("sha512-"), name
        assert "resolved" not in package
