"""Calls by KServe's SDK.

A call: `via` is "rest", "grpc" or "v1". `do` is "infer", with `model`, `inputs` and `outputs` as for tritonclient, and
`form`: "binary" (arrays) or "lists"; of V1 `body` is sent as it is; or the name of another method, with `arguments`.
"""

from __future__ import annotations

import logging
from typing import Any

from calling import Call, array, run
from kserve import InferenceGRPCClient, InferenceRESTClient, InferInput, InferRequest
from kserve.inference_client import RESTConfig
from kserve.protocol.infer_type import RequestedOutput

_clients: dict[str, Any] = {}
_addresses: dict[str, str] = {}


async def connect(job: Call) -> None:
    logging.disable()
    _addresses["http"] = f"http://{job['http']}"
    _clients["rest"] = InferenceRESTClient(RESTConfig(protocol="v2"))
    _clients["v1"] = InferenceRESTClient(RESTConfig(protocol="v1"))
    if job["grpc"] is not None:
        _clients["grpc"] = InferenceGRPCClient(job["grpc"])


async def perform(call: Call) -> Any:
    client = _clients[call["via"]]
    headers = call.get("headers")
    if call["via"] == "grpc":
        headers = None if headers is None else tuple((name.lower(), value) for name, value in headers.items())
        if call["do"] != "infer":
            return await getattr(client, call["do"])(*call.get("arguments", []), headers=headers)
        return _told(await client.infer(_request(call), headers=headers))
    base = _addresses["http"]
    if call["do"] != "infer":
        return await getattr(client, call["do"])(base, *call.get("arguments", []), headers=headers)
    body = call["body"] if call["via"] == "v1" else _request(call)
    answer = await client.infer(base, body, model_name=call["model"], headers=headers)
    return answer if call["via"] == "v1" else _told(answer)


def _request(call: Call) -> InferRequest:
    binary = call.get("form", "binary") == "binary"
    inputs = []
    for tensor in call["inputs"]:
        made = InferInput(tensor["name"], tensor["shape"], tensor["datatype"])
        if binary:
            made.set_data_from_numpy(array(tensor), binary_data=True)
        else:
            made.data = _flat(tensor["data"])
        inputs.append(made)
    names = call.get("outputs")
    outputs = None if names is None else [RequestedOutput(name) for name in names]
    parameters = {"binary_data_output": True} if binary and call["via"] == "rest" and names is None else None
    return InferRequest(
        call["model"], inputs, request_id=call.get("id"), parameters=parameters, request_outputs=outputs
    )


def _flat(data: Any) -> list[Any]:
    return [cell for each in data for cell in _flat(each)] if isinstance(data, list) else [data]


def _told(answer: Any) -> Any:
    return {
        "outputs": {output.name: output.as_numpy() for output in answer.outputs},
        "datatypes": {output.name: output.datatype for output in answer.outputs},
        "model_name": answer.model_name,
        "model_version": answer.model_version,
        "id": answer.id,
    }


run(perform, connect)
