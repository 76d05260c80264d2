"""Calls to this machine, and what is told of them."""

import json
from typing import Any

import pytest

from launcher import local_http, scoring
from launcher.cluster import serve_api
from launcher.errors import LauncherError


def test_proxy_of_the_user_is_bypassed(web_server: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    web_server.answers["GET", "/x"] = (200, '{"a": 1}')
    answer = local_http.call("GET", f"{web_server.url}/x")
    assert (answer.status, answer.json()) == (200, {"a": 1})


def test_error_status_is_an_answer(web_server: Any) -> None:
    answer = local_http.call("GET", f"{web_server.url}/nowhere")
    assert (answer.status, answer.text, answer.json()) == (404, "no such path", None)


def test_nobody_there_is_told() -> None:
    with pytest.raises(local_http.NoAnswerError, match=r"no answer from http://127\.0\.0\.1:9/"):
        local_http.call("GET", "http://127.0.0.1:9/")


def test_score_sends_the_contracts_request(web_server: Any) -> None:
    web_server.answers["POST", "/score"] = (200, '{"prediction": [0]}')
    assert scoring.score(web_server.url, "tenant1", [[1, 2]]) == {"prediction": [0]}
    [(_, _, body)] = web_server.requests
    assert json.loads(body) == {"tenant": "tenant1", "data": [[1, 2]]}


def test_problem_is_told_with_title_and_detail(web_server: Any) -> None:
    problem = {"title": "Invalid input", "detail": "wrong", "errors": [{"pointer": "/data/0", "detail": "expected 4"}]}
    web_server.answers["POST", "/score"] = (422, json.dumps(problem))
    with pytest.raises(LauncherError, match="answered 422: Invalid input; wrong; /data/0: expected 4"):
        scoring.score(web_server.url, "tenant1", [[1]])


@pytest.mark.parametrize(
    ("problem", "text", "expected"),
    [
        (None, "Internal  Server\nError", "Internal Server Error"),
        ({"title": "T"}, "", "T"),
        ({"title": "T", "errors": ["odd"]}, "", "T"),
        ([], "[]", "[]"),
    ],
)
def test_odd_answers_are_told_as_well(problem: Any, text: str, expected: str) -> None:
    assert scoring.explain(problem, text) == expected


def test_score_without_a_cluster_says_how_to_look() -> None:
    with pytest.raises(LauncherError, match=r"Is it up\? \./many-models status"):
        scoring.score("http://127.0.0.1:9", "t", [[1]])


def test_refused_configuration_is_told(web_server: Any) -> None:
    web_server.answers["PUT", "/api/serve/applications/"] = (400, "ValidationError: x")
    with pytest.raises(LauncherError, match=r"Ray refused the configuration \(400\): ValidationError: x"):
        serve_api.deploy(web_server.url, {})


def test_dashboard_without_serve_is_no_answer(web_server: Any) -> None:
    with pytest.raises(local_http.NoAnswerError, match="the dashboard answered 404"):
        serve_api.applications(web_server.url)
