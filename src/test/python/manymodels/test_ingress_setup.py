"""Which requests the middleware takes, and the hook by which Ray gets it."""

import asyncio
from typing import Any

import pytest

from manymodels import ingress
from manymodels.ingress import JavaEnvelope


class FakeProxy:
    """Records what reaches Ray's proxy."""

    def __init__(self) -> None:
        self.received: tuple[Any, ...] = ()

    async def __call__(self, *received: Any) -> None:
        self.received = received
        send = received[2]
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: dict[str, Any]) -> None:
    pass


def is_passed_by(path: str, kind: str = "http", method: str = "POST", **options: Any) -> bool:
    proxy = FakeProxy()
    scope = {"type": kind, "path": path, "method": method, "headers": []}
    asyncio.run(JavaEnvelope(proxy, **options)(scope, receive, send))
    return proxy.received == (scope, receive, send)


@pytest.mark.parametrize("path", ["/echo", "/echo/x", "/raw/a/b"])
def test_passed_by(path: str) -> None:
    assert is_passed_by(path, bare_prefixes=["/echo", "/raw/"])


@pytest.mark.parametrize("path", ["/-/healthz", "/-/routes"])
@pytest.mark.parametrize("method", ["GET", "HEAD"])
def test_paths_of_ray_are_passed_by(path: str, method: str) -> None:
    assert is_passed_by(path, method=method)


@pytest.mark.parametrize("method", ["POST", "PUT", "OPTIONS"])
def test_paths_of_ray_take_no_other_method(method: str) -> None:
    assert not is_passed_by("/-/healthz", method=method)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"])
@pytest.mark.parametrize("path", ["/-/x", "/-/", "/-/healthz/", "/-/healthz/x", "/-/score", "/-/-/healthz"])
def test_ray_gets_no_other_path_of_this_kind(path: str, method: str) -> None:
    assert not is_passed_by(path, method=method)


@pytest.mark.parametrize("path", ["/", "/pins", "/echoes", "/-", "/x/-/healthz"])
def test_taken(path: str) -> None:
    assert not is_passed_by(path, bare_prefixes=["/echo", "/raw/"])


def test_no_prefix_by_default() -> None:
    assert not is_passed_by("/echo")


def test_root_prefix_is_everything() -> None:
    assert is_passed_by("/pins", bare_prefixes=["/"])


def test_other_protocols_are_passed_by() -> None:
    assert is_passed_by("/pins", "lifespan")
    assert is_passed_by("/echo/x", "websocket", bare_prefixes=["/echo"])
    assert not is_passed_by("/pins", "websocket")


@pytest.fixture(autouse=True)
def patches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    applied: list[str] = []
    monkeypatch.setattr(ingress.ray_java_compat, "proxy", lambda: applied.append("proxy"))
    monkeypatch.setattr(ingress, "answer_half_closed", lambda: applied.append("half closed"))
    return applied


def test_hook_patches_and_returns_the_middleware(patches: list[str]) -> None:
    (middleware,) = ingress.proxy()
    assert middleware.cls is JavaEnvelope
    assert middleware.kwargs == {"bare_prefixes": []}
    assert patches == ["proxy", "half closed"]


def test_hook_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANY_MODELS_BARE_PREFIXES", " /echo, /raw/ ,")
    (middleware,) = ingress.proxy()
    assert middleware.kwargs == {"bare_prefixes": ["/echo", "/raw/"]}
