"""The application with models of all kinds behind its doors, for the clients."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import served_demo
import v2_calls
from real_clients import PREFIX, Doors
from served_demo import Served
from waiting import await_that

from launcher.cluster import ports
from launcher.project import Project

_SETTLING_SECONDS = 60
_PLACES = 10
_ROWS = "src/test/resources/expected_predictions.json"


@pytest.fixture(scope="session")
def doors(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Doors]:
    """On the cluster at MM_BASE_URL, else in a process of its own."""
    project = Project(repository)
    folder = tmp_path_factory.mktemp("doors")
    with ExitStack() as ends:
        if "MM_BASE_URL" in os.environ:
            registry = Path(os.environ["MM_INSTANCE_DIR"]) / "models"
            served = Served(os.environ["MM_BASE_URL"], os.environ["MM_ADMIN_TOKEN"], registry)
            grpc = os.environ["MM_GRPC"]
            ends.callback(_remove, served, json.loads((repository / _ROWS).read_text(encoding="utf-8"))["tenants"])
        else:
            port = ports.pick()
            settings = {"MANY_MODELS_GRPC_PORT": str(port)}
            served = ends.enter_context(served_demo.in_one_process(project, folder, settings))
            grpc = f"127.0.0.1:{port}"
        found = Doors(project, served, grpc)
        found.publish(v2_calls.cases(repository), v2_calls.made(), folder / "published")
        yield found


@pytest.fixture(scope="session")
def churn() -> str:
    """The tenant that the pages call churn."""
    return f"{PREFIX}churn"


def _remove(served: Served, demo: dict[str, Any]) -> None:
    """Gives the places back that the models have earned, to the tenants that other tests ask for."""
    added = [folder for folder in served.registry.iterdir() if folder.name.startswith(PREFIX)]
    for folder in added:
        shutil.rmtree(folder)
    served.call("/refresh_models", {"tenants": [folder.name for folder in added]})

    def every_place_is_taken() -> bool:
        for tenant, known in demo.items():
            served.call("/score", {"tenant": tenant, "data": known["rows"][:1]})
        return len(served.call("/deployment_map")["deployment_map"]) == _PLACES

    await_that("every place is taken", every_place_is_taken, _SETTLING_SECONDS)
