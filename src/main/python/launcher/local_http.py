"""HTTP calls to the instance on this machine, whatever proxy the user's environment names."""

from __future__ import annotations

import http.client
import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class NoAnswerError(Exception):
    """Nobody answered: connection refused, broken or timed out."""


@dataclass(frozen=True)
class Answer:
    status: int
    text: str

    def json(self) -> Any:
        """The body as JSON; None when it is none."""
        try:
            return json.loads(self.text)
        except ValueError:
            return None


def call(
    method: str,
    url: str,
    body: object | None = None,
    timeout_seconds: float = 30.0,
    headers: Mapping[str, str] | None = None,
) -> Answer:
    """Sends the body as JSON; an error status is an answer like any other."""
    data = None if body is None else json.dumps(body).encode()
    all_headers = {"Content-Type": "application/json", **(headers or {})}
    request = urllib.request.Request(url, data=data, method=method, headers=all_headers)  # noqa: S310 - our own URLs
    try:
        with _direct.open(request, timeout=timeout_seconds) as response:
            return Answer(response.status, response.read().decode(errors="replace"))
    except urllib.error.HTTPError as error:
        with error:
            return Answer(error.code, error.read().decode(errors="replace"))
    except (OSError, http.client.HTTPException) as error:
        raise NoAnswerError(f"no answer from {url}: {error}") from error
