"""The section of RESULTS.md about placement."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence

from measuring import placement_bench as bench
from measuring.http_bench import Effort
from measuring.placement_bench import Fill, HitRatio, Result
from measuring.placement_cost import FEW, MANY, SAME, Cost, is_ours, is_served
from measuring.report import table, verdict
from measuring.simulator import OURS

POINTS = "<= 2"
RATIO = "<= 1.1"
NO_ERRORS = "<= 0"


def text(result: Result, effort: Effort, about: str) -> str:
    most = f"at most {result.moves_per_second}" if result.moves_per_second else "as many as by default"
    return "\n\n".join(
        [
            "## Placement",
            about,
            f"- {bench.REGISTERED} registered tenants, each with a model of its own that adds the tenant's number;"
            f" every answer's model and number checked; {bench.DEPLOYMENTS} dynamic deployments, {most} promotions a"
            f" second; {bench.CONNECTIONS} connections",
            "### Targets",
            targets(result),
            "### Hit ratio",
            hit_ratio(result.hit_ratio),
            "### Filling the places",
            fill(result.fill),
            "### Cost of a request",
            cost(result.cost, result.fill.places, effort),
        ]
    )


def targets(result: Result) -> str:
    ours = result.hit_ratio.simulated.ratios.get(OURS)
    errors = result.hit_ratio.replay.errors + result.fill.errors + result.cost.errors()
    rows = [["hit ratio, points from the simulator's", "not simulated", POINTS, "?"]]
    if ours is not None:
        points = abs(result.hit_ratio.measured - ours) * 100
        rows = [["hit ratio, points from the simulator's", f"{points:.2f}", POINTS, verdict(points, POINTS)]]
    rows.append(["wrong answers and errors", str(errors), NO_ERRORS, verdict(errors, NO_ERRORS)])
    rows += [[name, f"{ratio:.2f}", RATIO, verdict(ratio, RATIO)] for name, ratio in ratios(result.cost)]
    return table(["what", "measured", "target", "reached"], rows)


def ratios(cost: Cost) -> list[tuple[str, float]]:
    """How much more a request costs with many tenants than with few."""
    few, many = (f"{n} placed" for n in (cost.few_placed, cost.many_placed))
    return [
        (
            f"CPU a request in our replicas, {many} / {few}",
            _over(cost.cpu_ms(MANY, is_ours), cost.cpu_ms(FEW, is_ours)),
        ),
        (
            f"CPU a request in all processes, {many} / {few}",
            _over(cost.cpu_ms(MANY, is_served), cost.cpu_ms(FEW, is_served)),
        ),
        (f"requests/s, {few} / {many}", _over(cost.rate(FEW), cost.rate(MANY))),
    ]


def _over(one: float, other: float) -> float:
    return one / other if other else float("inf")


def hit_ratio(seen: HitRatio) -> str:
    replay, before, after = seen.replay, seen.before, seen.after
    simulated = seen.simulated
    rows = [["measured over HTTP", f"{seen.measured:.4f}", ""]]
    rows.append(["as GET /status has it", f"{after.hit_ratio_since(before):.4f}", ""])
    for policy, ratio in simulated.ratios.items():
        rows.append([f"simulator, {policy}", f"{ratio:.4f}", f"{(seen.measured - ratio) * 100:+.2f}"])
    rows += [[f"simulator, {policy}", "none", why] for policy, why in simulated.missing.items()]
    rows.append(["measured, second half", f"{seen.second_half:.4f}", ""])
    return "\n\n".join(
        [
            f"{bench.HIT_TENANTS} tenants, Zipf {bench.HIT_EXPONENT:g}, {bench.DEPLOYMENTS} x {bench.HIT_CAPACITY}"
            f" places: {replay.requests} requests in {replay.seconds:.0f} s ({replay.rate:.0f}/s,"
            f" p50 {replay.p50_us / 1000:.1f} ms, p99 {replay.p99_us / 1000:.1f} ms), {replay.errors} errors."
            " The simulator had the same requests at the times when they were sent; its settings are the defaults,"
            " and with it a promoted model is there at once.",
            table(["hit ratio", "", "measured less this, points"], rows),
            f"GET /status, before and after: promotions {before.promotions} and {after.promotions},"
            f" evictions {before.evictions} and {after.evictions}, placed {before.placed} and {after.placed};"
            f" half-life at the end {after.half_life_seconds:g} s, last push of a table {_ms(after.push_seconds)}.",
        ]
    )


def fill(seen: Fill) -> str:
    pushes = [look.placement.push_seconds for look in seen.looks]
    latencies = [look.latency_seconds for look in seen.looks]
    outcome = "all taken" if seen.is_full else "**not all taken in the time**"
    rows = [
        ["places", f"{seen.places} ({seen.before.placed} taken before), {outcome}"],
        ["placed at the end", str(seen.after.placed)],
        ["time", f"{seen.seconds:.0f} s"],
        ["promotions a second", f"{seen.promotions_per_second:.1f}"],
        ["evictions", str(seen.after.evictions - seen.before.evictions)],
        ["requests, errors", f"{seen.requests}, {seen.errors} {seen.first_error}".rstrip()],
        ["push of a table to the Dispatchers, seen at each look: median, most", _both(pushes)],
        ["GET /status under load: median, most", _both(latencies)],
        ["GET /status without load: median, most", _both(seen.quiet_latencies)],
        *[[f"PSS of {role}, before and after", _pss(seen, role)] for role in seen.pss_after],
        ["PSS of all JVMs, before and after", f"{_sum(seen.pss_before)} and {_sum(seen.pss_after)} MiB"],
    ]
    return "\n\n".join(
        [
            f"{bench.REGISTERED} tenants, Zipf {bench.FILL_EXPONENT:g}, {_places(seen.places)}"
            " places, load until all are taken:",
            table(["what", "measured"], rows),
        ]
    )


def _places(count: int) -> str:
    return f"{bench.DEPLOYMENTS} x {count // bench.DEPLOYMENTS}"


def cost(seen: Cost, places: int, effort: Effort) -> str:
    titles = {
        FEW: f"{bench.FEW} registered, {seen.few_placed} placed, these asked for",
        SAME: f"{bench.REGISTERED} registered, {seen.many_placed} placed, the same {seen.few_placed} asked for",
        MANY: f"{bench.REGISTERED} registered, {seen.many_placed} placed, all of these asked for",
    }
    rows = [
        [
            title,
            f"{seen.rate(key):.0f}",
            f"{seen.p50_ms(key):.2f}",
            f"{seen.cpu_ms(key, is_ours):.3f}",
            f"{seen.cpu_ms(key, is_served):.3f}",
            f"{seen.idle_cpus(key, is_served):.3f}",
            f"{seen.hit_ratio(key):.4f}",
        ]
        for key, title in titles.items()
    ]
    head = ["tenants", "requests/s", "p50 ms", "CPU ms, our replicas", "CPU ms, all", "idle, CPUs", "hit ratio"]
    return "\n\n".join(
        [
            f"Two clusters side by side, both {_places(places)} places, that take turns:"
            f" {effort.rounds} rounds of {effort.seconds:g} s a variant after {effort.warm_up_seconds / 2:g} s of"
            " warm-up (before it both clusters had answered about as many requests, or the time of filling was over),"
            f" Zipf {bench.FILL_EXPONENT:g} over placed tenants only, medians. Both run all the time, so each"
            " is disturbed by the other's idle work; CPU is a request's, less what the cluster uses when nobody asks."
            " The second line tells apart what it costs to have many tenants and to ask for many: the last two differ"
            " in which models and rows of tables the caches of the CPU hold.",
            table(head, rows),
        ]
    )


def _pss(seen: Fill, role: str) -> str:
    return f"{seen.pss_before.get(role, 0):.0f} and {seen.pss_after[role]:.0f} MiB"


def _sum(pss: Mapping[str, float]) -> str:
    return f"{sum(pss.values()):.0f}"


def _both(seconds: Sequence[float]) -> str:
    return f"{_ms(statistics.median(seconds))}, {_ms(max(seconds))}"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:.0f} ms"
