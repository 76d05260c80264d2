from __future__ import annotations

import json
from typing import Any

import pytest
from click.testing import CliRunner

from launcher import cli, explaining, local_http
from launcher.errors import LauncherError

TENANT: dict[str, Any] = {
    "tenant": "tenant7",
    "deployment": "Deployment2",
    "pinned": False,
    "since": "2026-11-23T10:00:00Z",
    "generation": "1.4",
    "why": "a place was free",
    "displaced": ["tenant3"],
    "demand": {
        "requests": 8.0,
        "half_life_s": 32.0,
        "requests_per_second": 0.17,
        "cost": 1.5,
        "benefit": 12.0,
        "weight_bytes": 40960,
    },
    "outlook": {"text": "it leaves for a tenant worth more than 20.00", "bar": 20.0, "rivals": []},
    "events": [
        {
            "sequence": 5,
            "at": "2026-11-23T10:00:00Z",
            "generation": "1.4",
            "kind": "promoted",
            "tenant": "tenant7",
            "deployment": "Deployment2",
            "others": ["tenant3"],
            "reason": "a place was free",
        }
    ],
}


def answer(monkeypatch: pytest.MonkeyPatch, status: int, body: Any) -> list[str]:
    asked: list[str] = []

    def call(method: str, url: str, *_: Any, **__: Any) -> local_http.Answer:
        asked.append(f"{method} {url}")
        return local_http.Answer(status, json.dumps(body))

    monkeypatch.setattr(local_http, "call", call)
    return asked


def test_a_tenant_is_asked_for_by_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, 200, TENANT)
    assert explaining.tenant("http://here", "a/b") == TENANT
    assert asked == ["GET http://here/placement/a%2Fb"]


def test_decisions_are_asked_for_from_an_instant(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = answer(monkeypatch, 200, {"term": 1, "next": 0, "decisions": []})
    explaining.decisions("http://here", "2026-11-23T10:00:00+01:00")
    assert asked == ["GET http://here/placement?since=2026-11-23T10%3A00%3A00%2B01%3A00&limit=5000"]


def test_a_problem_is_told_in_one_line(monkeypatch: pytest.MonkeyPatch) -> None:
    answer(monkeypatch, 404, {"title": "The tenant has no model", "detail": "tenant 'x' has no model"})
    with pytest.raises(LauncherError, match="404: The tenant has no model; tenant 'x' has no model"):
        explaining.tenant("http://here", "x")


def test_what_is_told_can_be_read(capsys: pytest.CaptureFixture[str]) -> None:
    explaining.show_tenant(TENANT)
    explaining.show_decisions({"term": 3, "next": 5, "decisions": TENANT["events"]})
    shown = capsys.readouterr().out
    assert "tenant7 is in Deployment2" in shown
    assert "displaced tenant3" in shown
    assert "half-life of 32 s" in shown
    assert "worth more than 20.00" in shown
    assert "--since 5" in shown


@pytest.mark.parametrize("arguments", [[], ["tenant1", "--since", "3"]])
def test_one_of_tenant_and_since_is_needed(arguments: list[str]) -> None:
    result = CliRunner().invoke(cli.cli, ["explain", *arguments])
    assert result.exit_code == 2
    assert "either TENANT or --since" in result.output


def test_names_of_all_deployments_take_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    names = [f"Deployment{n}" for n in (1, 10, 2, 3, 4, 5, 6, 7, 8, 9)]
    why = f"the user_config of {', '.join(names)} changed"
    event = TENANT["events"][0] | {"others": [f"tenant{n}" for n in range(1, 5)], "reason": why}
    explaining.show_decisions({"term": 3, "next": 5, "decisions": [event]})
    told = capsys.readouterr().out
    assert "tenant1 to tenant4" in told
    assert "the user_config of Deployment1 to Deployment10 changed" in told
    assert len(told.splitlines()) == 3, told
