"""Calls by tritonclient.

A call: `via` is one of "http", "http.aio", "grpc", "grpc.aio". `do` is "infer", with `model`, `version`, `inputs`
(name, datatype, shape, data), `outputs` (names, or null), `binary` (false: JSON both ways), and `options` of the
library's own `infer`; or the name of another of its methods, with `arguments`. `headers` are sent along.
"""

from __future__ import annotations

import inspect
import json
from typing import Any

import tritonclient.grpc
import tritonclient.grpc.aio
import tritonclient.http
import tritonclient.http.aio
from calling import Call, array, run
from google.protobuf import json_format
from google.protobuf.message import Message

_MODULES = {
    "http": tritonclient.http,
    "http.aio": tritonclient.http.aio,
    "grpc": tritonclient.grpc,
    "grpc.aio": tritonclient.grpc.aio,
}
_clients: dict[str, Any] = {}


async def connect(job: Call) -> None:
    for via, module in _MODULES.items():
        address = job["grpc" if "grpc" in via else "http"]
        if address is not None:
            _clients[via] = module.InferenceServerClient(address)


async def perform(call: Call) -> Any:
    client = _clients[call["via"]]
    headers = call.get("headers")
    if call["do"] == "infer":
        return await _infer(client, call, headers)
    answer = await _awaited(getattr(client, call["do"])(*call.get("arguments", []), headers=headers))
    if isinstance(answer, Message):
        return json.loads(json_format.MessageToJson(answer, preserving_proto_field_name=True))
    return answer


async def _infer(client: Any, call: Call, headers: Any) -> Any:
    module = _MODULES[call["via"]]
    over_http = "http" in call["via"]
    binary = call.get("binary", True)
    inputs = []
    for tensor in call["inputs"]:
        made = module.InferInput(tensor["name"], tensor["shape"], tensor["datatype"])
        made.set_data_from_numpy(array(tensor), **({"binary_data": binary} if over_http else {}))
        inputs.append(made)
    outputs = None
    if call.get("outputs") is not None:
        options = {"binary_data": binary} if over_http else {}
        outputs = [module.InferRequestedOutput(name, **options) for name in call["outputs"]]
    result = await _awaited(
        client.infer(
            call["model"],
            inputs,
            model_version=call.get("version", ""),
            outputs=outputs,
            headers=headers,
            **call.get("options", {}),
        )
    )
    said = result.get_response()
    if isinstance(said, Message):
        said = json.loads(json_format.MessageToJson(said, preserving_proto_field_name=True))
    told = {output["name"]: output for output in said.get("outputs", [])}
    return {
        "outputs": {name: result.as_numpy(name) for name in told},
        "datatypes": {name: output["datatype"] for name, output in told.items()},
        "model_name": said.get("model_name"),
        "model_version": said.get("model_version"),
        "id": said.get("id"),
        "binary": all("binary_data_size" in output.get("parameters", {}) for output in told.values()),
    }


async def _awaited(value: Any) -> Any:
    return await value if inspect.isawaitable(value) else value


run(perform, connect)
