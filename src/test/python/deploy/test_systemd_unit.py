"""The unit of systemd for the one process, and the script that puts in place what it starts."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from linting import assert_shellcheck_finds_nothing

DRAINED_SECONDS = 25
"""io.manymodels.standalone.OneProcess ends its draining by then."""


@pytest.fixture(scope="module")
def file(repository: Path) -> Path:
    return repository / "deploy" / "standalone" / "many-models.service"


def parsed(file: Path) -> dict[str, list[str]]:
    """The section [Service]: all values of each key."""
    section = re.search(r"^\[Service\]\n(.*?)^\[", file.read_text(), re.MULTILINE | re.DOTALL)
    assert section is not None
    found: dict[str, list[str]] = {}
    for line in section[1].splitlines():
        if line and not line.startswith("#"):
            key, _, value = line.partition("=")
            found.setdefault(key, []).append(value)
    return found


@pytest.fixture(scope="module")
def service(file: Path) -> dict[str, list[str]]:
    return parsed(file)


@pytest.fixture(scope="module")
def analyze() -> str:
    found = shutil.which("systemd-analyze")
    if found is None:
        pytest.skip("there is no systemd-analyze on this machine")
    return found


def variables(service: dict[str, list[str]]) -> dict[str, str]:
    return dict(word.split("=", 1) for line in service["Environment"] for word in shlex.split(line))


def test_systemd_finds_no_mistake(analyze: str, file: Path, tmp_path: Path) -> None:
    # Java may be elsewhere on the machine that runs the tests.
    copy = tmp_path / file.name
    copy.write_text(file.read_text().replace("/usr/bin/java", sys.executable))
    result = subprocess.run([analyze, "verify", str(copy)], capture_output=True, text=True, check=False)
    assert (result.returncode, result.stdout + result.stderr) == (0, "")


def test_service_may_do_little(analyze: str, file: Path) -> None:
    command = [analyze, "security", "--offline=true", "--threshold=15", "--no-pager", str(file)]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stdout[-500:] + result.stderr


def test_it_is_started_again_unless_it_was_used_wrongly(service: dict[str, list[str]], file: Path) -> None:
    assert service["Restart"] == ["always"]
    assert service["RestartPreventExitStatus"] == ["2"]
    assert service["SuccessExitStatus"] == ["143"]
    assert "\nStartLimitIntervalSec=0\n" in file.read_text()


def test_it_has_the_time_to_drain(service: dict[str, list[str]]) -> None:
    assert int(service["TimeoutStopSec"][0]) >= DRAINED_SECONDS + 5


def test_what_has_to_survive_a_crash_is_in_folders_that_do(service: dict[str, list[str]]) -> None:
    assert service["DynamicUser"] == ["yes"]
    assert service["StateDirectory"] == ["many-models"]
    assert variables(service)["MANY_MODELS_STATE"] == "file:%S/many-models/state"
    # The files of PrivateTmp= go with each process.
    assert "-Djava.io.tmpdir=${RUNTIME_DIRECTORY}" in service["ExecStart"][0].split()
    assert service["RuntimeDirectoryPreserve"] == ["restart"]


def test_token_is_given_to_the_service_alone(service: dict[str, list[str]]) -> None:
    (credential,) = service["LoadCredential"]
    name, _, path = credential.partition(":")
    assert path.startswith("/etc/many-models/")
    assert variables(service)["MANY_MODELS_ADMIN_TOKEN_FILE"] == f"%d/{name}"


def test_it_runs_what_the_script_puts_there(service: dict[str, list[str]], repository: Path) -> None:
    words = service["ExecStart"][0].split()
    script = (repository / "deploy" / "standalone" / "install.sh").read_text()
    for name in (words[1].removeprefix("@"), words[words.index("-jar") + 1]):
        assert name.startswith("/opt/many-models/")
        assert Path(name).name in script
    assert words[-1] == "serve"


@pytest.mark.parametrize("key", ["MALLOC_ARENA_MAX", "LC_ALL"])
def test_service_and_image_have_the_same_variables(service: dict[str, list[str]], repository: Path, key: str) -> None:
    dockerfile = (repository / "deploy" / "standalone" / "Dockerfile").read_text()
    assert f"{key}={variables(service)[key]}" in dockerfile


def test_shellcheck_finds_nothing(repository: Path) -> None:
    assert_shellcheck_finds_nothing(repository, "deploy/standalone/install.sh")


def install(repository: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    script = repository / "deploy" / "standalone" / "install.sh"
    return subprocess.run(["/bin/sh", str(script), *arguments], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "expected: install.sh JAR HOME [libraries]"),
        (["a", "b", "c"], "expected: install.sh JAR HOME [libraries]"),
        (["/no/such.jar", "/tmp"], "/no/such.jar is no file; ./many-models serve and mvn package make"),
        (["{jar}", "/proc/many-models"], "/proc/many-models cannot be made"),
        (["{jar}", "/proc"], "/proc cannot be written to"),
        (["{jar}", "{tmp}"], "has no ai/onnxruntime/native/linux-"),
    ],
)
def test_what_cannot_be_installed_is_one_line(
    repository: Path, tmp_path: Path, arguments: list[str], message: str
) -> None:
    jar = tmp_path / "any.jar"
    with zipfile.ZipFile(jar, "w") as made:
        made.writestr("a", "b")
    result = install(repository, *(each.format(jar=jar, tmp=tmp_path / "home") for each in arguments))
    assert result.returncode == 1
    assert message in result.stderr.splitlines()[-1]
    assert not list(tmp_path.glob("home/*"))
