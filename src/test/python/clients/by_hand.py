"""Requests of Open Inference Protocol V2 as bytes, for what no library would send."""

from __future__ import annotations

import http.client
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

_SECONDS = 30
LENGTH = "Inference-Header-Content-Length"


@dataclass(frozen=True)
class Response:
    status: int
    headers: Mapping[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)

    def error(self) -> str:
        """What a V2 error says, in the form that all libraries read."""
        assert self.headers.get("content-type") == "application/json", self.headers
        assert "content-encoding" not in self.headers
        said = self.json()
        assert list(said) == ["error"], said
        return str(said["error"])


@dataclass(frozen=True)
class Request:
    """A dict as body is written as JSON."""

    path: str
    body: Any = None
    headers: Mapping[str, str] = field(default_factory=dict)
    method: str = "POST"

    def send(self, address: str) -> Response:
        connection = http.client.HTTPConnection(address, timeout=_SECONDS)
        try:
            return self.over(connection)
        finally:
            connection.close()

    def over(self, connection: http.client.HTTPConnection) -> Response:
        """On a connection that may be used again."""
        body = self.body if self.body is None or isinstance(self.body, bytes) else json.dumps(self.body).encode()
        connection.request(self.method, self.path, body, dict(self.headers))
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return Response(response.status, headers, response.read())


def get(path: str) -> Request:
    return Request(path, method="GET")


def with_bytes(path: str, head: Any, data: bytes, length: int | str | None = None, **more: str) -> Request:
    """JSON and bytes after it; `length` in place of the right header."""
    written = head if isinstance(head, bytes) else json.dumps(head).encode()
    said = str(len(written) if length is None else length)
    return Request(path, written + data, {LENGTH: said, "Content-Type": "application/octet-stream", **more})


def floats(*values: float) -> bytes:
    return struct.pack(f"<{len(values)}f", *values)


def texts(*values: str) -> bytes:
    encoded = [value.encode() for value in values]
    return b"".join(struct.pack("<I", len(each)) + each for each in encoded)


def tensors(response: Response) -> dict[str, Any]:
    """The values of an answer, flat, whether in JSON or in bytes (of FP32, INT64, BYTES)."""
    length = response.headers.get(LENGTH.lower())
    head = response.body if length is None else response.body[: int(length)]
    at = len(head)
    found: dict[str, Any] = {}
    for output in json.loads(head)["outputs"]:
        size = output.get("parameters", {}).get("binary_data_size")
        if size is None:
            found[output["name"]] = flat(output["data"])
        else:
            found[output["name"]] = _values(output["datatype"], response.body[at : at + size])
            at += size
    assert at == len(response.body)
    return found


def _values(datatype: str, data: bytes) -> Sequence[Any]:
    if datatype == "BYTES":
        found = []
        while data:
            (length,) = struct.unpack_from("<I", data)
            found.append(data[4 : 4 + length].decode())
            data = data[4 + length :]
        return found
    letter = {"FP32": "f", "INT64": "q"}[datatype]
    return list(struct.unpack(f"<{len(data) // struct.calcsize(letter)}{letter}", data))


def flat(data: Any) -> list[Any]:
    return [cell for each in data for cell in flat(each)] if isinstance(data, list) else [data]
