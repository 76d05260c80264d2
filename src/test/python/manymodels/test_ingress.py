"""The middleware between an ASGI client and Ray's proxy: both are fakes, with Ray's own code where it matters."""

import asyncio
import json
import logging
import re
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from ray.serve._private.http_util import RequestIdMiddleware, convert_object_to_asgi_messages
from ray.serve._private.proxy import HTTPProxy
from ray.serve._private.proxy_request_response import ASGIProxyRequest

from manymodels import body_limit, ingress
from manymodels.application import HEALTH_CHECK_PERIOD_S
from manymodels.body_limit import HARD_MAX_BODY_BYTES, LIMIT_AGE_SECONDS, BodyLimit
from manymodels.ingress import RETRY_PAUSES_SECONDS, JavaEnvelope

DIES = object()
"""Ray's proxy returns without an answer when the replica died, or when Java threw."""
HANGS = object()
"""The replica does not answer; the proxy gives up when the client is gone."""
OK = '\x01{"s":200,"t":"application/json"}\n{"predictions":[1]}'


class FakeProxy:
    """Ray's proxy in front of a Java application: one scripted behaviour per call, the last one again and again."""

    def __init__(self, *behaviours: object) -> None:
        self._behaviours = list(behaviours)
        self.scopes: list[dict[str, Any]] = []
        self.texts: list[str] = []

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        request = ASGIProxyRequest(scope, receive, send)
        self.texts.append(await HTTPProxy._format_handle_arg_for_java(None, request))
        self.scopes.append(dict(scope))
        scope["path"] = scope["root_path"] = "the proxy rewrites its scope"
        behaviour = self._behaviours.pop(0) if len(self._behaviours) > 1 else self._behaviours[0]
        if isinstance(behaviour, Exception):
            raise behaviour
        if behaviour is HANGS:
            while (await receive())["type"] != "http.disconnect":
                pass
        elif behaviour is not DIES:
            status, answer = behaviour if isinstance(behaviour, tuple) else (200, behaviour)
            for message in convert_object_to_asgi_messages(answer, status_code=status):
                await send(message)

    def head(self, call: int = 0) -> dict[str, Any]:
        return json.loads(self.texts[call].removeprefix("\x01").partition("\n")[0])

    def body(self, call: int = 0) -> str:
        return self.texts[call].partition("\n")[2]


