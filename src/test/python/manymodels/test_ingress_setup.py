"""Which requests the middleware takes, and the hook by which Ray gets it."""

import asyncio
from typing import Any

import pytest

from manymodels import ingress
from manymodels.ingress import JavaEnvelope


class FakeProxy:
    """Records what reaches Ray's proxy and answers nothing."""

    def __init__(self) -> None:
        self.received: tuple[Any, ...] = ()

    async def __call__(self, *received: Any) -> None:
        self.received = received


async def receive() -> dict[str, Any]:
    return {"type": "http.request", "body": b"", "more_body": False}


async def send(message: dict[str, Any]) -> None:
    pass


def is_passed_by(path: str, kind: str = "http", **options: Any) -> bool:
    proxy = FakeProxy()
    scope = {"type": kind, "path": path, "method": "POST", "headers": []}
    asyncio.run(JavaEnvelope(proxy, **options)(scope, receive, send))
    return proxy.received == (scope, receive, send)


@pytest.mark.parametrize("path", ["/-/healthz", "/-/routes", "/echo", "/echo/x", "/raw/a/b"])
def test_passed_by(path: str) -> None:
    assert is_passed_by(path, bare_prefixes=["/echo", "/raw/"])


@pytest.mark.parametrize("path", ["/", "/pins", "/echoes", "/-", "/x/-/healthz"])
def test_taken(path: str) -> None:
    assert not is_passed_by(path, bare_prefixes=["/echo", "/raw/"])


def test_no_prefix_by_default() -> None:
    assert not is_passed_by("/echo")


def test_root_prefix_is_everything() -> None:
    assert is_passed_by("/pins", bare_prefixes=["/"])


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_other_protocols_are_passed_by(kind: str) -> None:
    assert is_passed_by("/pins", kind)


@pytest.fixture(autouse=True)
def patches(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    applied: list[str] = []
    monkeypatch.setattr(ingress.ray_java_compat, "proxy", lambda: applied.append("proxy"))
    return applied


def test_hook_patches_and_returns_the_middleware(patches: list[str]) -> None:
    (middleware,) = ingress.proxy()
    assert middleware.cls is JavaEnvelope
    assert middleware.kwargs == {"max_body_bytes": 8388608, "bare_prefixes": []}
    assert patches == ["proxy"]


def test_hook_reads_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MANY_MODELS_MAX_BODY_BYTES", "1000")
    monkeypatch.setenv("MANY_MODELS_BARE_PREFIXES", " /echo, /raw/ ,")
    (middleware,) = ingress.proxy()
    assert middleware.kwargs == {"max_body_bytes": 1000, "bare_prefixes": ["/echo", "/raw/"]}


@pytest.mark.parametrize("value", ["", "0", "-1", "8MB", "1e6", "\u0664"])
def test_hook_refuses_a_bad_limit(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("MANY_MODELS_MAX_BODY_BYTES", value)
    with pytest.raises(ValueError, match="MANY_MODELS_MAX_BODY_BYTES must be a positive number of bytes"):
        ingress.proxy()
