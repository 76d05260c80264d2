"""What the scripts share that call the application by one library each: reading calls, and writing what came of them.

Standard input has one JSON object: `http` and `grpc` (addresses as host:port; `grpc` may be null) and `calls`, a list
of objects that each script explains. Standard output gets a list with one entry a call: what the call returned, or
`{"error": text, "kind": class, "status": code or null}` when the library raised.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

Call = dict[str, Any]

_DTYPES = {
    "BOOL": np.bool_,
    "INT8": np.int8,
    "INT16": np.int16,
    "INT32": np.int32,
    "INT64": np.int64,
    "UINT8": np.uint8,
    "UINT16": np.uint16,
    "UINT32": np.uint32,
    "UINT64": np.uint64,
    "FP16": np.float16,
    "FP32": np.float32,
    "FP64": np.float64,
    "BYTES": np.object_,
}


def array(tensor: Call) -> np.ndarray:
    """The values of `{"datatype", "shape", "data"}`; a missing number is NaN."""
    if tensor["datatype"] == "BF16":
        import ml_dtypes

        return np.array(tensor["data"], ml_dtypes.bfloat16).reshape(tensor["shape"])
    return np.array(tensor["data"], _DTYPES[tensor["datatype"]]).reshape(tensor["shape"])


def plain(value: Any) -> Any:
    """The same in lists, numbers and strings; what is not finite is None, as in the application's own answers."""
    if isinstance(value, np.ndarray):
        return [plain(each) for each in value]
    if isinstance(value, list | tuple):
        return [plain(each) for each in value]
    if isinstance(value, dict):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, bytes):
        return value.decode()
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not np.isfinite(value):
        return None
    return value if value is None or isinstance(value, bool | int | float | str) else float(value)


def run(perform: Callable[[Call], Awaitable[Any]], prepare: Callable[[Call], Awaitable[None]] | None = None) -> None:
    """Performs all calls that standard input has, one after the other."""
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "w")
    # Libraries print, too.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    job = json.load(sys.stdin)

    async def all_of_them() -> list[Any]:
        if prepare is not None:
            await prepare(job)
        return [await _answer(perform, call) for call in job["calls"]]

    json.dump(asyncio.run(all_of_them()), answers)
    answers.close()


async def _answer(perform: Callable[[Call], Awaitable[Any]], call: Call) -> Any:
    try:
        return plain(await perform(call))
    except Exception as error:
        return {"error": str(error), "kind": type(error).__name__, "status": _status(error)}


def _status(error: Exception) -> str | None:
    for name in ("status", "code"):
        value = getattr(error, name, None)
        if value is not None:
            return str(value() if callable(value) else value)
    response = getattr(error, "response", None)
    return None if response is None else str(response.status_code)
