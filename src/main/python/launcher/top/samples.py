"""What GET /metrics says, as far as `top` shows it."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

_LINE = re.compile(r"([a-zA-Z_:][\w:]*)(?:\{(.*)\})? (\S+)(?: -?\d+)?")
_LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
_ANSWERS = "mms_answers_total"
_BUCKET = "mms_request_seconds_bucket"
_GAUGES = ("mms_placed_tenants", "mms_measured_tenants", "mms_dispatchers")
# Neither the questions of operators, such as our own, nor pages.
_ASIDE = ("operators", "documents")
_OURS = frozenset(
    ("internal", "overloaded", "no-replica", "store-unavailable", "issuer-unavailable", "deadline-exceeded")
)


@dataclass(frozen=True)
class Totals:
    """Sums since SharedMemory took over, over all protocols but those of operators.

    buckets: how many requests took at most so many seconds. failed: by our doing.
    """

    answers: float = 0.0
    failed: float = 0.0
    hits: float = 0.0
    routed: float = 0.0
    waiting: float = 0.0
    buckets: Mapping[float, float] = field(default_factory=dict)
    gauges: Mapping[str, float] = field(default_factory=dict)

    def since(self, before: Totals) -> Totals:
        """What was counted between the two; since the start when that was begun anew."""
        if self.answers < before.answers:
            return self
        return Totals(
            self.answers - before.answers,
            self.failed - before.failed,
            self.hits - before.hits,
            self.routed - before.routed,
            self.waiting,
            {bound: count - before.buckets.get(bound, 0.0) for bound, count in self.buckets.items()},
            self.gauges,
        )

    def quantile(self, part: float) -> float | None:
        """Seconds that the part of the requests took at most, as Prometheus' histogram_quantile has it."""
        bounds = sorted(self.buckets.items())
        if not bounds or bounds[-1][1] <= 0:
            return None
        rank = part * bounds[-1][1]
        lower, below = 0.0, 0.0
        for bound, count in bounds:
            if count >= rank:
                if math.isinf(bound):
                    return lower
                return lower + (bound - lower) * (rank - below) / (count - below) if count > below else bound
            lower, below = bound, count
        return lower


def totals(text: str) -> Totals:
    """The totals in a scrape in Prometheus' text format; lines that are not understood are left out."""
    sums = {"answers": 0.0, "failed": 0.0, "hits": 0.0, "routed": 0.0, "waiting": 0.0}
    buckets: dict[float, float] = {}
    gauges: dict[str, float] = {}
    for line in text.splitlines():
        found = _LINE.fullmatch(line)
        if found is None:
            continue
        name, labels, value = found[1], dict(_LABEL.findall(found[2] or "")), _number(found[3])
        if name in _GAUGES:
            gauges[name.removeprefix("mms_")] = value
        elif name == "mms_requests_total":
            sums["routed"] += value
            sums["hits"] += value if labels.get("outcome") == "hit" else 0.0
        elif name == "mms_queue_length" and labels.get("queue") != "in_flight":
            sums["waiting"] += value
        elif labels.get("protocol") in _ASIDE:
            continue
        elif name == _ANSWERS:
            sums["answers"] += value
            sums["failed"] += value if labels.get("code") in _OURS else 0.0
        elif name == _BUCKET:
            bound = _number(labels.get("le", ""))
            buckets[bound] = buckets.get(bound, 0.0) + value
    return Totals(**sums, buckets=buckets, gauges=gauges)


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        return 0.0
    return 0.0 if math.isnan(found) else found
