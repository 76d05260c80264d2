"""The section of `dataplane` in RESULTS.md."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from measuring import charts, cpu, one_process, placed_cluster, report
from measuring.charts import Bar, Group
from measuring.dataplane_bench import (
    COLD,
    CONNECTIONS,
    HALF,
    HOT_DEPLOYMENTS,
    LIMIT,
    LIMIT_LOOPS,
    MULTIPLEXED_REPLICAS,
    OPEN_CONNECTIONS,
    QUIET_TENANTS,
    REGISTERED,
    Result,
    Way,
    hot_numbers,
    is_measured,
    seconds_of,
)
from measuring.load import Sample
from measuring.placement_cost import is_ours

THROUGHPUT_CHART = "dataplane-throughput.svg"
LATENCY_CHART = "dataplane-latency.svg"
_MILLI_US = 1000
_TITLES: Mapping[str, str] = {"direct-hot": "direct", "proxy-hot": "proxy (HAProxy)", "limit": "in-process limit"}
_OF_DIRECT = {1: ">= 0.75", 8: ">= 0.65", 32: ">= 0.6"}
_OF_ONE_PROCESS = {8: ">= 0.6", 32: ">= 0.7"}
_HAPROXY = ("HAProxy", "HAProxy's manager")


@dataclass(frozen=True)
class Target:
    """A number that the data plane is to reach; value None: measured by another bench, which `where` names."""

    what: str
    value: float | None
    bound: str
    unit: str = ""
    where: str = ""

    def cells(self) -> list[str]:
        if self.value is None:
            return [self.what, self.where, f"{self.bound} {self.unit}".strip(), ""]
        measured = f"{self.value:.2f} {self.unit}".strip()
        return [self.what, measured, f"{self.bound} {self.unit}".strip(), report.verdict(self.value, self.bound)]


def targets(result: Result) -> list[Target]:
    measured = result.measured

    def rates(one: str, other: str, connections: int) -> float:
        return measured.rate(one, connections) / measured.rate(other, connections)

    limit_ms = (measured.p50_us("direct-hot", 1) - measured.p50_us("limit", 1)) / 1000
    proxy_ms = (measured.p50_us("proxy-hot", 1) - measured.p50_us("direct-hot", 1)) / 1000
    open_ratio = median(result.open["direct-hot"], lambda s: s.p99_us) / median(
        result.open["direct-hot"], lambda s: s.p50_us
    )
    most, few = f"of-{REGISTERED[-1]}", f"of-{REGISTERED[0]}"
    return [
        *(
            Target(f"direct hot / in-process limit, requests/s, c={c}", rates("direct-hot", "limit", c), ">= 0.5")
            for c in (8, 32)
        ),
        *(
            Target(
                f"direct hot, CPU a request of all our processes, c={c}",
                ours_us(result, "direct-hot", c),
                "<= 100",
                "us",
            )
            for c in (8, 32)
        ),
        *(
            Target(f"one process, hot / in-process limit, requests/s, c={c}", rates("one-hot", "limit", c), bound)
            for c, bound in _OF_ONE_PROCESS.items()
        ),
        Target("direct hot less in-process limit, p50, c=1", limit_ms, "<= 0.25", "ms"),
        Target(f"direct hot, open loop at {HALF:.0%} of the peak, p99 / p50", open_ratio, "<= 4"),
        *(
            Target(f"proxy (HAProxy) / direct, hot, requests/s, c={c}", of_direct(result, c), bound)
            for c, bound in _OF_DIRECT.items()
        ),
        Target("proxy (HAProxy) less direct, hot, p50, c=1", proxy_ms, "<= 0.15", "ms"),
        Target("HAProxy and its manager, idle", sum(map(measured.idle.share, _HAPROXY)), "<= 0.03", "CPUs"),
        Target("proxy (HAProxy), hot / bare Ray echo, requests/s, c=8", rates("proxy-hot", "echo", 8), ">= 6"),
        Target("proxy (Python), hot / bare Ray echo, requests/s, c=8", rates("python-hot", "echo", 8), ">= 0.7"),
        Target(
            "proxy (HAProxy), hot / @serve.multiplexed, requests/s, c=8", rates("proxy-hot", "multiplexed", 8), ">= 3"
        ),
        Target(
            f"direct, {REGISTERED[-1]:,} tenants / {REGISTERED[0]:,}, requests/s, c=8", rates(most, few, 8), ">= 0.9"
        ),
        Target(
            "direct hot, 4 rows / 1 row, p50, c=8",
            measured.p50_us("rows-4", 8) / measured.p50_us("rows-1", 8),
            "<= 1.2",
        ),
        Target(
            "p99 of many tenants beside one that asks 100 times the share of each / alone",
            median(result.beside_noisy, lambda s: s.p99_us) / median(result.alone, lambda s: s.p99_us),
            "<= 1.1",
        ),
        Target("429, p99, open loop", median(result.refusals, lambda s: s.refused_p99_us) / 1000, "<= 1", "ms"),
        Target("the router's own cost (JMH)", None, "<= 5", "us", "`bench micro`"),
        Target("table lookup (JMH)", None, "<= 200", "ns", "`bench micro`"),
        Target("10 minutes at 70 % of the peak: errors, drift of RSS, p99.9 / p50", None, "", "", "`bench soak`"),
    ]


def of_direct(result: Result, connections: int) -> float:
    """The median of the rounds' ratios: what slows the machine down for a while slows down both."""
    proxy, direct = (result.measured.samples[key, connections] for key in ("proxy-hot", "direct-hot"))
    return statistics.median(one.rate / other.rate for one, other in zip(proxy, direct, strict=True))


