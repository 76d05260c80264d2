"""When deployments are scaled, and when they are left alone."""

from collections.abc import Iterable

import pytest

from manymodels.autoscaling import Rule, Scaler, rules, settings, start


def traffic(hits: float, overflow: float) -> dict[str, float]:
    return {"hits": hits, "overflow_hits": overflow}


def test_rules_are_read() -> None:
    assert rules("Dispatcher=2..4@300 Deploymentx=1..8@12.5") == [
        Rule("Dispatcher", 2, 4, 300),
        Rule("Deploymentx", 1, 8, 12.5),
    ]
    assert rules("") == []


@pytest.mark.parametrize(
    ("environment", "message"),
    [
        ({"MANY_MODELS_AUTOSCALE": "Deploymentx"}, "MANY_MODELS_AUTOSCALE: 'Deploymentx' is not DEPLOYMENT=LEAST"),
        ({"MANY_MODELS_AUTOSCALE": "Deployment1=1..2@3"}, "'Deployment1' cannot be scaled; those that can: Disp"),
        ({"MANY_MODELS_AUTOSCALE": "SharedMemory=1..2@3"}, "'SharedMemory' cannot be scaled"),
        ({"MANY_MODELS_AUTOSCALE": "Dispatcher=3..2@5"}, "Dispatcher: 3..2 is not within 1..1000"),
        ({"MANY_MODELS_AUTOSCALE": "Dispatcher=0..2@5"}, "Dispatcher: 0..2 is not within"),
        ({"MANY_MODELS_AUTOSCALE": "Dispatcher=1..1001@5"}, "is not within"),
        ({"MANY_MODELS_AUTOSCALE": "Dispatcher=1..2@0"}, "have to be more than 0"),
        ({"MANY_MODELS_AUTOSCALE": "Dispatcher=1..2@5 Dispatcher=1..3@5"}, "Dispatcher has two rules"),
        ({"MANY_MODELS_AUTOSCALE_UP_S": "0"}, "MANY_MODELS_AUTOSCALE_UP_S: '0' is not a whole number"),
        ({"MANY_MODELS_AUTOSCALE_DOWN_S": "1m"}, "MANY_MODELS_AUTOSCALE_DOWN_S: '1m' is not a whole number"),
    ],
)
def test_what_is_not_valid_is_refused_and_scales_nothing(environment: dict[str, str], message: str) -> None:
    with pytest.raises(ValueError, match=message.replace(".", r"\.").replace("(", r"\(")):
        settings(environment)
    assert start(environment) is None


def test_nothing_is_scaled_unless_it_is_asked_for() -> None:
    assert start({}) is None


def run(scaler: Scaler, requests_per_second: Iterable[float], current: int = 1, start: float = 0) -> list[int]:
    """Replicas after each look, one every 5 s, when every decision is carried out."""
    count, now, seen = 0.0, start, []
    scaler.decide(now, traffic(count, count), current)
    for rate in requests_per_second:
        now += 5
        count += rate * 5
        current = scaler.decide(now, traffic(0, count), current)
        seen.append(current)
    return seen


def overflow(least: int = 1, most: int = 4, requests: float = 100, down: float = 60) -> Scaler:
    return Scaler(Rule("Deploymentx", least, most, requests), up_seconds=10, down_seconds=down)


def test_lasting_load_adds_replicas_after_the_time_for_it() -> None:
    assert run(overflow(), [250] * 4) == [1, 3, 3, 3]


def test_moment_of_load_adds_none() -> None:
    assert run(overflow(), [50, 900, 50, 50, 900, 50]) == [1] * 6


def test_load_that_grows_adds_what_it_needed_all_the_time() -> None:
    assert run(overflow(most=9), [150, 450, 450, 450]) == [1, 2, 5, 5]


def test_bounds_are_kept() -> None:
    assert run(overflow(), [9000] * 3)[-1] == 4
    assert run(overflow(least=2), [0] * 30, current=3)[-1] == 2
    assert overflow(least=2).decide(0, traffic(0, 0), 1) == 2
    assert overflow().decide(0, traffic(0, 0), 7) == 4


def test_long_calm_takes_replicas_away_to_what_it_needed_at_most() -> None:
    seen = run(overflow(), [150, *([50] * 20)], current=4)
    assert seen[:10] == [4] * 10
    assert seen[12] == 2
    assert seen[-1] == 1


def test_load_that_comes_and_goes_does_not_flap() -> None:
    seen = run(overflow(down=60), [350, 350, 10, 10] * 20)
    assert seen[1:] == [4] * (len(seen) - 1)


def test_counters_that_begin_again_decide_nothing() -> None:
    scaler = overflow()
    run(scaler, [250, 250])
    assert scaler.decide(15, traffic(0, 5), 3) == 3
    assert scaler.decide(20, traffic(0, 6), 3) == 3
    assert scaler._has_looked(20, 10) is False


def test_dispatcher_is_scaled_by_all_requests_and_overflow_by_its_own() -> None:
    both = [Scaler(Rule(name, 1, 9, 10), up_seconds=5, down_seconds=60) for name in ("Dispatcher", "Deploymentx")]
    for scaler in both:
        scaler.decide(0, traffic(0, 0), 1)
    assert [scaler.decide(5, traffic(300, 150), 1) for scaler in both] == [9, 3]


def test_clock_that_stands_still_decides_nothing() -> None:
    scaler = overflow()
    scaler.decide(5, traffic(0, 0), 1)
    assert scaler.decide(5, traffic(0, 9999), 1) == 1
