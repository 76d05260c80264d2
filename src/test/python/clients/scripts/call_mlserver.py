"""Calls by what MLServer's documentation has its users write: its types and codecs, sent by any HTTP library or gRPC.

A call: `via` is "rest" or "grpc", `model` and `version` say what is asked. `codec` says how the values are encoded:
"types" (`inputs` as for tritonclient), "numpy" (the same, each by NumpyCodec or StringCodec), "pandas" (`columns` and
`rows` as one DataFrame), or "numpy request" (the only input, by NumpyRequestCodec, which names it input-1). `raw` asks
gRPC for raw contents. `get` reads a path instead, as one of MLServer's types.
"""

from __future__ import annotations

from typing import Any

import grpc
import numpy as np
import pandas as pd
import requests
from calling import Call, array, run
from mlserver import types
from mlserver.codecs import NumpyCodec, NumpyRequestCodec, PandasCodec, StringCodec
from mlserver.grpc import converters, dataplane_pb2, dataplane_pb2_grpc

_addresses: dict[str, str] = {}


class RefusedError(Exception):
    """An answer other than 200; its text is the error's."""

    def __init__(self, response: requests.Response) -> None:
        super().__init__(response.json()["error"])
        self.status = response.status_code


async def connect(job: Call) -> None:
    _addresses.update({name: job[name] for name in ("http", "grpc") if job[name] is not None})


async def perform(call: Call) -> Any:
    if "get" in call:
        return _read(call)
    over_grpc = call["via"] == "grpc"
    request = _request(call, use_bytes=over_grpc)
    request.id = call.get("id")
    if call.get("outputs") is not None:
        request.outputs = [types.RequestOutput(name=name) for name in call["outputs"]]
    response = _by_grpc(call, request) if over_grpc else _by_rest(call, request)
    return {
        "outputs": {output.name: _values(output) for output in response.outputs},
        "datatypes": {output.name: str(output.datatype) for output in response.outputs},
        "model_name": response.model_name,
        "model_version": response.model_version,
        "id": response.id,
    }


def _request(call: Call, use_bytes: bool) -> types.InferenceRequest:
    if call["codec"] == "pandas":
        frame = pd.DataFrame(call["rows"], columns=call["columns"])
        for name, kind in call.get("kinds", {}).items():
            frame[name] = frame[name].astype(kind)
        return PandasCodec.encode_request(frame, use_bytes=use_bytes)
    if call["codec"] == "numpy request":
        return NumpyRequestCodec.encode_request(array(call["inputs"][0]))
    if call["codec"] == "numpy":
        return types.InferenceRequest(inputs=[_encoded(tensor, use_bytes) for tensor in call["inputs"]])
    return types.InferenceRequest(inputs=[types.RequestInput(**tensor) for tensor in call["inputs"]])


def _encoded(tensor: Call, use_bytes: bool) -> types.RequestInput:
    if tensor["datatype"] == "BYTES":
        return StringCodec.encode_input(tensor["name"], list(array(tensor).ravel()), use_bytes=use_bytes)
    return NumpyCodec.encode_input(tensor["name"], array(tensor))


def _by_rest(call: Call, request: types.InferenceRequest) -> types.InferenceResponse:
    version = f"/versions/{call['version']}" if call.get("version") else ""
    url = f"http://{_addresses['http']}/v2/models/{call['model']}{version}/infer"
    response = requests.post(url, json=request.model_dump(), headers=call.get("headers"), timeout=60)
    if response.status_code != 200:
        raise RefusedError(response)
    return types.InferenceResponse.model_validate_json(response.text)


def _by_grpc(call: Call, request: types.InferenceRequest) -> types.InferenceResponse:
    message = converters.ModelInferRequestConverter.from_types(
        request, call["model"], call.get("version", ""), use_raw=call.get("raw", False)
    )
    with grpc.insecure_channel(_addresses["grpc"]) as channel:
        stub = dataplane_pb2_grpc.GRPCInferenceServiceStub(channel)
        metadata = tuple((name.lower(), value) for name, value in call.get("headers", {}).items())
        return converters.ModelInferResponseConverter.to_types(stub.ModelInfer(message, metadata=metadata, timeout=60))


def _values(output: types.ResponseOutput) -> Any:
    if output.datatype == "BYTES":
        return np.array(StringCodec.decode_output(output), np.object_).reshape(output.shape)
    return NumpyCodec.decode_output(output).reshape(output.shape)


def _read(call: Call) -> Any:
    if call["via"] == "grpc":
        with grpc.insecure_channel(_addresses["grpc"]) as channel:
            stub = dataplane_pb2_grpc.GRPCInferenceServiceStub(channel)
            answer = stub.ModelMetadata(dataplane_pb2.ModelMetadataRequest(name=call["model"]), timeout=60)
        return converters.ModelMetadataResponseConverter.to_types(answer).model_dump()
    response = requests.get(f"http://{_addresses['http']}{call['get']}", timeout=60)
    if response.status_code != 200:
        raise RefusedError(response)
    return getattr(types, call["as"]).model_validate_json(response.text).model_dump()


run(perform, connect)
