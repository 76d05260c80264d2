"""What the bench makes of its readings."""

from pathlib import Path

import pytest

from launcher.cluster.processes import Process
from launcher.cluster.serve_api import Application, Deployment, Replica
from launcher.project import Project
from measuring import cpu, http_bench, memory_bench, report
from measuring.cpu import FOREIGN, Reading, Used
from measuring.http_bench import Effort, Measured, Result
from measuring.load import Sample, Variant
from measuring.stages import Stages


def sample(rate: float, p50_us: float, errors: int = 0) -> Sample:
    return Sample(1.0, int(rate), errors, rate, p50_us, p50_us * 2, p50_us * 3, p50_us * 4, "")


def test_cpu_time_is_user_and_system_of_a_process_whose_name_has_blanks_and_brackets() -> None:
    assert cpu.of_stat("12 (ray::Proxy) x) S 1 2 3 4 5 6 7 8 9 10 150 50 0 0 20") == 200 / cpu._TICKS


def test_cpu_time_of_the_machine_leaves_waiting_out() -> None:
    assert cpu.of_machine("cpu  10 20 30 4000 500 1 2 3 0 0\ncpu0 ...") == 66 / cpu._TICKS


def test_cpu_per_request_is_net_of_what_is_used_anyway() -> None:
    idle = Used()
    idle.add({1: "proxy"}, Reading({1: 0.0}, 0.0), Reading({1: 0.5}, 1.0), seconds=10, requests=0)
    used = Used()
    used.add({1: "proxy", 2: "gone"}, Reading({1: 1.0, 2: 1.0}, 5.0), Reading({1: 2.5}, 8.0), seconds=10, requests=100)
    assert used.per_request_ms("proxy", idle) == pytest.approx(10.0)
    assert used.per_request_ms("unknown", idle) == 0.0
    assert used.by_role[FOREIGN] == pytest.approx(1.5)


def test_processes_are_grouped_by_what_they_are_for() -> None:
    replica = Deployment("Deployment1", "HEALTHY", "", 1, (Replica("r", "RUNNING", 7),))
    applications = [Application("many-models", "RUNNING", "", 0.0, (replica,))]
    processes = [
        Process(7, 1, 0, ("/jdk/bin/java", "-cp", "x")),
        Process(8, 1, 0, ("ray::ProxyActor",)),
        Process(9, 1, 0, ("/ray/core/src/ray/raylet/raylet", "--x")),
        Process(10, 1, 0, ("ray-dashboard-ServeHead-0",)),
    ]
    assert list(cpu.roles_of(processes, applications).values()) == ["Deployment1", "proxy", "raylet", "rest of Ray"]


@pytest.mark.parametrize(
    ("ratio", "target", "expected"),
    [
        (0.8, ">= 0.8", "yes"),
        (0.79, ">= 0.8", "**no**"),
        (2.2, "<= 2.2", "yes"),
        (2.3, "<= 2.2", "**no**"),
        (9.0, "", ""),
    ],
)
def test_target_is_reached_or_not(ratio: float, target: str, expected: str) -> None:
    assert report.verdict(ratio, target) == expected


def test_section_is_replaced_and_the_others_stay() -> None:
    text = report.put_section(report.put_section("", "http", "old"), "memory", "kept")
    text = report.put_section(text, "http", r"new \1")
    assert "old" not in text
    assert text.index(r"new \1") < text.index("kept")
    assert text.count("<!-- bench http -->") == 1
    assert text.startswith("# Measured")


def test_report_of_http_has_ratios_of_medians_and_a_breakdown_that_adds_up() -> None:
    measured = Measured()
    times = {"p": 100.0, "a": 1000.0, "b": 1100.0, "c": 2500.0, "d": 2600.0, "e": 250.0}
    for key, p50_us in times.items():
        for connections in http_bench.CONNECTIONS:
            rates = [1e6 / p50_us * factor for factor in (0.1, 1.0, 1.1)]
            measured.samples[key, connections] = [sample(rate, p50_us) for rate in rates]
            measured.used[key, connections] = Used(3.0, 100, {"proxy": 0.2, "Deployment1": 0.1, "Deployment2": 0.1})
    java = dict.fromkeys((*report.BEFORE_CALL, *report.IN_REPLICA, *report.AFTER_CALL), 10.0)
    variants = [Variant(key, key, "POST", "/", b"", b"") for key in times]
    text = report.http(Result(variants, measured, Stages(java, 700, 730, 20), Effort(3, 1, 1), 0.5), "- about")
    assert "| c / a, p50, c=1 | 2.50 | <= 2.2 | **no** |" in text
    assert "| b / a, requests/s, c=8 | 0.91 | >= 0.8 | yes |" in text
    assert "| e / c, requests/s, c=8 | 10.00 |" in text
    shares = [line.split("|")[2] for line in text.splitlines() if line.count("|") == 5 and "%" in line]
    assert sum(map(float, shares[:-1])) == pytest.approx(float(shares[-1]), abs=5)


def test_reference_prediction_is_that_of_scikit_learn(repository: Path) -> None:
    for tenant in (http_bench.HOT_TENANT, http_bench.OVERFLOW_TENANT):
        assert http_bench.expected_prediction(Project(repository), tenant) == 0


def test_sets_of_jvm_options_hold_no_option_that_the_shipped_ones_exclude() -> None:
    titles = [flags.title() for flags in memory_bench.SETS.values()]
    assert not any("-XX:+Use" in title for title in titles)
    assert memory_bench.SETS["shipped"] == memory_bench.SETS["shipped-again"]