def text(result: Result, about: str) -> str:
    effort = result.effort
    parts = [
        "## Data plane",
        about,
        f"- {effort.rounds} rounds of {seconds_of(effort):g} s a variant, interleaved, after warm-up; medians of the"
        f" rounds, rates with their lowest and highest; wrong or missing answers: {result.errors()}",
        f"- {REGISTERED[-1]:,} registered tenants, the first {placed_cluster.PLACED} placed for good in"
        f" {placed_cluster.DEPLOYMENTS} deployments, all others loaded in Deploymentx; hot: Zipf 1.0 over the"
        f" {len(hot_numbers())} in the first {HOT_DEPLOYMENTS} deployments, as many as there are processors, and"
        f" beside it over all placed; overflow: Zipf 1.0 over the next {placed_cluster.PLACED}; 1 to 3 rows; every"
        " answer checked",
        f"- in-process limit: {LIMIT_LOOPS} event loops, the same models; @serve.multiplexed: {MULTIPLEXED_REPLICAS}"
        " Python replicas that keep all placed models, asked for by its header",
        "### Targets",
        report.table(["what", "measured", "target", "reached"], [target.cells() for target in targets(result)]),
    ]
    foreign = max(used.share(cpu.FOREIGN) for used in result.measured.used.values())
    parts.append(
        f"Other work on the machine took up to {foreign:.2f} CPUs meanwhile."
        + (" **Not a quiet machine:** measure again." if foreign > report.QUIET_CPUS else "")
    )
    parts += [f"![Requests a second]({THROUGHPUT_CHART})", f"![Latency]({LATENCY_CHART})"]
    for connections in CONNECTIONS:
        parts += [f"### {connections} connection{'s' if connections > 1 else ''}", rate_table(result, connections)]
    parts += ["### Open loop", open_intro(result), open_table(result)]
    parts += ["### A noisy neighbour", noisy_intro(result), noisy_table(result)]
    parts += ["### Refusals", refusals_text(result)]
    parts += ["### Cold models", cold_intro(), cold_table(result)]
    parts += ["### CPU", "Microseconds a request, less what each uses when nobody asks:"]
    for connections in CONNECTIONS:
        parts.append(cpu_table(result, connections))
    parts += [
        "### Allocation",
        "kB a request in the JVMs' heaps, to within an eden (13 MB) for each:",
        allocation_table(result),
    ]
    return "\n\n".join(parts)


def median(samples: Sequence[Sample], of: Callable[[Sample], float]) -> float:
    return statistics.median(map(of, samples))


def ours_us(result: Result, key: str, connections: int) -> float:
    """Of our replicas, all added."""
    used = result.measured.used[key, connections]
    roles = filter(is_ours, used.by_role)
    return sum(used.per_request_ms(role, result.measured.idle) for role in roles) * _MILLI_US


