"""Asks the application for what `top` shows, and works out what happened between two answers."""

from __future__ import annotations

import time
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from launcher import local_http, scoring
from launcher.errors import LauncherError
from launcher.top import samples
from launcher.top.samples import Totals

SORTS = ("requests", "errors", "p50", "p95", "p99", "loads", "last_used", "prediction_seconds", "name")
MAX_TENANTS = 1000
_SECONDS = 5.0
_MAP_AGE_SECONDS = 5.0
"""The map has every tenant with a place, which may be many."""
_OVERFLOW = "Deploymentx"


@dataclass(frozen=True)
class Wanted:
    """Which tenants, in which order, and how many at most."""

    sort: str = SORTS[0]
    prefix: str = ""
    limit: int = 50


@dataclass(frozen=True)
class Sample:
    """What was answered at a time of the monotonic clock. totals, places: None when the caller may not see them."""

    at: float
    wanted: Wanted
    tenants: tuple[Mapping[str, Any], ...]
    places: Mapping[str, str] | None
    totals: Totals | None


@dataclass(frozen=True)
class Row:
    """A tenant. The rates are None until it was seen twice."""

    tenant: str
    place: str | None
    figures: Mapping[str, Any]
    requests_per_second: float | None
    errors_per_second: float | None
    loads_per_second: float | None
    processors: float | None

    @property
    def hit_ratio(self) -> float | None:
        """The part of its answered requests that a hot deployment answered."""
        answered = _count(self.figures, "requests") - _count(self.figures, "errors")
        return _count(self.figures, "hits") / answered if answered > 0 else None


@dataclass(frozen=True)
class Table:
    """What is shown. seconds: between the two samples; None when there was one only, and totals are from the start."""

    wanted: Wanted = field(default_factory=Wanted)
    rows: tuple[Row, ...] = ()
    totals: Totals | None = None
    seconds: float | None = None


class Reader:
    """Asks one application. Used by one thread at a time."""

    def __init__(self, url: str, headers: Mapping[str, str]) -> None:
        self.url = url
        self._headers = dict(headers)
        self._places: Mapping[str, str] | None = None
        self._places_until = 0.0

    def read(self, wanted: Wanted) -> Sample:
        """Raises LauncherError with one line when nobody answers, or the caller may not see tenants."""
        query = urllib.parse.urlencode({"sort": wanted.sort, "limit": wanted.limit, "prefix": wanted.prefix})
        tenants = self._required(f"/tenants?{query}")
        at = time.monotonic()
        if at >= self._places_until:
            self._places = self._allowed_places()
            self._places_until = at + _MAP_AGE_SECONDS
        metrics = self._ask("/metrics")
        totals = samples.totals(metrics.text) if metrics.status == 200 else None
        return Sample(at, wanted, tenants, self._places, totals)

    def _required(self, path: str) -> tuple[Mapping[str, Any], ...]:
        answer = self._ask(path)
        body = answer.json()
        listed = body.get("tenants") if answer.status == 200 and isinstance(body, dict) else None
        if not isinstance(listed, list):
            why = scoring.explain(body, answer.text)
            raise LauncherError(f"{self.url} answered {answer.status}: {why}")
        return tuple(each for each in listed if isinstance(each, dict) and isinstance(each.get("tenant"), str))

    def _allowed_places(self) -> Mapping[str, str] | None:
        answer = self._ask("/deployment_map")
        body = answer.json()
        places = body.get("deployment_map") if answer.status == 200 and isinstance(body, dict) else None
        return places if isinstance(places, dict) else None

    def _ask(self, path: str) -> local_http.Answer:
        try:
            return local_http.call("GET", self.url + path, timeout_seconds=_SECONDS, headers=self._headers)
        except local_http.NoAnswerError as error:
            reason = getattr(error.__cause__, "reason", error.__cause__)
            raise LauncherError(f"no answer from {self.url}: {' '.join(str(reason).split())}") from None


def between(before: Sample | None, now: Sample) -> Table:
    """What happened since the sample before."""
    known = {} if before is None else {str(each["tenant"]): each for each in before.tenants}
    seconds = None if before is None else now.at - before.at
    totals = now.totals
    if totals is not None and before is not None and before.totals is not None:
        totals = totals.since(before.totals)
    elif before is not None:
        seconds = None
    rows = tuple(
        _row(each, known.get(str(each["tenant"])), now.places, None if before is None else now.at - before.at)
        for each in now.tenants
    )
    return Table(now.wanted, rows, totals, seconds)


def _row(
    figures: Mapping[str, Any],
    before: Mapping[str, Any] | None,
    places: Mapping[str, str] | None,
    seconds: float | None,
) -> Row:
    tenant = str(figures["tenant"])

    def rate(name: str) -> float | None:
        if before is None or not seconds:
            return None
        more = _count(figures, name) - _count(before, name)
        # Less than before: SharedMemory has begun anew.
        return more / seconds if more >= 0 else None

    return Row(
        tenant,
        None if places is None else _deployment(places.get(tenant)),
        figures,
        rate("requests"),
        rate("errors"),
        rate("loads"),
        rate("prediction_seconds"),
    )


def _deployment(place: object) -> str:
    """The deployment's own name: the map has it in lower case."""
    return f"{place[:1].upper()}{place[1:]}" if isinstance(place, str) and place else _OVERFLOW


def _count(figures: Mapping[str, Any], name: str) -> float:
    value = figures.get(name)
    return float(value) if isinstance(value, int | float) else 0.0


def to_json(table: Table) -> dict[str, Any]:
    """For programs. The names are those of GET /tenants, and what is worked out beside them."""
    totals = table.totals
    return {
        "sort": table.wanted.sort,
        "prefix": table.wanted.prefix,
        "seconds": table.seconds,
        "totals": None
        if totals is None
        else {
            "answers": totals.answers,
            "failed": totals.failed,
            "hit_ratio": totals.hits / totals.routed if totals.routed else None,
            "waiting": totals.waiting,
            "p50_seconds": totals.quantile(0.5),
            "p95_seconds": totals.quantile(0.95),
            "p99_seconds": totals.quantile(0.99),
            **totals.gauges,
        },
        "tenants": [
            {
                **row.figures,
                "deployment": row.place,
                "requests_per_second": row.requests_per_second,
                "errors_per_second": row.errors_per_second,
                "loads_per_second": row.loads_per_second,
                "processors": row.processors,
            }
            for row in table.rows
        ],
    }
