"""`serve` as the benches measure it: the placed tenants of `placed_cluster` in their places, in one process."""

from __future__ import annotations

import json
import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from launcher import local_http
from launcher.cluster import ports, serve_config
from launcher.errors import LauncherError
from launcher.one_process import OneProcess, Serve, running
from launcher.project import Project
from measuring import placed_cluster

ROLE = "one process"
_PSS = re.compile(r"^Pss:\s+(\d+) kB$", re.MULTILINE)
_KIB = 1024


@contextmanager
def folder() -> Iterator[Path]:
    """For the files of a process; removed with the body."""
    made = Path(tempfile.mkdtemp(prefix="many-models-bench-"))
    try:
        yield made
    finally:
        shutil.rmtree(made, ignore_errors=True)


@contextmanager
def serving(project: Project, registry: Path, config: Mapping[str, Any] | None) -> Iterator[OneProcess]:
    """A process that is ready; with this serveConfigV2, else sized by the machine."""
    with folder() as files:
        file = files / "config.yaml"
        if config is not None:
            file.write_text(json.dumps(config))
        serve = Serve(registry, files / "state", ports.pick(), None if config is None else file)
        with running(project, serve, files / "serve.log") as process:
            yield process


@contextmanager
def placed(project: Project, registry: Path, tenants: int) -> Iterator[OneProcess]:
    """As `placed_cluster.running`: the first tenants are placed, all others can stay loaded in Deploymentx."""
    config = placed_cluster.changed(serve_config.read(project.rayservice), tenants)
    with serving(project, registry, config) as process:
        placed_cluster.wait_until_placed(process.serve.url)
        yield process


def pss_mib(pid: int) -> float:
    """Memory, with what is shared counted in parts."""
    found = _PSS.search(Path(f"/proc/{pid}/smaps_rollup").read_text())
    if found is None:
        raise LauncherError(f"/proc/{pid}/smaps_rollup names no Pss")
    return int(found[1]) / _KIB


def loaded_models(url: str) -> int:
    """In all deployments together."""
    status = local_http.call("GET", f"{url}/status").json()
    hot = sum(len(replica["models"]) for each in status["placement"]["hot"] for replica in each["replicas"])
    return hot + sum(int(replica["models"]) for replica in status["overflow"])