def ways_at(result: Result, connections: int) -> list[Way]:
    return [way for way in result.ways if is_measured(way, connections)]


def rate_table(result: Result, connections: int) -> str:
    def cells(way: Way) -> list[str]:
        samples = result.measured.samples[way.key, connections]
        spread = f"{min(s.rate for s in samples):.0f} to {max(s.rate for s in samples):.0f}"
        hits = sum(s.hits for s in samples) / sum(s.requests for s in samples)
        times = [ms(median(samples, of)) for of in (lambda s: s.p50_us, lambda s: s.p99_us, lambda s: s.p999_us)]
        hot = f"{hits:.0%}" if way.key.startswith(("direct", "proxy", "python", "of-", "rows-")) else ""
        return [way.title, f"{median(samples, lambda s: s.rate):.0f}", spread, *times, hot]

    head = ["variant", "requests/s", "of all rounds", "p50 ms", "p99 ms", "p99.9 ms", "by hot replicas"]
    return report.table(head, [cells(way) for way in ways_at(result, connections)])


def ms(us: float) -> str:
    return f"{us / 1000:.2f}" if us >= _MILLI_US else f"{us / 1000:.3f}"


def open_intro(result: Result) -> str:
    return (
        f"Poisson arrivals at {result.open_rate:.0f}/s, {HALF:.0%} of the direct way's peak, over at most"
        f" {OPEN_CONNECTIONS} connections; latency from the moment a request was due, whenever it could be sent."
    )


def open_table(result: Result) -> str:
    def cells(key: str, samples: Sequence[Sample]) -> list[str]:
        columns: list[Callable[[Sample], float]] = [
            lambda s: s.p50_us,
            lambda s: s.p99_us,
            lambda s: s.p999_us,
            lambda s: s.late_us,
        ]
        spread = f"{ms(min(s.p99_us for s in samples))} to {ms(max(s.p99_us for s in samples))}"
        p50, p99, p999, late = (ms(median(samples, of)) for of in columns)
        return [_TITLES[key], f"{median(samples, lambda s: s.rate):.0f}", p50, p99, spread, p999, late]

    head = ["variant", "answered/s", "p50 ms", "p99 ms", "p99 of all rounds", "p99.9 ms", "sent late by (p50) ms"]
    return report.table(head, [cells(key, samples) for key, samples in result.open.items()])


def noisy_intro(result: Result) -> str:
    refused = sum(sample.refused for sample in result.noisy)
    asked = sum(sample.requests + sample.refused + sample.errors for sample in result.noisy)
    return (
        f"{QUIET_TENANTS} placed tenants, each as often as the others, {result.noisy_rate:.0f}/s together in an open"
        " loop; alone, and beside one tenant that asks as often as all of them, of whose"
        f" {asked} requests {refused} were refused."
    )


def noisy_table(result: Result) -> str:
    def cells(title: str, samples: Sequence[Sample]) -> list[str]:
        spread = f"{ms(min(s.p99_us for s in samples))} to {ms(max(s.p99_us for s in samples))}"
        return [title, ms(median(samples, lambda s: s.p50_us)), ms(median(samples, lambda s: s.p99_us)), spread]

    rows = [cells("alone", result.alone), cells("beside the noisy one", result.beside_noisy)]
    return report.table(["many tenants", "p50 ms", "p99 ms", "p99 of all rounds"], rows)


def refusals_text(result: Result) -> str:
    refused = sum(sample.refused for sample in result.refusals)
    asked = refused + sum(sample.requests + sample.errors for sample in result.refusals)
    p50, p99 = (ms(median(result.refusals, of)) for of in (lambda s: s.refused_p50_us, lambda s: s.refused_p99_us))
    return (
        f"One tenant in an open loop that may have one request under way in each Dispatcher: {refused} of {asked}"
        f" requests were refused, p50 {p50} ms, p99 {p99} ms after they were due."
    )


def cold_intro() -> str:
    return (
        f"{COLD} tenants that nobody had asked for, each once, one after the other: loaded from the registry's folder."
    )


def cold_table(result: Result) -> str:
    def cells(key: str, samples: Sequence[Sample]) -> list[str]:
        return [_TITLES[key], *(ms(median(samples, of)) for of in (lambda s: s.p50_us, lambda s: s.p99_us))]

    return report.table(["variant", "p50 ms", "p99 ms"], [cells(key, samples) for key, samples in result.cold.items()])


