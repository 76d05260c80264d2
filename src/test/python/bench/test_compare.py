"""What the comparison of two checkouts makes of its samples."""

import os
import time
from pathlib import Path
from typing import cast

import pytest

from launcher.cluster.instance import Record
from launcher.errors import LauncherError
from launcher.project import Project
from measuring import compare_bench
from measuring.compare_bench import Estimate, Pair, Result, Side, Way
from measuring.http_bench import Effort
from measuring.load import LoadClient, Sample

WAY = Way("direct, hot", 8, False, "tenant1", "Deployment1")
EFFORT = Effort(3, 1, 1)


def sample(rate: float, p50_us: float = 100, errors: int = 0) -> Sample:
    return Sample(1.0, int(rate), errors, rate, p50_us, p50_us * 2, p50_us * 3, p50_us * 30, "")


def test_a_pair_compares_this_checkout_with_the_other() -> None:
    pair = Pair(sample(900, 110), sample(1000, 100), this_cpu=0.99, other_cpu=1.0)
    assert pair.rate() == pytest.approx(0.9)
    assert pair.p50() == pytest.approx(1.1)
    assert pair.p99() == pytest.approx(1.1)
    assert pair.cpu() == pytest.approx(1.1)


def test_the_median_of_the_ratios_counts_and_not_that_of_the_rates() -> None:
    pairs = [
        Pair(sample(1000), sample(1000), 1, 1),
        Pair(sample(10), sample(10), 1, 1),
        Pair(sample(900), sample(300), 1, 1),
    ]
    assert Result(EFFORT, {WAY: pairs}).estimate(Pair.rate, WAY).median == pytest.approx(1.0)


@pytest.mark.parametrize(("cpu", "reached"), [(1.0, "yes"), (1.03, "yes"), (1.04, "**no**")])
def test_the_table_judges_by_cpu_a_request(cpu: float, reached: str) -> None:
    result = Result(EFFORT, {WAY: [Pair(sample(1000), sample(1000), cpu, 1.0)]})
    text = compare_bench.text(result, "- command: x", "commit abc")
    row = next(line for line in text.splitlines() if line.startswith("| direct, hot"))
    assert row.split("|")[-2].strip() == reached
    assert "against: commit abc" in text


def test_the_interval_of_a_median_is_that_of_its_order_statistics() -> None:
    # Five of 20 values left out at each end: 95.9 %, by the binomial distribution; six would be 88.5 %.
    assert Estimate.of([float(i) for i in reversed(range(20))]) == Estimate(9.5, 5.0, 14.0)
    assert Estimate.of([3.0, 1.0, 2.0]) == Estimate(2.0, 1.0, 3.0)


@pytest.mark.parametrize(
    ("low", "high", "reached"), [(0.9, 1.03, "yes"), (1.02, 1.2, "not shown"), (1.031, 1.2, "**no**")]
)
def test_what_the_samples_cannot_tell_is_not_judged(low: float, high: float, reached: str) -> None:
    assert Estimate(1.03, low, high).within(1.03) == reached


def test_a_cluster_is_charged_what_it_uses_beyond_idle(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clusters are this process, which works while it is asked and waits while it is idle."""
    monkeypatch.setattr(compare_bench, "_IDLE_SECONDS", 0.3)
    monkeypatch.setattr(compare_bench, "_SETTLE_SECONDS", 0.0)
    monkeypatch.setattr(compare_bench, "WAYS", (WAY,))

    def send(*_: object) -> Sample:
        until = time.process_time() + 0.2
        while time.process_time() < until:
            pass
        return sample(1000)

    monkeypatch.setattr(compare_bench, "_send", send)
    sides = [Side(name, cast(Record, None), [os.getpid()], {}) for name in (compare_bench.THIS, compare_bench.OTHER)]
    result = compare_bench.measure(cast(LoadClient, None), sides, Effort(2, 0.2, 0))
    # One process cannot be two clusters: what it used is charged to the second.
    assert result.idle[compare_bench.OTHER] < 0.5
    assert len(result.pairs[WAY]) == 2
    assert all(pair.this_cpu > 0.1 and pair.other_cpu > 0 for pair in result.pairs[WAY])


def test_idle_of_each_cluster_is_told() -> None:
    result = Result(EFFORT, {WAY: [Pair(sample(1), sample(1), 1, 1)]}, {"this checkout": 0.25, "the other": 0.125})
    assert "this checkout 0.250, the other 0.125" in compare_bench.text(result, "", "")


def test_wrong_answers_are_told() -> None:
    result = Result(EFFORT, {WAY: [Pair(sample(1000, errors=2), sample(1000, errors=1), 1, 1)]})
    assert "wrong answers: 3" in compare_bench.text(result, "", "")


@pytest.mark.parametrize("other", ["empty", "same"])
def test_another_checkout_is_needed(other: str, tmp_path: Path) -> None:
    (tmp_path / "many-models").touch()
    empty = tmp_path / "empty"
    empty.mkdir()
    with pytest.raises(LauncherError, match="expected the folder of another checkout"):
        compare_bench.run(Project(tmp_path), EFFORT, empty if other == "empty" else tmp_path)
