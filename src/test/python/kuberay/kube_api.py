"""Calls to the API server, as JSON."""

from __future__ import annotations

import json
import ssl
import urllib.error
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Resource = dict[str, Any]
APPLY = "application/apply-patch+yaml"
MERGE = "application/merge-patch+json"


class ApiError(Exception):
    """An answer that is no success."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(f"{status}: {text[:2000]}")
        self.status = status


@dataclass(frozen=True)
class Api:
    """Somebody who asks it, told by his token. Thread-safe."""

    url: str
    token: str
    authority: Path

    def call(
        self, method: str, path: str, body: Any = None, content: str = "application/json", seconds: float = 60
    ) -> tuple[str, Mapping[str, str]]:
        """The text of a successful answer, and its headers. Raises ApiError, or OSError where nobody answers."""
        data = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        headers = {"Authorization": f"Bearer {self.token}", "Content-Type": content}
        request = urllib.request.Request(self.url + path, data=data, method=method, headers=headers)
        context = ssl.create_default_context(cafile=str(self.authority))
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        try:
            with opener.open(request, timeout=seconds) as answer:
                return answer.read().decode(), dict(answer.headers)
        except urllib.error.HTTPError as error:
            with error:
                raise ApiError(error.code, error.read().decode(errors="replace")) from None

    def ask(self, method: str, path: str, body: Any = None, content: str = "application/json") -> Any:
        text, _ = self.call(method, path, body, content)
        return json.loads(text) if text else None

    def get(self, path: str) -> Any:
        return self.ask("GET", path)

    def find(self, path: str) -> Any:
        """None where it does not exist."""
        try:
            return self.get(path)
        except ApiError as error:
            if error.status == 404:
                return None
            raise

    def items(self, path: str) -> list[Resource]:
        found: list[Resource] = self.get(path)["items"]
        return found
