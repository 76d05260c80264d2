"""What the bench of the transport makes of its samples."""

from pathlib import Path

import pytest

from launcher.errors import LauncherError
from launcher.project import Project
from measuring import cpu, libraries, transport_bench
from measuring.http_bench import Effort
from measuring.transport_bench import Peers, Result, Sample


def result() -> Result:
    made = Result(Effort(3, 6, 40), 60)
    for into, titles in ((made.calls, transport_bench.CALLS), (made.requests, transport_bench.SERVERS)):
        for kind in titles:
            for at_a_time in transport_bench.AT_A_TIME:
                into[kind, at_a_time] = [Sample(rate * at_a_time, 50, 90, 10, 20) for rate in (90, 100, 170)]
    return made


def test_table_has_medians_the_spread_and_both_sides_added() -> None:
    text = transport_bench.text(result(), "- about")
    assert "| gRPC, 8 at a time | 800 | 720 to 1360 | 50 | 90 | 10.0 | 20.0 | 30.0 |" in text
    assert "| Vert.x, 32 at a time | 3200 |" in text
    assert "(60 bytes)" in text


def test_cpu_of_each_side_is_that_of_its_process(monkeypatch: pytest.MonkeyPatch) -> None:
    readings = iter([cpu.Reading({1: 1.0, 2: 2.0}, 5.0), cpu.Reading({1: 1.5, 2: 2.25}, 7.0)])
    monkeypatch.setattr(cpu, "read", lambda _pids: next(readings))
    answer = {"calls": 1000, "errors": 0, "rate": 2000.0, "p50_us": 300.0, "p99_us": 400.0}
    foreign = cpu.Used()
    sample = transport_bench._sample(Peers(lambda _at_a_time, _seconds: answer, 1, 2), 8, 1.0, foreign)
    assert sample == Sample(2000.0, 300.0, 400.0, pytest.approx(500.0), pytest.approx(250.0))
    assert foreign.by_role[cpu.FOREIGN] == pytest.approx(1.25)


def test_call_that_comes_back_changed_ends_the_bench() -> None:
    answer = {"calls": 10, "errors": 1, "rate": 1.0, "p50_us": 1.0, "p99_us": 1.0}
    with pytest.raises(LauncherError, match="1 calls"):
        transport_bench._sample(Peers(lambda _at_a_time, _seconds: answer, 1, 2), 1, 1.0, cpu.Used())


def test_netty_of_the_bench_is_the_product_s(repository: Path) -> None:
    project = Project(repository)
    assert libraries.netty_version((project.root / "pom.xml").read_text()).endswith(".Final")
    assert "<netty.version>unset</netty.version>" in (repository / "bench" / "pom.xml").read_text()
    with pytest.raises(LauncherError, match="which version of Netty"):
        libraries.netty_version("<project/>")
