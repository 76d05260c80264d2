"""The demo as tests reach it over HTTP."""

from __future__ import annotations

import json
import os
import secrets
import shutil
import subprocess
import threading
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher.build.java_main import java_environment
from launcher.build.toolchain import find_jdk
from launcher.project import Project

_UP = "  score      POST "
_START_SECONDS = 60
_POLL_SECONDS = 0.05


@dataclass(frozen=True)
class Served:
    """A running application. The token is empty where admin calls need none."""

    base_url: str
    admin_token: str

    def call(self, path: str, body: Any = None) -> Any:
        """The JSON that is answered; raises when it is an error."""
        headers = {"Content-Type": "application/json"}
        if self.admin_token:
            headers["Authorization"] = f"Bearer {self.admin_token}"
        data = None if body is None else json.dumps(body).encode()
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        with opener.open(urllib.request.Request(self.base_url + path, data, headers), timeout=60) as response:
            return json.load(response)


@contextmanager
def in_one_process(project: Project, folder: Path) -> Iterator[Served]:
    """Serves a copy of the demo from the folder, on a free port; always ended."""
    shutil.copytree(project.models, folder / "models")
    token = secrets.token_hex(24)
    words = ["serve", "--registry", folder / "models", "--state", folder / "state", "--port", "0"]
    words += ["--config", project.demo.with_name("rayservice.yaml")]
    user = {name: value for name, value in os.environ.items() if not name.startswith("MANY_MODELS_")}
    environment = java_environment({**user, "MANY_MODELS_ADMIN_TOKEN": token})
    with (folder / "serve.out").open("wb") as out:
        process = subprocess.Popen(
            [find_jdk(os.environ).java, "-jar", project.jar, *words],
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    try:
        yield Served(_address(process, folder / "serve.out"), token)
    finally:
        process.kill()
        process.wait()


def _address(process: subprocess.Popen[bytes], out: Path) -> str:
    """Where it listens, once it does."""
    deadline = time.monotonic() + _START_SECONDS
    pause = threading.Event()
    while time.monotonic() < deadline and process.poll() is None:
        for line in out.read_text().splitlines():
            if line.startswith(_UP):
                return line.removeprefix(_UP).removesuffix("/score")
        pause.wait(_POLL_SECONDS)
    raise AssertionError(f"it is not up: {out.read_text()[-2000:]}")
