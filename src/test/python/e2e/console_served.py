"""Ten thousand tenants in one process, asked all the time, for the tests of the live page."""

from __future__ import annotations

import http.client
import json
import os
import random
import secrets
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from served_demo import Served

from launcher import one_process
from launcher.cluster import ports
from launcher.one_process import Serve
from launcher.project import Project

TENANTS = 10_000
LONG_NAME = "shop-" + "long-name." * 12 + "end"
BROKEN = "shop-00003"
"""Its live version does not load."""
TWO_VERSIONS = "shop-00007"
PINNED = "shop-00042"
BUSY = 400
"""Tenants that are asked."""

_PAUSE_SECONDS = 0.004
_ROW = [5.1, 3.5, 1.4, 0.2]

CONFIG = """\
applications:
  - name: many-models
    import_path: manymodels.application:build
    args: {hot_deployments: 4}
    deployments:
      - name: SharedMemory
        user_config: {max_moves_per_second: 4}
      - name: Deployment1
        user_config: {pool: dynamic, capacity: 60}
      - name: Deployment2
        user_config: {pool: dynamic, capacity: 60}
      - name: Deployment3
        user_config: {pool: dynamic, capacity: -60}
      - name: Deployment4
        user_config: {pool: dedicated, capacity: 20}
      - name: Deploymentx
        user_config: {capacity: 150}
"""
"""The configuration of Deployment3 is refused."""


def tenant(number: int) -> str:
    return LONG_NAME if number == 1 else f"shop-{number:05}"


def make_registry(models: Path, folder: Path) -> None:
    """Real models, ten thousand of them: those of the demo again and again, as hard links."""
    originals = sorted(each for each in models.iterdir() if _takes_four_columns(each / "1"))
    for number in range(1, TENANTS + 1):
        _publish(originals[number % len(originals)] / "1", folder, tenant(number), 1)
    _publish(originals[0] / "1", folder, TWO_VERSIONS, 2)
    _publish(originals[1] / "1", folder, BROKEN, 2, broken=True)


def _takes_four_columns(version: Path) -> bool:
    """The logistic regressions of the demo, which are its smallest models."""
    return version.is_dir() and (version / "model.onnx").stat().st_size == 503


def _publish(original: Path, folder: Path, name: str, version: int, *, broken: bool = False) -> None:
    version_folder = folder / name / str(version)
    version_folder.mkdir(parents=True)
    if broken:
        (version_folder / "model.onnx").write_bytes(b"this is no model")
    else:
        os.link(original / "model.onnx", version_folder / "model.onnx")
    metadata = json.loads((original / "metadata.json").read_text())
    metadata |= {"tenant": name, "version": version}
    (version_folder / "metadata.json").write_text(json.dumps(metadata))
    (folder / name / "live").write_text(str(1 if broken else version))


@contextmanager
def serving(project: Project, folder: Path) -> Iterator[Served]:
    """Serves them from the folder, with a token for changes and one tenant pinned; always ended."""
    originals = folder / "originals"
    shutil.copytree(project.models, originals)
    registry = folder / "models"
    make_registry(originals, registry)
    config = folder / "config.yaml"
    config.write_text(CONFIG)
    token = secrets.token_hex(24)
    serve = Serve(
        registry=registry,
        state=folder / "state",
        port=ports.pick(),
        config=config,
        settings={"MANY_MODELS_ADMIN_TOKEN": token, "MANY_MODELS_VERSION_POLL_S": "1"},
    )
    with one_process.running(project, serve, folder / "serve.out"):
        served = Served(serve.url, token, registry)
        served.call("/update_dedicated_pool", {"mapping": {PINNED: "deployment4"}})
        yield served


@contextmanager
def asked_all_the_time(served: Served) -> Iterator[None]:
    """Some tenants more often than others, until the end."""
    ended = threading.Event()
    asking = threading.Thread(target=_ask, args=(served, ended), daemon=True)
    asking.start()
    try:
        yield
    finally:
        ended.set()
        asking.join(30)


def _ask(served: Served, ended: threading.Event) -> None:
    chosen = random.Random(7)
    names = [tenant(number) for number in range(1, BUSY + 1)]
    weights = [1 / rank for rank in range(1, BUSY + 1)]
    connection = http.client.HTTPConnection(served.base_url.removeprefix("http://"), timeout=30)
    while not ended.wait(_PAUSE_SECONDS):
        (name,) = chosen.choices(names, weights)
        row = _ROW[:3] if chosen.random() < 0.004 else _ROW  # too short: refused
        body: Any = json.dumps({"tenant": name, "data": [row]})
        connection.request("POST", "/score", body, {"Content-Type": "application/json"})
        connection.getresponse().read()
    connection.close()