class Response(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def problem(self) -> dict[str, Any]:
        assert self.headers["content-type"] == "application/problem+json"
        problem = json.loads(self.body)
        assert problem["status"] == self.status
        assert problem["instance"] == self.headers["x-request-id"]
        return problem

    @property
    def code(self) -> str:
        return self.problem["type"].removeprefix("urn:many-models:problem:")


class Client:
    """An ASGI server with one request; after its messages it is silent, or gone."""

    def __init__(self, chunks: Iterable[bytes] = (b"{}",), leaves: bool = False, never_ends: bool = False) -> None:
        parts = list(chunks)
        self._messages = [
            {"type": "http.request", "body": part, "more_body": never_ends or i < len(parts) - 1}
            for i, part in enumerate(parts)
        ]
        self._leaves = leaves
        self.received = 0
        self.sent: list[dict[str, Any]] = []

    async def receive(self) -> dict[str, Any]:
        if self._messages:
            self.received += 1
            return self._messages.pop(0)
        if not self._leaves:
            await asyncio.Event().wait()
        return {"type": "http.disconnect"}

    async def send(self, message: dict[str, Any]) -> None:
        self.sent.append(message)

    def response(self) -> Response:
        start, *bodies = self.sent
        assert [message["type"] for message in bodies] == ["http.response.body"] * len(bodies)
        assert [message["more_body"] for message in bodies] == [True] * (len(bodies) - 1) + [False]
        names = [name for name, _ in start["headers"]]
        assert len(names) == len(set(names)), f"a header twice: {names}"
        headers = {name.decode(): value.decode("latin-1") for name, value in start["headers"]}
        return Response(start["status"], headers, b"".join(message["body"] for message in bodies))


def run(
    app: Any,
    client: Client | None = None,
    *,
    method: str = "POST",
    path: str = "/score",
    raw_path: bytes = b"",
    query: bytes = b"",
    headers: dict[str, str] | None = None,
    max_body_bytes: int = 0,
    **options: Any,
) -> Client:
    client = client or Client()
    scope = {
        "type": "http",
        "method": method,
        "path": path,
        "raw_path": raw_path,
        "root_path": "",
        "query_string": query,
        "headers": [(name.encode(), value.encode("latin-1")) for name, value in (headers or {}).items()],
        "client": ("192.0.2.7", 1234),
    }
    middleware = JavaEnvelope(RequestIdMiddleware(app), **options)
    middleware._limit.learn(max_body_bytes)
    asyncio.run(middleware(scope, client.receive, client.send))
    return client


def ask(app: Any, client: Client | None = None, **request: Any) -> Response:
    return run(app, client, **request).response()


@pytest.fixture(autouse=True)
def short_times(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ingress, "RETRY_PAUSES_SECONDS", (0.001, 0.002, 0.003))
    monkeypatch.setattr(ingress, "LINGER_SECONDS", 0.01)


class TestRequest:
    def test_reaches_java_whole(self) -> None:
        proxy = FakeProxy(OK)
        before = time.time_ns() // 1_000_000
        headers = {
            "content-type": "application/json",
            "cookie": "secret",
            "x-request-id": "my-id",
            "user-agent": "u",
            "traceparent": "00-ab-cd-01",
        }
        ask(proxy, Client(['{"tenant":"ž"}'.encode()]), path="/a b/score", query=b"x=1&y", headers=headers)
        head = proxy.head()
        assert before <= head.pop("t") <= time.time_ns() // 1_000_000
        assert head == {
            "m": "POST",
            "p": "/a b/score",
            "q": "x=1&y",
            "h": {"content-type": "application/json", "traceparent": "00-ab-cd-01"},
            "id": "my-id",
        }
        assert proxy.body() == '{"tenant":"ž"}'

    @pytest.mark.parametrize(
        ("chunks", "body"),
        [([b""], ""), ([b"a", b"", b"b"], "ab"), (["ž".encode()[:1], "ž".encode()[1:]], "ž"), ([b"\xff"], "/w==")],
    )
    def test_body(self, chunks: list[bytes], body: str) -> None:
        proxy = FakeProxy(OK)
        assert ask(proxy, Client(chunks)).status == 200
        assert proxy.body() == body
        assert proxy.head().get("e") == ("b64" if chunks == [b"\xff"] else None)

    def test_an_encoded_slash_is_no_slash(self) -> None:
        proxy = FakeProxy(OK)
        ask(proxy, path="/a/b/c%2Fd+e+", raw_path=b"/a%2Fb%2fc%252Fd+e%2B")
        assert proxy.head()["p"] == "/a%2Fb%2fc%2Fd+e+"

    @pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "PATCH", "DELETE", "OPTIONS"])
    def test_any_method(self, method: str) -> None:
        proxy = FakeProxy(OK)
        assert ask(proxy, Client([b""]), method=method, path="/update").status == 200
        assert proxy.head()["m"] == method

    def test_ray_gets_only_the_id_and_the_deadline(self) -> None:
        proxy = FakeProxy(OK)
        headers = {"x-request-timeout-seconds": "0", "serve_multiplexed_model_id": "m", "x-request-timeout-ms": "2000"}
        ask(proxy, headers={**headers, "x-request-id": "my-id"}, query=b"a=b")
        (scope,) = proxy.scopes
        (name, request_id), (timeout_name, timeout) = scope["headers"]
        assert (name, request_id, timeout_name) == (b"x-request-id", b"my-id", b"x-request-timeout-seconds")
        assert 1.5 < float(timeout) <= 2
        assert scope["query_string"] == b""

    @pytest.mark.parametrize("timeout", ["", "0", "-1", "abc", "1e3", "99999999", "9999999999999"])
    def test_deadline_is_at_most_30_seconds(self, timeout: str) -> None:
        proxy = FakeProxy(OK)
        ask(proxy, headers={"x-request-timeout-ms": timeout})
        assert 29 < float(dict(proxy.scopes[0]["headers"])[b"x-request-timeout-seconds"]) <= 30


class TestRequestId:
    @pytest.mark.parametrize("given", ["a", "A-z_0.9", "x" * 128])
    def test_sane_one_is_kept(self, given: str) -> None:
        proxy = FakeProxy(OK)
        assert ask(proxy, headers={"x-request-id": given}).headers["x-request-id"] == given
        assert proxy.head()["id"] == given

    @pytest.mark.parametrize("given", [None, "", "x" * 129, "a b", 'a"b', "ž", "a/b", "a\n", "a, b"])
    def test_other_one_is_replaced(self, given: str | None) -> None:
        proxy = FakeProxy(OK)
        headers = {} if given is None else {"x-request-id": given.encode().decode("latin-1")}
        request_id = ask(proxy, headers=headers).headers["x-request-id"]
        assert re.fullmatch("[0-9a-f]{32}", request_id)
        assert proxy.head()["id"] == request_id

    def test_fresh_one_each_time(self) -> None:
        assert len({ask(FakeProxy(OK)).headers["x-request-id"] for _ in range(20)}) == 20


