"""The reports of what loading and switching cost say which targets were missed."""

from pathlib import Path
from typing import Any

from launcher.cluster import redis_server
from launcher.cluster.instance import Record
from launcher.cluster.ports import Ports
from measuring import loading_bench, versions_bench
from measuring.checked_load import CheckedLoad, answer, tenant

RECORD = Record(Ports(1, 2, 3, 4, 5, 6, 7))


def _result(**changes: Any) -> versions_bench.Result:
    load = CheckedLoad(RECORD, [1], 1, answered=10)
    values: dict[str, Any] = {
        "poll_interval": 5.0,
        "by_poll": [2.0, 5.9],
        "by_event": [0.1],
        "confirmed": [0.1],
        "by_command": [1.0],
        "storms": [versions_bench.Storm(0.02, 0.02)],
        "switches": 40,
        "switch_seconds": 2.0,
        "load": load,
        "reloaded": [1.0],
        "outage": load,
        "cold_in_outage": 3,
        "redis_recovery": 1.0,
    }
    return versions_bench.Result(**(values | changes))


def test_targets_that_are_reached() -> None:
    assert "| no |" not in versions_bench.text(_result(), "- about")


def test_a_failed_request_a_wrong_answer_and_a_slow_switch_are_missed_targets() -> None:
    bad = CheckedLoad(RECORD, [1], 1, answered=10, failed=["503"], wrong=["tenant1: 1 is not in 2..2"])
    report = versions_bench.text(_result(load=bad, by_event=[0.1, 1.1]), "- about")
    assert report.count("| no |") == 3
    assert "| 1 of 11 | 0 | no |" in report


def test_hot_deployments_of_the_bench_hold_what_it_asks_for() -> None:
    hot = {"name": "Deployment1", "user_config": {"tenant": "tenant1"}}
    dispatcher: dict[str, Any] = {"name": "Dispatcher", "user_config": {}}
    config = {"applications": [{"deployments": [hot, dispatcher, {"name": "Deploymentx"}]}]}
    changed = versions_bench.changed(config)["applications"][0]["deployments"]
    assert len(changed[0]["user_config"]["tenants"]) == changed[0]["user_config"]["capacity"] == versions_bench.FULL
    assert changed[1]["user_config"] == {"deployment_map_limit": 0}
    assert "user_config" not in changed[2]
    assert hot["user_config"] == {"tenant": "tenant1"}


def test_going_live_replaces_the_alias(tmp_path: Path) -> None:
    (tmp_path / tenant(3)).mkdir()
    versions_bench.go_live(tmp_path, 3, 1)
    versions_bench.go_live(tmp_path, 3, 2)
    assert (tmp_path / "tenant3" / "live").read_text() == "2"
    assert [file.name for file in (tmp_path / "tenant3").iterdir()] == ["live"]
    assert answer(3, 2) == 3002


def test_loading_says_what_was_missed() -> None:
    cold = {"cold_ms": 12.0, "hot_ms": 1.0, "warm_reads": 0, "registry_reads": 200}
    memory = {"models": 10_000, "rss_mib": 600.0, "kib_a_model": 40.0, "accounted_by_growth": 1.0}
    figures: dict[str, dict[str, Any]] = {
        "together": {"registry_reads": 1, "models": 1, "errors": 0},
        "folder": cold,
        "redis": cold | {"cold_ms": 2.0},
        "mixed": memory,
        "forests": memory | {"accounted_by_growth": 1.2},
        "cycles": {"rss_mib": 200.0, "drift": 0.01, "models": 100},
        "node": {"registry_reads": 1},
    }
    report = loading_bench.text(figures, "- about")
    assert report.count("| no |") == 2
    assert "| 11.00 ms | <= 10 ms | no |" in report
    assert "| 1.200 | 0.9..1.1 | no |" in report


def test_redis_is_spoken_to_in_its_protocol() -> None:
    assert redis_server.encode(["SET", "k", "ä"]) == "*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$2\r\nä\r\n".encode()
