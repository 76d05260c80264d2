"""The alerts by promtool: each one fires at its cause, waits as long as it says, and is quiet without it."""

from __future__ import annotations

import json
import re
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

Series = dict[str, str]
JOB = 'job="many-models"'
BUCKET = f'mms_request_seconds_bucket{{{JOB},protocol="score",le='
ANSWERS = f'mms_answers_total{{{JOB},protocol="score",status='


def answers(ok: str, failed: str, code: str = "no-replica") -> Series:
    return {f'{ANSWERS}"200",code="ok"}}': ok, f'{ANSWERS}"503",code="{code}"}}': failed}


def latency(within_half_a_second: str, all_of_them: str) -> Series:
    return {f'{BUCKET}"0.5"}}': within_half_a_second, f'{BUCKET}"1.0"}}': all_of_them, f'{BUCKET}"+Inf"}}': all_of_them}


def tenant(p99: str, requests: str) -> Series:
    return {
        f'mms_tenant_latency_seconds{{{JOB},tenant="acme",percentile="99"}}': p99,
        f'mms_tenant_latency_seconds{{{JOB},tenant="acme",percentile="50"}}': p99,
        f'mms_tenant_requests_total{{{JOB},tenant="acme"}}': requests,
    }


def calls(store: str, ok: str, unavailable: str) -> Series:
    name = f'mms_store_calls_total{{{JOB},store="{store}",outcome='
    return {f'{name}"ok"}}': ok, f'{name}"unavailable"}}': unavailable}


def dispatchers(without: str, reporting: str, fetching: str) -> Series:
    return {
        f"mms_dispatchers_without_table{{{JOB}}}": without,
        f'mms_reporting_processes{{{JOB},deployment="Dispatcher"}}': reporting,
        f"mms_dispatchers{{{JOB}}}": fetching,
    }


def memory(live: str, free: str) -> Series:
    labels = f'{JOB},deployment="Deployment1",replica="a"'
    return {
        f"mms_jvm_heap_live_bytes{{{labels}}}": live,
        f"mms_jvm_heap_max_bytes{{{labels}}}": "100x2000",
        f"mms_memory_free_bytes{{{labels}}}": free,
        f"mms_memory_limit_bytes{{{labels}}}": "100x2000",
    }


def replica(name: str, values: str) -> Series:
    return {f'{name}{{{JOB},deployment="Deployment1",replica="a"}}': values}


def outcomes(hits: str, loads: str) -> Series:
    name = f"mms_requests_total{{{JOB},outcome="
    return {f'{name}"hit"}}': hits, f'{name}"load"}}': loads}


def failures(code: str, values: str) -> Series:
    return {f'mms_predictions_total{{{JOB},deployment_kind="none",code="{code}"}}': values}


@dataclass(frozen=True)
class Case:
    """Series of one value a minute. minutes: when it fires, or would; early: when it does not fire yet."""

    fires: list[Series]
    quiet: list[Series]
    minutes: int = 30
    early: int | None = None


