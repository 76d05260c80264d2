"""What `top` asks, and what it makes of two answers."""

from __future__ import annotations

import json
from typing import Any

import pytest
from made_up_tenants import Application, figures

from launcher.errors import LauncherError
from launcher.top import reading
from launcher.top.reading import Reader, Wanted


def test_asks_for_what_is_wanted_with_the_callers_key(application: Application) -> None:
    Reader(application.url, {"Authorization": "Bearer k"}).read(Wanted("p99", "a/b c", 7))
    assert application.asked == ["/tenants?sort=p99&limit=7&prefix=a%2Fb+c", "/deployment_map", "/metrics"]
    assert application.keys == {"Bearer k"}


def test_the_map_of_all_places_is_not_asked_for_at_each_look(application: Application) -> None:
    reader = Reader(application.url, {})
    first, second = reader.read(Wanted()), reader.read(Wanted())
    assert application.asked.count("/deployment_map") == 1
    assert first.places == second.places == {"tenant1": "deployment3"}


def test_rates_are_between_two_samples(application: Application) -> None:
    reader = Reader(application.url, {})
    application.tenants = [figures("tenant1", requests=10, errors=1, loads=2, prediction_seconds=1.0)]
    before = reader.read(Wanted())
    application.tenants = [figures("tenant1", requests=30, errors=5, loads=2, prediction_seconds=2.0), figures("new")]
    now = reader.read(Wanted())
    first, second = reading.between(before, now).rows
    seconds = now.at - before.at
    assert first.requests_per_second == pytest.approx(20 / seconds)
    assert first.errors_per_second == pytest.approx(4 / seconds)
    assert first.loads_per_second == 0
    assert first.processors == pytest.approx(1 / seconds)
    assert (first.place, second.place) == ("Deployment3", "Deploymentx")
    assert second.requests_per_second is None


def test_figures_that_began_anew_have_no_rate(application: Application) -> None:
    reader = Reader(application.url, {})
    application.tenants = [figures("tenant1", requests=100)]
    before = reader.read(Wanted())
    application.tenants = [figures("tenant1", requests=3)]
    (row,) = reading.between(before, reader.read(Wanted())).rows
    assert row.requests_per_second is None


def test_a_caller_that_may_see_its_own_tenants_only_sees_them(application: Application) -> None:
    application.forbidden = {"/metrics", "/deployment_map"}
    sample = Reader(application.url, {}).read(Wanted())
    assert (sample.places, sample.totals) == (None, None)
    (row,) = reading.between(None, sample).rows
    assert (row.tenant, row.place) == ("tenant1", None)


def test_a_refusal_is_told_in_one_line(application: Application) -> None:
    application.forbidden = {"/tenants"}
    with pytest.raises(LauncherError, match=r"answered 403: The caller may not do this; you may not$"):
        Reader(application.url, {}).read(Wanted())


def test_nobody_there_is_told_in_one_line() -> None:
    with pytest.raises(LauncherError, match=r"^no answer from http://127\.0\.0\.1:1: .*refused$"):
        Reader("http://127.0.0.1:1", {}).read(Wanted())


@pytest.mark.parametrize("body", ["", "[]", '{"tenants": 7}', "{"])
def test_what_no_application_says_is_an_error(application: Application, body: str) -> None:
    application.body = body
    with pytest.raises(LauncherError, match=f"^{application.url} answered 200"):
        Reader(application.url, {}).read(Wanted())


def test_what_is_no_tenant_is_left_out(application: Application) -> None:
    application.body = '{"tenants": [1, {}, {"tenant": 2}]}'
    assert Reader(application.url, {}).read(Wanted()).tenants == ()


def test_json_has_the_figures_and_what_was_worked_out(application: Application) -> None:
    reader = Reader(application.url, {})
    table = reading.between(reader.read(Wanted()), reader.read(Wanted()))
    told: dict[str, Any] = json.loads(json.dumps(reading.to_json(table)))
    (tenant,) = told["tenants"]
    assert tenant["p99_seconds"] == 0.25
    assert (tenant["deployment"], tenant["requests_per_second"]) == ("Deployment3", 0)
    assert told["totals"]["placed_tenants"] == 1
    assert told["totals"]["answers"] == 0