def cpu_table(result: Result, connections: int) -> str:
    measured = result.measured
    ways = ways_at(result, connections)
    used = [measured.used[way.key, connections] for way in ways]
    present = {role for u in used for role in u.by_role} - {cpu.FOREIGN}
    groups = role_groups(present)

    def cells(roles: Sequence[str]) -> list[str]:
        each = [sum(u.per_request_ms(role, measured.idle) for role in roles) * _MILLI_US for u in used]
        return [*(f"{us:.0f}" for us in each), f"{sum(measured.idle.share(role) for role in roles):.3f}"]

    rows = [[title, *cells(roles)] for title, roles in groups.items()]
    rows.append(["**all of ours**", *cells(sorted(filter(is_ours, present)))])
    foreign = [f"{u.share(cpu.FOREIGN):.2f} CPUs" for u in used]
    rows.append(["other work on the machine", *foreign, f"{measured.idle.share(cpu.FOREIGN):.2f}"])
    return report.table([f"c={connections}", *(way.title for way in ways), "idle, CPUs"], rows)


def allocation_table(result: Result) -> str:
    ways = [
        way
        for way in result.ways
        if way.key in ("direct-hot", "direct-all", "direct-overflow", "proxy-hot", "proxy-overflow", "limit")
    ]
    used = [result.allocated[way.key] for way in ways]
    present = {role for one in used for role in one.by_role}
    groups = {
        title: roles
        for title, roles in role_groups(present).items()
        if set(roles) <= {*filter(is_ours, present), LIMIT}
    }
    rows = [[title, *(f"{one.per_request(roles) / 1000:.1f}" for one in used)] for title, roles in groups.items()]
    return report.table(["", *(way.title for way in ways)], rows)


def role_groups(present: set[str]) -> dict[str, list[str]]:
    """The roles in the order in which they are shown; the hot replicas as one."""
    hot = sorted(role for role in present if role.startswith("Deployment") and role != "Deploymentx")
    first = {"Dispatchers": ["Dispatcher"], "hot replicas": hot}
    named = [
        "Deploymentx",
        "SharedMemory",
        *_HAPROXY,
        "proxy",
        "controller",
        "gcs",
        "raylet",
        "Echo",
        "Multiplexed",
        one_process.ROLE,
        LIMIT,
    ]
    last = {cpu.CLIENT: [cpu.CLIENT]}
    known = {"Dispatcher", *hot, *named, cpu.CLIENT}
    others = {role: [role] for role in sorted(present - known)}
    return {**first, **{role: [role] for role in named if role in present}, **others, **last}


def write_charts(result: Result, folder: Path) -> None:
    """Beside the report."""
    folder.joinpath(THROUGHPUT_CHART).write_text(throughput_chart(result))
    folder.joinpath(LATENCY_CHART).write_text(latency_chart(result))


def throughput_chart(result: Result) -> str:
    groups = [
        Group(
            f"{connections} connection{'s' if connections > 1 else ''}",
            [Bar(way.title, (result.measured.rate(way.key, connections),)) for way in ways_at(result, connections)],
        )
        for connections in CONNECTIONS
    ]
    return charts.bars("Requests a second (logarithmic)", groups, "{:.0f}")


def latency_chart(result: Result) -> str:
    def percentiles(samples: Sequence[Sample]) -> tuple[float, ...]:
        return tuple(
            median(samples, of) / 1000
            for of in (lambda s: s.p50_us, lambda s: s.p90_us, lambda s: s.p99_us, lambda s: s.p999_us)
        )

    closed = [
        Group(
            f"closed loop, {connections} connection{'s' if connections > 1 else ''}",
            [
                Bar(way.title, percentiles(result.measured.samples[way.key, connections]))
                for way in ways_at(result, connections)
            ],
        )
        for connections in CONNECTIONS
    ]
    opened = Group(
        f"open loop, {result.open_rate:.0f}/s",
        [Bar(_TITLES[key], percentiles(samples)) for key, samples in result.open.items()],
    )
    return charts.ranges("Latency in ms (logarithmic): p50, p90, p99, p99.9", [opened, *closed], "{:.2f}")
