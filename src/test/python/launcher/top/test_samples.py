"""What `top` understands of a scrape."""

import math

import pytest

from launcher.top import samples
from launcher.top.samples import Totals

SCRAPE = """# HELP mms_answers_total Answers
# TYPE mms_answers_total counter
mms_answers_total{code="ok",protocol="score",status="200"} 90.0
mms_answers_total{code="no-replica",protocol="v2",status="503"} 4.0
mms_answers_total{code="invalid-input",protocol="v2",status="400"} 6.0
mms_answers_total{code="ok",protocol="operators",status="200"} 1000.0
mms_requests_total{outcome="hit"} 60.0
mms_requests_total{outcome="load"} 20.0
mms_queue_length{queue="in_flight"} 9.0
mms_queue_length{queue="turns"} 2.0
mms_queue_length{queue="lanes"} 3.0
mms_request_seconds_bucket{protocol="score",le="0.001"} 40
mms_request_seconds_bucket{protocol="v2",le="0.001"} 10
mms_request_seconds_bucket{protocol="score",le="0.01"} 90
mms_request_seconds_bucket{protocol="v2",le="0.01"} 10
mms_request_seconds_bucket{protocol="score",le="+Inf"} 90
mms_request_seconds_bucket{protocol="v2",le="+Inf"} 10
mms_request_seconds_bucket{protocol="operators",le="+Inf"} 1000
mms_placed_tenants 8.0
mms_tenant_requests_total{tenant="a} 7 \\"x\\" {"} 1.0
what is this
mms_known_tenants one
"""


def test_sums_are_those_of_requests_and_not_of_operators() -> None:
    found = samples.totals(SCRAPE)
    assert (found.answers, found.failed, found.hits, found.routed, found.waiting) == (100, 4, 60, 80, 5)
    assert found.gauges == {"placed_tenants": 8.0}
    assert found.buckets == {0.001: 50, 0.01: 100, math.inf: 100}


def test_quantiles_are_those_of_prometheus() -> None:
    found = samples.totals(SCRAPE)
    assert found.quantile(0.5) == pytest.approx(0.001)
    assert found.quantile(0.75) == pytest.approx(0.001 + 0.009 / 2)
    assert found.quantile(0.25) == pytest.approx(0.0005)


def test_what_is_beyond_the_last_bound_is_told_as_that() -> None:
    assert Totals(buckets={1.0: 1, 30.0: 2, math.inf: 10}).quantile(0.99) == 30.0


@pytest.mark.parametrize("buckets", [{}, {0.1: 0.0, math.inf: 0.0}])
def test_nothing_asked_has_no_quantile(buckets: dict[float, float]) -> None:
    assert Totals(buckets=buckets).quantile(0.5) is None


def test_only_what_is_new_is_counted() -> None:
    before, now = Totals(10, 1, 5, 9, 7, {1.0: 10}), Totals(30, 1, 20, 29, 2, {1.0: 25, 2.0: 3}, {"dispatchers": 2})
    assert now.since(before) == Totals(20, 0, 15, 20, 2, {1.0: 15, 2.0: 3}, {"dispatchers": 2})


def test_sums_that_began_anew_are_new() -> None:
    now = Totals(5, 0, 1, 2, 0, {1.0: 5})
    assert now.since(Totals(100, 0, 50, 90, 0, {1.0: 100})) == now


def test_an_empty_scrape_is_none_of_all() -> None:
    assert samples.totals("") == Totals()