class TestAnswer:
    def test_status_type_headers_and_body(self) -> None:
        response = ask(FakeProxy('\x01{"s":418,"t":"application/problem+json","h":{"x-a":"1"}}\n{"a":"ž"}'))
        assert response.status == 418
        assert response.body == '{"a":"ž"}'.encode()
        assert response.headers.items() >= {"content-type": "application/problem+json", "x-a": "1"}.items()
        assert response.headers["content-length"] == "10"

    def test_binary_body(self) -> None:
        assert ask(FakeProxy('\x01{"s":200,"t":"application/zip","e":"b64"}\n/wA=')).body == b"\xff\x00"

    def test_large_body(self) -> None:
        assert ask(FakeProxy('\x01{"s":200}\n' + "x" * 9_000_000)).body == b"x" * 9_000_000

    @pytest.mark.parametrize("text", ["plain", "", '{"s":404}\nx'])
    def test_text_without_the_mark_is_passed_on(self, text: str) -> None:
        response = ask(FakeProxy(text))
        assert (response.status, response.body) == (200, text.encode())
        assert response.headers["content-type"] == "text/plain; charset=utf-8"

    def test_answer_to_head_has_the_length_and_no_body(self) -> None:
        response = ask(FakeProxy(OK), method="HEAD", path="/health")
        assert (response.status, response.body) == (200, b"")
        assert response.headers["content-length"] == "19"

    @pytest.mark.parametrize("status", [204, 304])
    def test_status_without_a_body(self, status: int) -> None:
        response = ask(FakeProxy(f'\x01{{"s":{status}}}\n'))
        assert (response.status, response.body) == (status, b"")
        assert "content-length" not in response.headers

    @pytest.mark.parametrize("text", ["\x01", "\x01{}\n", '\x01{"s":200}', '\x01{"s":200,"h":{"a":"\\n"}}\n'])
    def test_malformed_answer_is_our_defect(self, text: str, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.ERROR):
            response = ask(FakeProxy(text), headers={"x-request-id": "my-id"})
        assert (response.status, response.code) == (500, "internal")
        assert "my-id" in caplog.text


class TestRaysErrors:
    @pytest.mark.parametrize(
        ("ray", "status", "code", "retry_after"),
        [
            (404, 404, "not-found", None),
            (408, 504, "deadline-exceeded", None),
            (429, 503, "overloaded", "1"),
            (503, 503, "overloaded", "1"),
            (500, 500, "internal", None),
            (400, 500, "internal", None),
        ],
    )
    def test_become_problems(self, ray: int, status: int, code: str, retry_after: str | None) -> None:
        proxy = FakeProxy((ray, "Request 5f dropped by deployment 'Dispatcher' at /home/ray"))
        response = ask(proxy)
        assert (response.status, response.code, response.headers.get("retry-after")) == (status, code, retry_after)
        assert "Dispatcher" not in response.problem["detail"]
        assert len(proxy.texts) == 1

    def test_failure_of_the_proxy_is_logged_and_told_without_details(self, caplog: pytest.LogCaptureFixture) -> None:
        proxy = FakeProxy(RuntimeError("secret"))
        with caplog.at_level(logging.ERROR):
            response = ask(proxy, headers={"x-request-id": "my-id"})
        assert (response.status, response.code) == (500, "internal")
        assert b"secret" not in response.body
        assert "secret" in caplog.text
        assert "my-id" in caplog.text

    def test_failure_after_the_answer_began_is_raised(self) -> None:
        async def fails_late(scope: Any, receive: Any, send: Any) -> None:
            await FakeProxy(OK)(scope, receive, send)
            raise RuntimeError("late")

        with pytest.raises(RuntimeError, match="late"):
            ask(fails_late)


