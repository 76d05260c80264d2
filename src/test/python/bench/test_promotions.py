"""What the bench of promotions makes of its pairs."""

from __future__ import annotations

from measuring import promotions_bench
from measuring.http_bench import Effort
from measuring.promotions_bench import OFF, ON, Result, Start, Window


def start(first_us: int, cpu_ms: float) -> Start:
    quiet = Window([100] * 999 + [400])
    return Start(quiet, Window([100] * 980 + [first_us] * 20), quiet, quiet, 900.0, 90.0, 30.0, 600.0, cpu_ms, 120.0)


def test_quantiles_are_those_of_all_predictions_of_a_window() -> None:
    window = Window([*range(1, 1000), 7000])
    assert (window.at(0.5), window.at(0.99), window.at(1.0)) == (501, 991, 7000)


def test_ratios_are_those_of_pairs_and_their_median_counts() -> None:
    result = Result(Effort(3, 2, 4))
    # The machine was ten times as slow in the second pair.
    result.starts[OFF] = [start(4000, 800), start(40_000, 800), start(4000, 800)]
    result.starts[ON] = [start(1000, 200), start(20_000, 200), start(1000, 400)]
    text = promotions_bench.text(result, "- about")
    first = "another replica, in the second of the first promotion into this one: p99 ms"
    assert f"| {first} | 4 | 1 | 0.25 | 0.25 to 0.50 |" in text
    assert (
        "| processor time of this replica in the second of its first promotion, ms | 800 | 200 | 0.25 | 0.25 to 0.50 |"
        in text
    )
    assert "3 pairs of fresh JVMs" in text
