"""Calls by MLflow's clients.

A call: `via` is "scoring server" or "databricks", `model` is asked. `frame` (`columns`, `rows`, and `kinds`, the types
of columns that pandas is to convert), `array` (nested lists) or `inputs` (what the user of the databricks client
writes) are sent, with `params` beside; `do` "ping" or "version" asks for that instead.
"""

from __future__ import annotations

import os
from typing import Any

import numpy as np
import pandas as pd
from calling import Call, run
from mlflow.deployments import get_deploy_client
from mlflow.pyfunc.scoring_server.client import ScoringServerClient

_addresses: dict[str, str] = {}


async def connect(job: Call) -> None:
    _addresses["http"] = job["http"]
    os.environ["DATABRICKS_HOST"] = f"http://{job['http']}"
    # It repeats what was refused.
    os.environ["MLFLOW_HTTP_REQUEST_MAX_RETRIES"] = "0"


async def perform(call: Call) -> Any:
    if call["via"] == "databricks":
        os.environ["DATABRICKS_TOKEN"] = call.get("headers", {}).get("authorization", "Bearer none").split()[1]
        client = get_deploy_client("databricks")
        return dict(client.predict(endpoint=call["model"], inputs=call["inputs"]))
    host, _, port = _addresses["http"].partition(":")
    client = ScoringServerClient(host, f"{port}/models/{call['model']}" if call["model"] else port)
    if call.get("do") == "ping":
        return client.ping()
    if call.get("do") == "version":
        return client.get_version()
    answer = client.invoke(_data(call), call.get("params"))
    return {"predictions": answer["predictions"], "frame": answer.get_predictions().to_dict(orient="split")}


def _data(call: Call) -> Any:
    if "frame" in call:
        frame = pd.DataFrame(call["frame"]["rows"], columns=call["frame"]["columns"])
        for name, kind in call["frame"].get("kinds", {}).items():
            frame[name] = frame[name].astype(kind)
        return frame
    return np.array(call["array"])


run(perform, connect)