class TestRetry:
    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/score"),
            ("POST", "/v2/score"),
            ("POST", "/v2/models/m/versions/1/infer"),
            ("POST", "/v1/models/m:predict"),
            ("POST", "/models/m/invocations"),
            ("GET", "/x"),
            ("HEAD", "/"),
        ],
    )
    def test_idempotent_call_is_repeated_whole(self, method: str, path: str) -> None:
        proxy = FakeProxy(DIES, DIES, OK)
        assert ask(proxy, Client([b"a", b"b"]), method=method, path=path).status == 200
        assert len(proxy.texts) == 3
        assert len(set(proxy.texts)) == 1
        assert proxy.body(2) == "ab"
        assert [scope["path"] for scope in proxy.scopes] == [path] * 3

    @pytest.mark.parametrize(
        ("method", "path"),
        [
            ("POST", "/update_dedicated_pool"),
            ("PUT", "/score"),
            ("POST", "/score/x"),
            ("POST", "/v2/repository/models/m/load"),
        ],
    )
    def test_other_call_is_not(self, method: str, path: str) -> None:
        proxy = FakeProxy(DIES, OK)
        response = ask(proxy, method=method, path=path)
        assert (response.status, response.code, response.headers["retry-after"]) == (503, "no-replica", "1")
        assert "may have taken effect" in response.problem["detail"]
        assert len(proxy.texts) == 1

    def test_gives_up_after_the_last_pause(self) -> None:
        proxy = FakeProxy(DIES)
        response = ask(proxy)
        assert (response.status, response.code, response.headers["retry-after"]) == (503, "no-replica", "1")
        assert len(proxy.texts) == 4

    def test_not_after_the_deadline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ingress, "RETRY_PAUSES_SECONDS", (0.4,) * 100)
        proxy = FakeProxy(DIES)
        started = time.monotonic()
        # A third attempt comes 0.2 s before the deadline, if at all: a busy machine must not be late by that.
        assert ask(proxy, headers={"x-request-timeout-ms": "1000"}).code == "no-replica"
        assert time.monotonic() - started < 1.5
        assert 2 <= len(proxy.texts) <= 3

    def test_each_attempt_has_what_is_left_of_the_deadline(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(ingress, "RETRY_PAUSES_SECONDS", (0.05,))
        proxy = FakeProxy(DIES, OK)
        ask(proxy)
        first, second = (float(dict(scope["headers"])[b"x-request-timeout-seconds"]) for scope in proxy.scopes)
        assert second <= first - 0.04

    def test_total_of_the_pauses_outlasts_a_health_check(self) -> None:
        assert sum(RETRY_PAUSES_SECONDS) > HEALTH_CHECK_PERIOD_S * 1.1 + 1


async def statuses(middleware: JavaEnvelope, bodies: list[bytes]) -> list[int]:
    """What one proxy answers to a score with each body, one after the other."""
    answered = []
    for body in bodies:
        client = Client([body])
        scope = {"type": "http", "method": "POST", "path": "/score", "root_path": "", "headers": []}
        await middleware(scope, client.receive, client.send)
        answered.append(client.response().status)
    return answered


class TestSize:
    def test_limit_is_inclusive(self) -> None:
        assert (
            ask(FakeProxy(OK), Client([b"x" * 10]), max_body_bytes=10, headers={"content-length": "10"}).status == 200
        )

    @pytest.mark.parametrize("length", ["11", "9" * 5000])
    def test_refused_by_content_length_before_anything_is_read(self, length: str) -> None:
        proxy, client = FakeProxy(OK), Client([])
        response = ask(proxy, client, max_body_bytes=10, headers={"content-length": length})
        assert (response.status, response.code, response.headers["connection"]) == (413, "payload-too-large", "close")
        assert "10 bytes" in response.problem["detail"]
        assert client.received == 0
        assert proxy.texts == []

    @pytest.mark.parametrize(
        "headers", [{}, {"content-length": "5"}, {"content-length": "-5"}, {"content-length": "x"}]
    )
    def test_counted_whatever_the_length_says(self, headers: dict[str, str]) -> None:
        proxy = FakeProxy(OK)
        response = ask(proxy, Client([b"x" * 6, b"x" * 6, b"x"]), max_body_bytes=10, headers=headers)
        assert (response.status, response.code, response.headers["connection"]) == (413, "payload-too-large", "close")
        assert proxy.texts == []

    def test_rest_of_a_refused_body_is_dropped_after_the_answer(self) -> None:
        client = Client([b"x" * 11, b"x", b"x"])
        ask(FakeProxy(OK), client, max_body_bytes=10)
        assert client.received == 3

    def test_a_limit_that_is_not_known_is_left_to_java(self) -> None:
        proxy = FakeProxy(OK)
        assert ask(proxy, Client([b"x" * HARD_MAX_BODY_BYTES])).status == 200
        assert len(proxy.body()) == HARD_MAX_BODY_BYTES
        response = ask(proxy, Client([b"x" * HARD_MAX_BODY_BYTES, b"x"]))
        assert (response.status, response.code) == (413, "payload-too-large")
        assert str(HARD_MAX_BODY_BYTES) in response.problem["detail"]

    def test_the_hard_limit_is_that_of_the_configuration(self, repository: Path) -> None:
        config = (repository / "src/main/java/io/manymodels/config/DispatcherConfig.java").read_text()
        assert f'"max_body_bytes", 1, {HARD_MAX_BODY_BYTES >> 20} << 20,' in config

    def test_the_limit_is_learnt_from_answers_and_forgotten(self, monkeypatch: pytest.MonkeyPatch) -> None:
        limit = BodyLimit()
        now = time.monotonic()
        monkeypatch.setattr(body_limit.time, "monotonic", lambda: now)
        assert limit.bytes() == HARD_MAX_BODY_BYTES
        limit.learn(10)
        limit.learn(0)
        assert limit.bytes() == 10
        now += LIMIT_AGE_SECONDS
        assert limit.bytes() == HARD_MAX_BODY_BYTES
        limit.learn(1 << 40)
        assert limit.bytes() == HARD_MAX_BODY_BYTES

    def test_an_answer_tells_the_limit(self) -> None:
        middleware = JavaEnvelope(FakeProxy('\x01{"s":200,"t":"application/json","b":10}\n{}'))
        assert asyncio.run(statuses(middleware, [b"x" * 11, b"x" * 11, b"x" * 10])) == [200, 413, 200]

    def test_bodies_under_way_are_bounded_together(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(body_limit, "MAX_BODIES_BYTES", 10)
        middleware = JavaEnvelope(FakeProxy(OK))
        assert asyncio.run(statuses(middleware, [b"x" * 10, b"x" * 11, b"x" * 10])) == [200, 503, 200]

    def test_a_body_refused_near_the_deadline_is_answered_once(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(body_limit, "MAX_BODIES_BYTES", 10)
        monkeypatch.setattr(ingress, "LINGER_SECONDS", 0.2)
        headers = {"x-request-timeout-ms": "50"}
        response = ask(FakeProxy(OK), Client([b"x" * 11], never_ends=True), headers=headers)
        assert (response.status, response.code, response.headers["connection"]) == (503, "overloaded", "close")

    def test_body_that_never_ends(self) -> None:
        headers = {"x-request-timeout-ms": "30"}
        response = ask(FakeProxy(OK), Client([b"x"], never_ends=True), headers=headers)
        assert (response.status, response.code, response.headers["connection"]) == (504, "deadline-exceeded", "close")


class TestClientLeaves:
    def test_while_sending(self) -> None:
        proxy = FakeProxy(OK)
        assert run(proxy, Client([b"x"], never_ends=True, leaves=True)).sent == []
        assert proxy.texts == []

    def test_while_waiting(self) -> None:
        proxy = FakeProxy(HANGS)
        assert run(proxy, Client(leaves=True)).sent == []
        assert len(proxy.texts) == 1

    def test_between_attempts(self) -> None:
        proxy = FakeProxy(DIES)
        assert run(proxy, Client(leaves=True)).sent == []
        assert len(proxy.texts) == 1


def received_requests(repository: Path) -> list[dict[str, Any]]:
    cases = repository / "src/test/resources/io/manymodels/http/received-requests.json"
    return json.loads(cases.read_text())


def test_requests_are_received_as_on_the_direct_port(repository: Path) -> None:
    for case in received_requests(repository):
        headers = [(name.encode(), value.encode("latin-1")) for name, value in case["headers"]]
        client = Client([b"x" * case["bytes"]])
        scope = {"type": "http", "method": "POST", "path": "/score", "root_path": "", "headers": headers}
        proxy = FakeProxy(OK)
        middleware = JavaEnvelope(proxy)
        middleware._limit.learn(case["max_body_bytes"])
        asyncio.run(middleware(scope, client.receive, client.send))
        response = client.response()
        if case["refused"]:
            assert response.problem["detail"] == case["refused"], case["name"]
            assert proxy.texts == [], case["name"]
        else:
            assert response.status == 200, case["name"]
            assert proxy.head()["h"] == case["forwarded"], case["name"]
        given = dict(case["headers"]).get("x-request-id")
        assert (response.headers["x-request-id"] == given) == case["keeps_id"], case["name"]
