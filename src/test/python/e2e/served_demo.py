"""The demo as tests reach it over HTTP."""

from __future__ import annotations

import json
import secrets
import shutil
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher import one_process
from launcher.cluster import ports
from launcher.one_process import Serve
from launcher.project import Project


@dataclass(frozen=True)
class Served:
    """A running application, and the folder of its registry. The token is empty where admin calls need none."""

    base_url: str
    admin_token: str
    registry: Path

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
def in_one_process(project: Project, folder: Path, settings: Mapping[str, str] | None = None) -> Iterator[Served]:
    """Serves a copy of the demo from the folder, on a free port, with more settings if any; always ended."""
    shutil.copytree(project.models, folder / "models")
    token = secrets.token_hex(24)
    serve = Serve(
        registry=folder / "models",
        state=folder / "state",
        port=ports.pick(),
        config=project.demo.with_name("rayservice.yaml"),
        settings={"MANY_MODELS_ADMIN_TOKEN": token, **(settings or {})},
    )
    with one_process.running(project, serve, folder / "serve.out"):
        yield Served(serve.url, token, serve.registry)
