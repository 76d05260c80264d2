"""MLServer, which speaks Open Inference Protocol V2 as well: installed by pip, with its defaults, in its own Python."""

from __future__ import annotations

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from launcher import bootstrap, local_http
from launcher.cluster import ports
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import one_process

NAME = "MLServer"
_REQUIREMENTS = "bench/requirements-mlserver.txt"
_RUNTIME = "mlserver_runtime"
_START_SECONDS = 60.0
_END_SECONDS = 15.0
_POLL_SECONDS = 0.1


@dataclass(frozen=True)
class Peer:
    """A running server. `pids`: all its processes."""

    name: str
    pids: tuple[int, ...]
    port: int
    grpc_port: int


@contextmanager
def running(project: Project, model: Path, name: str) -> Iterator[Peer]:
    """Serves the file under this name."""
    with step("installing MLServer", "installed MLServer"):
        python = bootstrap.ensure(project.root, [_REQUIREMENTS], "bench-mlserver")
    with one_process.folder() as files:
        port, grpc_port, metrics_port = ports.pick(), ports.pick(), ports.pick()
        settings = {
            "host": "127.0.0.1",
            "http_port": port,
            "grpc_port": grpc_port,
            "metrics_port": metrics_port,
            "debug": False,
        }
        (files / "settings.json").write_text(json.dumps(settings))
        one = {"name": name, "implementation": f"{_RUNTIME}.OnnxRuntime", "parameters": {"uri": str(model)}}
        (files / "model-settings.json").write_text(json.dumps(one))
        env = os.environ | {"PYTHONPATH": str(Path(__file__).parent)}
        log = files / "mlserver.log"
        with log.open("wb") as output:
            server = subprocess.Popen(
                [python.with_name("mlserver"), "start", "."],
                cwd=files,
                env=env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            url = f"http://127.0.0.1:{port}/v2/models/{name}/ready"
            deadline = time.monotonic() + _START_SECONDS
            while not _is_ready(url):
                if server.poll() is not None or time.monotonic() > deadline:
                    raise LauncherError(f"MLServer did not start: {log.read_text(errors='replace')[-500:]}")
                threading.Event().wait(_POLL_SECONDS)
            yield Peer(NAME, (server.pid, *_children(server.pid)), port, grpc_port)
        finally:
            server.terminate()
            try:
                server.wait(_END_SECONDS)
            except subprocess.TimeoutExpired:
                server.kill()
                server.wait()


def _is_ready(url: str) -> bool:
    try:
        return local_http.call("GET", url).status == 200
    except local_http.NoAnswerError:
        return False


def _children(pid: int) -> list[int]:
    """The processes that this one has started, and theirs."""
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return [*children, *(each for child in children for each in _children(child))]
