"""Messages of V2 over gRPC as no library would send them, by the messages that tritonclient brings.

A call: `method` of the service, and `message` in the JSON form of protobuf, in which bytes are base64; `copies` asks a
streaming method for one answer after the other. `path` and `bytes` (hexadecimal) call something else; its answer comes
in hexadecimal. `seconds` is the deadline.
"""

from __future__ import annotations

import json
from typing import Any

import grpc
from calling import Call, run
from google.protobuf import json_format
from tritonclient.grpc import service_pb2, service_pb2_grpc

_SECONDS = 60
_channels: list[grpc.Channel] = []


async def connect(job: Call) -> None:
    _channels.append(grpc.insecure_channel(job["grpc"], options=[("grpc.max_send_message_length", -1)]))


async def perform(call: Call) -> Any:
    seconds = call.get("seconds", _SECONDS)
    if "path" in call:
        return _channels[0].unary_unary(call["path"])(bytes.fromhex(call["bytes"]), timeout=seconds).hex()
    method = call["method"]
    kind = "ModelInfer" if method == "ModelStreamInfer" else method
    message = json_format.ParseDict(call["message"], getattr(service_pb2, f"{kind}Request")())
    if call.get("megabytes"):
        message.raw_input_contents.append(bytes(call["megabytes"] * 1_000_000))
    stub = getattr(service_pb2_grpc.GRPCInferenceServiceStub(_channels[0]), method)
    if "copies" in call:
        return [_told(answer) for answer in stub(iter([message] * call["copies"]), timeout=seconds)]
    return _told(stub(message, timeout=seconds))


def _told(answer: Any) -> Any:
    return json.loads(json_format.MessageToJson(answer, preserving_proto_field_name=True))


run(perform, connect)
