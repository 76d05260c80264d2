"""An application that says what a test wants, also what a real one never would."""

from __future__ import annotations

import json
import threading
import urllib.parse
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

METRICS = """mms_answers_total{code="ok",protocol="score",status="200"} 40.0
mms_request_seconds_bucket{protocol="score",le="0.01"} 40
mms_request_seconds_bucket{protocol="score",le="+Inf"} 40
mms_placed_tenants 1.0
mms_measured_tenants 2.0
"""
PROBLEM = {"title": "The caller may not do this", "detail": "you may not"}


def figures(tenant: str, **changes: Any) -> dict[str, Any]:
    """One of GET /tenants."""
    return {
        "tenant": tenant,
        "requests": 12,
        "errors": 0,
        "hits": 6,
        "overflow_hits": 4,
        "loads": 2,
        "p50_seconds": 0.00042,
        "p95_seconds": 0.0123,
        "p99_seconds": 0.25,
        "last_used": "2026-11-30T22:00:00Z",
        "prediction_seconds": 0.5,
        "recent_requests": 12.0,
        "recent_errors": 0.0,
    } | changes


@dataclass
class Application:
    """forbidden: paths that are answered 403. body: in place of the answer to GET /tenants, if there is one."""

    url: str
    tenants: list[dict[str, Any]] = field(default_factory=lambda: [figures("tenant1")])
    forbidden: set[str] = field(default_factory=set)
    body: str | None = None
    asked: list[str] = field(default_factory=list)
    keys: set[str] = field(default_factory=set)

    def answer(self, path: str) -> tuple[int, str]:
        bare = urllib.parse.urlsplit(path).path
        if bare in self.forbidden:
            return 403, json.dumps(PROBLEM)
        if bare == "/metrics":
            return 200, METRICS
        if bare == "/deployment_map":
            return 200, json.dumps({"generation": "1.1", "deployment_map": {"tenant1": "deployment3"}, "dedicated": {}})
        return 200, json.dumps({"tenants": self.tenants}) if self.body is None else self.body


@contextmanager
def served(port: int = 0) -> Iterator[Application]:
    """On a free port, or this one."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            found.asked.append(self.path)
            found.keys.add(self.headers.get("Authorization", ""))
            status, text = found.answer(self.path)
            self.send_response(status)
            self.end_headers()
            self.wfile.write(text.encode())

        def log_message(self, *_: object) -> None:
            """Nothing to the test's output."""

    class Server(ThreadingHTTPServer):
        allow_reuse_address = True

    with Server(("127.0.0.1", port), Handler) as server:
        found = Application(f"http://127.0.0.1:{server.server_port}")
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield found
        finally:
            server.shutdown()