CASES = {
    "ManyModelsErrorBudgetBurnsFast": Case(
        fires=[
            answers("0+98x2000", "0+2x2000"),
            answers("0+98x2000", "0+2x2000", "store-unavailable"),
            # Less, but for six hours.
            answers("0+99x2000", "0+1x2000"),
        ],
        quiet=[
            answers("0+995x2000", "0+5x2000"),
            # It was so, and is no more.
            answers("0+98x2000", "0+2x30 60x2000"),
            # The caller's fault, one tenant's, and that of who asks too much.
            answers("0+1x2000", "0+99x2000", "invalid-input"),
            answers("0+1x2000", "0+99x2000", "load-failed"),
            answers("0+1x2000", "0+99x2000", "quota-exceeded"),
            {f'mms_answers_total{{{JOB},protocol="operators",status="503",code="no-replica"}}': "0+99x2000"},
        ],
        minutes=80,
        early=1,
    ),
    "ManyModelsErrorBudgetBurns": Case(
        fires=[answers("0+996x2000", "0+4x2000"), answers("0+998x2000", "0+2x2000")],
        quiet=[answers("0+9995x2000", "0+5x2000"), answers("0+998x2000", "0+50x10 500x2000")],
        minutes=400,
        early=10,
    ),
    "ManyModelsSlow": Case(fires=[latency("0+90x60", "0+100x60")], quiet=[latency("0+995x60", "0+1000x60")], early=8),
    "ManyModelsTenantSlow": Case(
        fires=[tenant("2x60", "0+10x60")],
        quiet=[
            tenant("0.9x60", "0+10x60"),
            # Nobody asks for it now.
            tenant("2x60", "10x60"),
        ],
        early=8,
    ),
    "ManyModelsDown": Case(fires=[{f"up{{{JOB}}}": "1x5 0x60"}, {}], quiet=[{f"up{{{JOB}}}": "1x60"}], early=6),
    "ManyModelsDispatcherWithoutTable": Case(
        fires=[dispatchers("1x60", "2x60", "2x60"), dispatchers("0x60", "2x60", "1x60")],
        quiet=[dispatchers("0x60", "2x60", "2x60"), dispatchers("0x60", "1x60", "2x60")],
        early=1,
    ),
    "ManyModelsRegistryUnreachable": Case(
        fires=[calls("registry", "0+1x60", "0+10x60"), calls("artifacts", "0x60", "0+1x60")],
        quiet=[
            calls("registry", "0+10x60", "0+1x60"),
            calls("registry", "0+10x60", "10x60"),
            calls("warm", "0+1x60", "0+10x60"),
        ],
        early=4,
    ),
    "ManyModelsRedisUnreachable": Case(
        fires=[calls(store, "0+1x60", "0+10x60") for store in ("warm", "events", "state")],
        quiet=[calls("events", "0+10x60", "0+1x60"), calls("registry", "0+1x60", "0+10x60")],
        early=4,
    ),
    "ManyModelsWarmStoreFails": Case(
        fires=[replica("mms_warm_store_failures_total", "0+1x60")],
        quiet=[replica("mms_warm_store_failures_total", "7x60")],
        early=8,
    ),
    "ManyModelsVersionBehind": Case(
        fires=[replica("mms_models_behind", "1x60")], quiet=[replica("mms_models_behind", "0x60")], early=8
    ),
    "ManyModelsModelsFail": Case(
        fires=[failures(code, "0+1x60") for code in ("load-failed", "artifact-corrupt", "model-crashed")],
        quiet=[failures("load-failed", "5x60"), failures("input-mismatch", "0+1x60")],
        early=4,
    ),
    "ManyModelsMemoryNearBound": Case(
        fires=[memory("90x60", "50x60"), memory("50x60", "5x60")], quiet=[memory("80x60", "15x60")], early=8
    ),
    "ManyModelsLoadsWithoutMemory": Case(
        fires=[replica("mms_loads_without_memory_total", "0x25 1+0x60")],
        quiet=[replica("mms_loads_without_memory_total", "3x60")],
    ),
    "ManyModelsManyColdLoads": Case(
        fires=[outcomes("0+90x90", "0+10x90")], quiet=[outcomes("0+99x90", "0+1x90")], minutes=60, early=25
    ),
    "ManyModelsUserConfigRefused": Case(
        fires=[{f"mms_user_configs_refused{{{JOB}}}": "2x60"}],
        quiet=[{f"mms_user_configs_refused{{{JOB}}}": "0x60"}],
        early=4,
    ),
}


@pytest.fixture(scope="module")
def groups(monitoring: Path) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load((monitoring / "alerts.yaml").read_text())["groups"]
    return found


@pytest.fixture(scope="module")
def alerts(groups: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {rule["alert"]: rule for group in groups for rule in group["rules"] if "alert" in rule}


def run(promtool: Path, *arguments: str) -> tuple[int, str]:
    done = subprocess.run(
        [str(promtool), *arguments], capture_output=True, text=True, check=False, timeout=60, stdin=subprocess.DEVNULL
    )
    return done.returncode, done.stdout + done.stderr


def test_prometheus_understands_the_rules(promtool: Path, monitoring: Path) -> None:
    status, said = run(promtool, "check", "rules", str(monitoring / "alerts.yaml"))
    assert status == 0, said


def test_prometheus_understands_the_scrape_configuration(promtool: Path, monitoring: Path) -> None:
    status, said = run(promtool, "check", "config", str(monitoring / "scrape.yaml"))
    assert status == 0, said


def test_every_alert_has_its_case(alerts: dict[str, Any]) -> None:
    assert set(CASES) == set(alerts)


def _test(alert: str, number: int, series: Series, at: int, firing: bool) -> dict[str, Any]:
    return {
        "name": f"{alert} {'fires' if firing else 'is quiet'} {number} {at}m",
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f'count(ALERTS{{alertname="{alert}", alertstate="firing"}}) > bool 0',
                "eval_time": f"{at}m",
                "exp_samples": [{"labels": "{}", "value": 1}] if firing else [],
            }
        ],
    }


