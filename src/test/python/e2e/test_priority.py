"""Whom the kernel lets go first on a cluster's machine."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from launcher.cluster import logs, serve_api
from launcher.cluster.instance import Instance
from launcher.cluster.ray_cluster import Cluster
from launcher.project import Project

INSTANCE = Path(os.environ.get("MM_INSTANCE_DIR", ""))
DASHBOARD_URL = os.environ.get("MM_DASHBOARD_URL", "")
# As the kernel cuts the names of the threads that requests pass through.
SERVING = ("predict-server", "dispatcher-io")


@pytest.mark.fresh
def test_threads_that_serve_have_the_priority_of_ray() -> None:
    if not DASHBOARD_URL:
        pytest.skip("MM_DASHBOARD_URL is not set: no cluster whose threads could be looked at")
    cluster = Cluster(Instance(Project.here(), INSTANCE.name))
    raylet = next(process.pid for process in cluster.processes() if process.program == "raylet")
    replicas = logs.pids_of(serve_api.applications(DASHBOARD_URL), None)
    serving = {
        f"{pid} {name}": os.getpriority(os.PRIO_PROCESS, int(task.name))
        for pid in replicas
        for task in Path(f"/proc/{pid}/task").iterdir()
        if (name := (task / "comm").read_text().strip()).startswith(SERVING)
    }
    assert serving, f"no thread is called {SERVING}"
    assert set(serving.values()) == {os.getpriority(os.PRIO_PROCESS, raylet)}, serving
