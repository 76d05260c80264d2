"""Where the time of a /score goes: its stages, each measured on its own."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from launcher import local_http
from launcher.cluster.instance import Record
from launcher.console import progress
from launcher.errors import LauncherError
from manymodels import envelope
from measuring.java import BenchClasses
from measuring.load import Variant

_ROUNDS = 5
_CALLS = 500
_READY_SECONDS = 30.0
_POLL_SECONDS = 0.2


@dataclass(frozen=True)
class Stages:
    """Times in microseconds.

    java: of one request, in-process on one thread, by stage.
    ray_echo, ray_predict: a call from one JVM to another as a Dispatcher makes it: answered at once, and by a model.
    middleware: of one request, in-process, with a proxy that answers at once.
    """

    java: Mapping[str, float]
    ray_echo: float
    ray_predict: float
    middleware: float

    def of(self, *names: str) -> float:
        return sum(self.java[name] for name in names)


def measure(
    classes: BenchClasses, record: Record, calls_path: str, score: Variant, tenant: str, seconds: float
) -> Stages:
    """On the idle cluster, one after the other."""
    with progress("timing the stages: calls between replicas") as shown:
        url = record.ports.base_url + calls_path
        ray_echo = ray_call(url, f"bench-echo Echo {_CALLS} {tenant} 1", seconds)
        ray_predict = ray_call(url, f"many-models Deployment1 {_CALLS} {tenant} 1", seconds)
        shown.text = "timing the stages: inside the JVMs"
        request = classes.folder.parent / "envelope"
        request.write_bytes(envelope_of(score))
        model = classes.project.models / tenant / "1" / "model.onnx"
        nanos = json.loads(classes.run("io.manymodels.http.Stages", str(request), tenant, str(model)))
        shown.text = "timing the stages: the middleware"
        middleware = _middleware(request)
    return Stages({name: value / 1000 for name, value in nanos.items()}, ray_echo, ray_predict, middleware)


def envelope_of(variant: Variant) -> bytes:
    """The request as the middleware hands it to Java."""
    return envelope.encode_request(
        method=variant.method,
        path=variant.path,
        query=b"",
        headers={b"content-type": b"application/json"},
        request_id="0123456789abcdef0123456789abcdef",
        arrived_ms=1_763_900_000_000,
        body=variant.body,
    )


def ray_call(url: str, text: str, warm_up_seconds: float) -> float:
    """The median of some medians of a call, after a warm-up."""
    until_known(url, text)
    warm = time.monotonic() + warm_up_seconds
    while time.monotonic() < warm:
        ask(url, text)
    return statistics.median(float(ask(url, text)["p50_us"]) for _ in range(_ROUNDS))


def until_known(url: str, text: str) -> None:
    deadline = time.monotonic() + _READY_SECONDS
    pause = threading.Event()
    answer: Any = None
    while time.monotonic() < deadline:
        answer = local_http.call("POST", url, text, 35).json()
        if isinstance(answer, dict) and "p50_us" in answer:
            return
        pause.wait(_POLL_SECONDS)
    raise LauncherError(f"calls between replicas fail: {answer}")


def ask(url: str, text: str) -> dict[str, Any]:
    answer = local_http.call("POST", url, text, 35).json()
    if not isinstance(answer, dict) or "p50_us" not in answer:
        raise LauncherError(f"calls between replicas fail: {answer}")
    return answer


def _middleware(request: Path) -> float:
    script = Path(__file__).with_name("middleware.py")
    result = subprocess.run(
        [sys.executable, "-s", str(script), str(request)], capture_output=True, text=True, check=False
    )
    if result.returncode != 0:
        raise LauncherError(f"timing the middleware failed: {result.stderr.strip()[-500:]}")
    return float(result.stdout)
