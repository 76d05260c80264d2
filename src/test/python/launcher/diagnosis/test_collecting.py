"""`diagnose`: what the zip file has, whatever is broken."""

import json
import threading
import zipfile
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from click.testing import CliRunner

from launcher import cli
from launcher.cluster.instance import Instance
from launcher.diagnosis import archive, collecting
from launcher.diagnosis.archive import Archive
from launcher.diagnosis.collecting import Target
from launcher.diagnosis.redaction import Redaction
from launcher.project import Project

TOKEN = "t0ken-of-the-admin"


class _Application(BaseHTTPRequestHandler):
    """Answers operators only, and tells more than it should."""

    def do_GET(self) -> None:
        known = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        body = json.dumps({"path": self.path, "url": f"redis://u:{TOKEN}@h"}).encode()
        self.send_response(200 if known else 401)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Application)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def instance(tmp_path: Path) -> Instance:
    (tmp_path / "checkout").mkdir()
    return Instance(Project(tmp_path / "checkout"), "none")


def parts(file: Path) -> dict[str, str]:
    with zipfile.ZipFile(file) as content:
        assert content.testzip() is None
        return {name: content.read(name).decode() for name in content.namelist()}


def test_what_runs_is_asked_and_nothing_secret_is_kept(url: str, instance: Instance, tmp_path: Path) -> None:
    config = tmp_path / "rayservice.yaml"
    config.write_text("redis_password: hunter2\ncapacity: 7\n", encoding="utf-8")
    log = tmp_path / "serve.log"
    log.write_text(f"a line\nwith {TOKEN}\n", encoding="utf-8")
    file = tmp_path / "out.zip"
    target = Target(instance, url, config, (log,))
    missing = collecting.collect(target, file, {"MANY_MODELS_ADMIN_TOKEN": TOKEN, "MANY_MODELS_LOG": "json"})
    assert missing == []
    found = parts(file)
    assert json.loads(found["answers/status.json"])["path"] == "/status"
    assert json.loads(found["answers/decisions.json"])["path"] == "/placement?since=0&limit=5000"
    assert "capacity: 7" in found["configuration/rayservice.yaml"]
    assert json.loads(found["configuration/command-variables.json"]) == {
        "MANY_MODELS_ADMIN_TOKEN": "(set)",
        "MANY_MODELS_LOG": "json",
    }
    assert found["logs/0-serve.log"] == "a line\nwith (removed)\n"
    assert json.loads(found["machine.json"])["processors"] > 0
    assert json.loads(found["versions.json"])["java"]
    assert "nothing" in found["README.txt"]
    assert TOKEN not in "".join(found.values())
    assert "hunter2" not in "".join(found.values())
    assert file.stat().st_mode & 0o077 == 0


def test_when_nothing_answers_the_rest_is_collected(instance: Instance, tmp_path: Path) -> None:
    file = tmp_path / "out.zip"
    target = Target(instance, "http://127.0.0.1:9", tmp_path / "gone.yaml", (tmp_path / "gone.log",))
    missing = collecting.collect(target, file, {})
    assert [part.partition(":")[0] for part in missing] == [
        "answers/status.json",
        "answers/metrics.txt",
        "answers/decisions.json",
        "answers/ready.txt",
        "configuration/gone.yaml",
        "logs",
    ]
    found = parts(file)
    assert {"machine.json", "versions.json", "processes.json", "README.txt"} <= found.keys()
    assert "no answer" in found["README.txt"]


def test_the_logs_of_a_cluster_are_found_though_it_does_not_run(
    instance: Instance, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    logs = tmp_path / "logs"
    (logs / "serve").mkdir(parents=True)
    for name in (
        "java-worker-01000000-4711.log",
        "worker-ab-01000000-4711.err",
        "raylet.out",
        "serve/controller_1.log",
    ):
        (logs / name).write_text(f"{name}\n", encoding="utf-8")
    (logs / "java-worker-01000000-4712.log").touch()
    monkeypatch.setattr(Instance, "session_logs", logs)
    assert set(Target(instance, None, None, ()).logs()) == {
        "logs/java-worker-01000000-4711.log",
        "logs/worker-ab-01000000-4711.err",
        "logs/raylet.out",
        "logs/serve/controller_1.log",
    }


def test_a_long_log_is_its_end_from_a_whole_line_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(archive, "MAX_LOG_BYTES", 100)
    monkeypatch.setattr(archive, "MAX_LOGS_BYTES", 150)
    log = tmp_path / "x.log"
    log.write_text("".join(f"line {number:04}\n" for number in range(1_000)), encoding="utf-8")
    with Archive(tmp_path / "out.zip", Redaction()) as out:
        for number in range(3):
            out.add_log(f"logs/{number}", log)
    found = parts(tmp_path / "out.zip")
    assert found["logs/0"].splitlines()[0] == "line 0991"
    assert found["logs/0"].endswith("line 0999\n")
    assert out.missing == ["logs/2: there are too many logs"]


def test_a_file_that_is_there_is_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "mine.zip"
    file.write_text("mine", encoding="utf-8")
    result = CliRunner().invoke(cli.cli, ["diagnose", "-o", str(file)])
    assert result.exit_code != 0
    assert file.read_text(encoding="utf-8") == "mine"
