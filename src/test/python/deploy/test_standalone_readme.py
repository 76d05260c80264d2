"""The recipes of deploy/standalone/README.md: the one for a virtual machine is followed, of the others the words count.

The lines of kubectl are checked with those of other pages (iac/test_docs.py), the jar's by DocumentedCommandsTest.
"""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
from pathlib import Path

import chroots
import pytest
from standalone_image import Stage
from test_systemd_unit import parsed, variables

from launcher.build import application_jar
from launcher.cluster import ports
from launcher.project import Project

ROOT = Path(__file__).resolve().parents[4]
FOLDER = ROOT / "deploy" / "standalone"
SECONDS = 180


def blocks(section: str) -> list[list[str]]:
    """The commands of each indented block below the title."""
    page = (FOLDER / "README.md").read_text()
    text = page.partition(f"\n## {section}")[2].partition("\n## ")[0]
    found = re.findall(r"(?:^ {4}\S.*\n)+", text, re.MULTILINE)
    return [[line.strip() for line in block.splitlines()] for block in found]


def programs(section: str, name: str) -> list[list[str]]:
    lines = [shlex.split(line) for block in blocks(section) for line in block]
    return [words for words in lines if words[0] == name]


def start_of_the_service() -> str:
    """What systemd does when it starts the unit, but for what it forbids it."""
    service = parsed(FOLDER / "many-models.service")
    known = {"%S": "/var/lib", "%d": "/run/credentials", "${RUNTIME_DIRECTORY}": "/run/many-models"}
    exports = " ".join(f"{name}={value}" for name, value in variables(service).items())
    line = service["ExecStart"][0]
    for name, value in known.items():
        exports, line = exports.replace(name, value), line.replace(name, value)
    credential, _, source = service["LoadCredential"][0].partition(":")
    return "\n".join(
        [
            "#!/bin/sh",
            '[ "$*" = "enable --now many-models" ] || exit 0',
            "[ -f /etc/systemd/system/many-models.service ] || exit 1",
            "mkdir -p /var/lib/many-models /run/many-models /run/credentials && cd /var/lib/many-models || exit 1",
            f"cp {source} /run/credentials/{credential} || exit 1",
            f"set -a && . {service['EnvironmentFile'][0]} || exit 1",
            f"exec env {exports} {line} >/checkout/log 2>&1 &",
        ]
    )


@pytest.fixture
def machine(repository: Path, tmp_path: Path) -> Stage:
    """A machine of the reader, with what the page wants to be there."""
    chroots.require(tmp_path / "probe", changed="etc")
    application_jar.build(Project(repository))
    checkout = tmp_path / "machine" / "checkout"
    shutil.copytree(FOLDER, checkout / "deploy" / "standalone")
    (checkout / "target").mkdir()
    shutil.copy2(repository / "target" / "many-models.jar", checkout / "target")
    shutil.copy(repository / "models" / "tenant1" / "1" / "model.onnx", checkout / "my-model.onnx")
    stubs = tmp_path / "machine" / "stubs"
    stubs.mkdir()
    for name, text in [
        ("sudo", '#!/bin/sh\nexec "$@"'),
        ("systemctl", start_of_the_service()),
        ("journalctl", "#!/bin/sh"),
    ]:
        (stubs / name).write_text(f"{text}\n")
        (stubs / name).chmod(0o755)
    return Stage(tmp_path / "machine", folder="/checkout")


@pytest.mark.jar
def test_recipe_for_a_machine_ends_with_a_score_of_the_readers_model(machine: Stage) -> None:
    installation, use, *_ = blocks("A virtual machine")
    url = f"http://127.0.0.1:{ports.pick()}"
    await_ready = f"java -jar /opt/many-models/many-models.jar score --url {url} nobody '[[1]]' 2>&1"
    script = "\n".join(
        [
            "set -eu",
            *installation,
            "stat -c '%a %n' /etc/many-models/admin-token /opt/many-models/many-models.jar",
            f"tries=0; until {await_ready} | grep -q 404; do tries=$((tries + 1)); [ $tries -lt 30 ] || cat log; done",
            *(line.replace(" score ", f" score --url {url} ") for line in use),
        ]
    )
    result = subprocess.run(
        [*chroots.UNSHARED, *chroots.entered(["/bin/sh", "-c", script])],
        env=chroots.around(machine.root, machine.folder, changed="etc")
        | {
            "PATH": f"/stubs:{os.environ['PATH']}",
            "MANY_MODELS_DIRECT_PORT": url.rpartition(":")[2],
        },
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS,
    )
    log = machine.at("/checkout/log")
    assert result.returncode == 0, result.stdout + result.stderr + (log.read_text() if log.exists() else "")
    assert "600 /etc/many-models/admin-token\n644 /opt/many-models/many-models.jar\n" in result.stdout
    answer = json.loads(result.stdout.strip().splitlines()[-1])
    assert (answer["model"], answer["prediction"]) == ("my-tenant", [0])
    assert not Path("/etc/many-models").exists()


def test_docker_takes_the_lines() -> None:
    recording = json.loads((ROOT / "src/test/resources/deploy/docker.json").read_text())["commands"]
    lines = programs("A container", "docker")
    assert [words[1] for words in lines] == ["build", "volume", "run", "cp", "exec", "exec"]
    for words in lines:
        name = " ".join(words[1:3]) if words[1] == "volume" else words[1]
        # What comes after the name of the container is for the program in it.
        ours = words[: words.index("many-models")] if name == "exec" else words
        given = {word.partition("=")[0] for word in ours if word.startswith("-")}
        assert given <= set(recording[name]), words


def test_container_has_the_names_ports_and_folders_of_the_image() -> None:
    dockerfile = (FOLDER / "Dockerfile").read_text()
    (build,) = [words for words in programs("A container", "docker") if words[1] == "build"]
    (run,) = [words for words in programs("A container", "docker") if words[1] == "run"]
    assert (ROOT / build[build.index("-f") + 1]).is_file()
    assert build[-1] == "."
    assert run[-1] == build[build.index("-t") + 1]
    (exposed,) = re.findall(r"^EXPOSE (.*)$", dockerfile, re.MULTILINE)
    assert run[run.index("--publish") + 1].rpartition(":")[2] == exposed.split()[0]
    assert run[run.index("--volume") + 1].rpartition(":")[2] in json.loads(
        re.findall(r"^VOLUME (.*)$", dockerfile, re.MULTILINE)[0]
    )


def test_every_file_of_the_folder_is_in_the_table() -> None:
    page = (FOLDER / "README.md").read_text()
    listed = set(re.findall(r"`([^`]+)`", "".join(re.findall(r"^\| (.*?) \|", page, re.MULTILINE))))
    named = set(re.findall(r"^  - ([a-z-]+\.yaml)$", (FOLDER / "kustomization.yaml").read_text(), re.MULTILINE))
    others = {"README.md", "settings.env", "Dockerfile.dockerignore"}
    assert {path.name for path in FOLDER.iterdir()} == listed | named | others
