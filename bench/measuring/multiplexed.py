"""Ray Serve's own way to many models, to compare with: a Python deployment with @serve.multiplexed.

It answers what the application's /score answers, as well as it can be done in Python: models are called on the event
loop with the session options of the application's own loader, and nothing of a request is checked.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy
import onnxruntime
from ray import serve
from ray.serve import Application
from starlette.requests import Request
from starlette.responses import Response

NAME = "Multiplexed"


def session_options() -> Any:
    """As in io.manymodels.adapter.onnx.OnnxModelLoader."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_DISABLE_ALL
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False
    return options


def loaded(file: Path) -> tuple[Any, str]:
    """A session and the name of its input."""
    session = onnxruntime.InferenceSession(file, session_options(), providers=["CPUExecutionProvider"])
    return session, session.get_inputs()[0].name


def answer(session: Any, input_name: str, tenant: str, data: Any) -> str:
    """As /score writes it, to the byte."""
    rows = numpy.asarray(data, dtype=numpy.float32)
    prediction = session.run(None, {input_name: rows})[0].tolist()
    return json.dumps(
        {"deployment": NAME, "model": tenant, "version": 1, "prediction": prediction}, separators=(",", ":")
    )


def build(args: dict[str, Any]) -> Application:
    """Args: registry (a folder), models (that a replica holds at most), replicas, max_ongoing_requests."""

    class Multiplexed:
        def __init__(self, registry: str) -> None:
            self._registry = Path(registry)

        @serve.multiplexed(max_num_models_per_replica=args["models"])  # type: ignore[untyped-decorator]
        async def model(self, tenant: str) -> Any:
            return loaded(self._registry / tenant / "1" / "model.onnx")

        async def __call__(self, request: Request) -> Response:
            question = json.loads(await request.body())
            tenant = serve.get_multiplexed_model_id()
            session, name = await self.model(tenant)
            return Response(answer(session, name, tenant, question["data"]), media_type="application/json")

    deployment: Any = serve.deployment(
        name=NAME,
        num_replicas=args["replicas"],
        max_ongoing_requests=args["max_ongoing_requests"],
        ray_actor_options={"num_cpus": 0.01},
    )(Multiplexed)
    return deployment.bind(args["registry"])