def _tests(alert: str, case: Case) -> list[dict[str, Any]]:
    made = [_test(alert, number, series, case.minutes, True) for number, series in enumerate(case.fires)]
    made += [_test(alert, number, series, case.minutes, False) for number, series in enumerate(case.quiet)]
    if case.early is not None:
        made.append(_test(alert, 0, case.fires[0], case.early, False))
    return made


@pytest.mark.parametrize("alert", CASES)
def test_alert_fires_at_its_cause_and_only_then(promtool: Path, monitoring: Path, tmp_path: Path, alert: str) -> None:
    tests = {
        "rule_files": [str(monitoring / "alerts.yaml")],
        "evaluation_interval": "1m",
        "tests": _tests(alert, CASES[alert]),
    }
    file = tmp_path / "tests.yaml"
    file.write_text(json.dumps(tests))
    status, said = run(promtool, "test", "rules", str(file))
    assert status == 0, said


def test_a_case_that_is_wrong_is_found(promtool: Path, monitoring: Path, tmp_path: Path) -> None:
    wrong = [_test("ManyModelsDown", 0, {f"up{{{JOB}}}": "1x60"}, 30, True)]
    file = tmp_path / "tests.yaml"
    file.write_text(
        json.dumps({"rule_files": [str(monitoring / "alerts.yaml")], "evaluation_interval": "1m", "tests": wrong})
    )
    assert run(promtool, "test", "rules", str(file))[0] != 0


def test_an_alert_waits_unless_it_is_certain_at_once(alerts: dict[str, Any]) -> None:
    assert {name for name, rule in alerts.items() if "for" not in rule} == {"ManyModelsLoadsWithoutMemory"}
    assert {name for name in alerts if CASES[name].early is None} == {"ManyModelsLoadsWithoutMemory"}


def test_every_alert_says_what_it_is_and_where_more_is(repository: Path, alerts: dict[str, Any]) -> None:
    page = (repository / "docs" / "alerts.md").read_text()
    for name, rule in alerts.items():
        assert rule["labels"]["severity"] in ("page", "ticket"), name
        said = rule["annotations"]
        assert said.keys() == {"summary", "description", "runbook"}, name
        assert all(text.endswith(".") and "\n" not in text for text in (said["summary"], said["description"])), name
        assert said["runbook"] == f"docs/alerts.md#{name.lower()}"
        section = re.search(rf"^### {name}\n(.*?)(?=^##|\Z)", page, re.MULTILINE | re.DOTALL)
        assert section is not None, name
        for part in ("**Means**", "**Find**", "**Do**"):
            assert part in section[1], f"{name}: {part}"


def test_the_page_has_no_alert_that_is_not_there(repository: Path, alerts: dict[str, Any]) -> None:
    page = (repository / "docs" / "alerts.md").read_text()
    assert re.findall(r"^### (\w+)$", page, re.MULTILINE) == list(alerts)
    assert set(re.findall(r"\bManyModels[A-Z]\w+", page)) == set(alerts)


def test_all_rules_are_about_one_job(groups: list[dict[str, Any]]) -> None:
    """So that what a Dispatcher says of itself, which has another job, is not added to the sums."""
    for group in groups:
        for rule in group["rules"]:
            selectors = re.findall(r"\b(?:mms_\w+|up)\{([^}]*)\}", rule["expr"])
            assert selectors or "many_models:" in rule["expr"]
            assert all('job="many-models"' in selector for selector in selectors), rule["expr"]
            assert not re.search(r"\bmms_\w+(?![\w{])", rule["expr"]), rule["expr"]
