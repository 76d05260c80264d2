"""The section of `tails` in RESULTS.md."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping

from measuring import cpu, report, who_ran
from measuring.load import Sample
from measuring.placement_cost import is_ours
from measuring.scheduling import Ran, Thread, Took
from measuring.tails_bench import (
    BESIDE,
    CLOSED,
    LOWEST,
    OPEN,
    OURS,
    TENANTS,
    Demand,
    Result,
)
from measuring.who_ran import Blame, Held

P99: Callable[[Sample], float] = lambda sample: sample.p99_us  # noqa: E731 - one of a table of such
LATENCIES: Mapping[str, Callable[[Sample], float]] = {
    "p50": lambda sample: sample.p50_us,
    "p99": lambda sample: sample.p99_us,
    "p99.9": lambda sample: sample.p999_us,
    "max": lambda sample: sample.max_us,
}
NOT_QUIET = "**Not a quiet machine:** other programs took much of the cores. Measure again."
_ROWS = 20
_WHOLE = (who_ran.OTHERS, cpu.CLIENT)
"""What is not taken apart, and always told."""
_MICROS = 1e6
_HOT = re.compile(r"Deployment\d+")
_BOUNDS = {"1,000/s": {"p99": "<= 2.5", "p99.9": "<= 3"}, "3,000/s": {"p99": "<= 3"}}
_CLOSED_BOUNDS = {"c=8": ">= 0.45", "c=32": ">= 0.55"}
_CPU_BOUND = "<= 200"
_IDLE_BOUND = "<= 0.15"


def text(result: Result, about: str, label: str) -> str:
    effort = result.effort
    lowest = f"{LOWEST:,} requests/s"
    parts = [
        f"## Tails{f' ({label})' if label else ''}",
        about,
        f"- default layout with {TENANTS:,} tenants by Zipf's law (1.0), one row each, on the direct port; beside it"
        f" the in-process limit with the same models; {effort.rounds} rounds, interleaved, samples of"
        f" {effort.seconds:g} s ({OPEN[0].seconds(effort):g} s at {lowest}) after {effort.warm_up_seconds:g} s of"
        " warm-up; medians of the rounds, relative: median of the rounds' ratios; answers: "
        f"{result.total(lambda s: s.errors)} wrong{result.first_error()}, {result.total(lambda s: s.refused)} refused,"
        f" {result.total(lambda s: s.unanswered)} missing; failed samples: {len(result.failures)}"
        f"\n- other work on the machine took {result.used.share(cpu.FOREIGN):.2f} CPUs at {lowest} (the load client's"
        f" are among them) and {result.idle.share(cpu.FOREIGN):.2f} CPUs when nobody asked",
        *([f"Failed: {'; '.join(result.failures[:3])}."] if result.failures else []),
        *([NOT_QUIET] if result.idle.share(cpu.FOREIGN) > report.QUIET_CPUS else []),
        "### Targets",
        target_table(result),
        "### Open loop",
        "Milliseconds from when a request was due. Sent late: how long half of the requests waited in the client.",
        open_table(result),
        "### Closed loop, ten hot deployments",
        closed_table(result),
        "### Who had the cores while requests were slow",
        f"Slow: more than 3 ms. From {result.recorded_by}, in samples of their own; cores from when a slow request was"
        " due until it was answered, beside the rest of the time; sorted by the difference.",
    ]
    for rate, blame in sorted(result.blame.items()):
        parts += [blame_summary(rate, blame), blame_table(blame)]
    parts += [
        f"### Threads at {lowest}",
        "Microseconds of CPU and turns (how often a thread was given a core) a request, with what is taken anyway.",
        thread_table(result.threads),
        "### Threads when nobody asks",
        f"Over {result.idle.seconds:.0f} s.",
        idle_table(result.idle_threads),
        process_table(result),
    ]
    return "\n\n".join(parts)


def target_table(result: Result) -> str:
    rows = []
    for demand in OPEN:
        for name, bound in _BOUNDS.get(demand.title, {}).items():
            ratio = result.ratio(demand.title, LATENCIES[name])
            rows.append(_target(f"{name} at {demand.title}, relative to the limit's", ratio, bound))
    for demand in CLOSED:
        ratio = result.ratio(demand.title, lambda sample: sample.rate)
        rows.append(
            _target(f"requests/s at {demand.title}, relative to the limit", ratio, _CLOSED_BOUNDS[demand.title])
        )
    title = f"CPU a request at {OPEN[0].title}"
    rows += [
        _target(f"{title}, all processes, us", cpu_us(result, net=False), _CPU_BOUND),
        _target(f"{title}, our replicas beyond idle, us", cpu_us(result, net=True), ""),
        _target("idle, all processes, cores", idle_cores(result), _IDLE_BOUND),
    ]
    return report.table(["figure", "measured", "target", "reached"], rows)


def _target(what: str, value: float | None, bound: str) -> list[str]:
    if value is None:
        return [what, "-", bound, "**no**" if bound else ""]
    return [what, f"{value:.2f}" if value < 100 else f"{value:.0f}", bound, report.verdict(value, bound)]


def cpu_us(result: Result, *, net: bool) -> float | None:
    """Microseconds a request. net: of our replicas, without what they take when nobody asks; else of all processes."""
    used = result.used
    if not used.requests:
        return None
    if net:
        return sum(used.per_request_ms(role, result.idle) for role in filter(is_ours, used.by_role)) * 1000
    return sum(seconds for role, seconds in used.by_role.items() if role != cpu.FOREIGN) * _MICROS / used.requests


def idle_cores(result: Result) -> float | None:
    if not result.idle.seconds:
        return None
    return sum(result.idle.share(role) for role in result.idle.by_role if role != cpu.FOREIGN)


def open_table(result: Result) -> str:
    rows = []
    for demand in OPEN:
        for side, title in ((OURS, "ours"), (BESIDE, "in-process limit")):
            late = result.median(side, demand.title, lambda sample: sample.late_us)
            cells = [_ms(result.median(side, demand.title, of)) for of in LATENCIES.values()]
            rows.append([f"{demand.title}, {title}", *cells, _ms(late)])
        ratios = [result.ratio(demand.title, of) for of in LATENCIES.values()]
        rows.append([f"{demand.title}, relative", *("-" if r is None else f"{r:.1f}" for r in ratios), ""])
    return report.table(["", *(f"{name} ms" for name in LATENCIES), "sent late by, ms"], rows)


def _ms(microseconds: float | None) -> str:
    return "-" if microseconds is None else f"{microseconds / 1000:.2f}"


def closed_table(result: Result) -> str:
    def row(demand: Demand) -> list[str]:
        rates = [result.median(side, demand.title, lambda sample: sample.rate) for side in (OURS, BESIDE)]
        ratio = result.ratio(demand.title, lambda sample: sample.rate)
        hits = result.median(OURS, demand.title, lambda sample: sample.hits / sample.requests)
        p99s = [_ms(result.median(side, demand.title, P99)) for side in (OURS, BESIDE)]
        return [
            demand.title,
            *("-" if rate is None else f"{rate:.0f}" for rate in rates),
            "-" if ratio is None else f"{ratio:.2f}",
            *p99s,
            "-" if hits is None else f"{hits:.1%}",
        ]

    head = ["", "ours, requests/s", "limit, requests/s", "relative", "ours, p99 ms", "limit, p99 ms", "from hot ones"]
    return report.table(head, [row(demand) for demand in CLOSED])


def blame_summary(rate: int, blame: Blame) -> str:
    length = blame.slow_seconds + blame.quiet_seconds
    share = blame.slow_seconds / length if length else 0.0
    return (
        f"At {rate:,} requests/s {blame.slow_requests} of {blame.requests} requests were slow; at least one was under"
        f" way for {share:.1%} of the time."
    )


def blame_table(blame: Blame) -> str:
    grouped: dict[Thread, Held] = {}
    for thread, held in blame.by_thread.items():
        into = grouped.setdefault(grouping(thread), Held())
        into.slow += held.slow
        into.quiet += held.quiet

    def more(item: tuple[Thread, Held]) -> float:
        slow, quiet = blame.cores(item[1])
        return slow - quiet

    def always(item: tuple[Thread, Held]) -> bool:
        return item[0].role in _WHOLE

    rows = []
    ordered = sorted(grouped.items(), key=more, reverse=True)
    for thread, held in [*ordered[:_ROWS], *filter(always, ordered[_ROWS:])]:
        slow, quiet = blame.cores(held)
        rows.append([thread.role, thread.name, f"{slow:.3f}", f"{quiet:.3f}", f"{slow - quiet:+.3f}"])
    totals = [sum(blame.cores(held)[at] for held in grouped.values()) for at in (0, 1)]
    rows.append(["**all**", "", *(f"{total:.3f}" for total in totals), f"{totals[0] - totals[1]:+.3f}"])
    return report.table(["process", "thread", "cores while slow", "cores else", "difference"], rows)


def grouping(thread: Thread) -> Thread:
    if thread.role in _WHOLE:
        return Thread(thread.role, "")
    return Thread("hot replicas", thread.name) if _HOT.fullmatch(thread.role) else thread


def grouped(took: Took) -> dict[Thread, Ran]:
    found: dict[Thread, Ran] = {}
    for thread, ran in took.by_thread.items():
        into = found.setdefault(grouping(thread), Ran())
        into.seconds += ran.seconds
        into.turns += ran.turns
    return found


def thread_table(took: Took) -> str:
    rows = []
    requests = max(1, took.requests)
    ordered = sorted(grouped(took).items(), key=lambda item: item[1].seconds, reverse=True)
    for thread, ran in ordered[:_ROWS]:
        rows.append(
            [thread.role, thread.name, f"{ran.seconds * _MICROS / requests:.1f}", f"{ran.turns / requests:.2f}"]
        )
    seconds, turns = (sum(getattr(ran, name) for _, ran in ordered) for name in ("seconds", "turns"))
    rows.append(["**all**", "", f"{seconds * _MICROS / requests:.1f}", f"{turns / requests:.2f}"])
    return report.table(["process", "thread", "us a request", "turns a request"], rows)


def idle_table(took: Took) -> str:
    rows = []
    seconds = took.seconds or 1.0
    ordered = sorted(grouped(took).items(), key=lambda item: item[1].seconds, reverse=True)
    for thread, ran in ordered[: 2 * _ROWS]:
        rows.append([thread.role, thread.name, f"{ran.seconds * 1000 / seconds:.2f}", f"{ran.turns / seconds:.1f}"])
    all_seconds, turns = (sum(getattr(ran, name) for _, ran in ordered) for name in ("seconds", "turns"))
    rows.append(["**all**", "", f"{all_seconds * 1000 / seconds:.2f}", f"{turns / seconds:.1f}"])
    return report.table(["process", "thread", "thousandths of a core", "turns a second"], rows)


def process_table(result: Result) -> str:
    roles: dict[str, float] = {}
    for role in result.idle.by_role:
        if role != cpu.FOREIGN:
            name = "hot replicas" if _HOT.fullmatch(role) else role
            roles[name] = roles.get(name, 0.0) + result.idle.share(role)
    ordered = sorted(roles.items(), key=lambda item: item[1], reverse=True)
    return report.table(["process, nobody asks", "cores"], [[role, f"{cores:.3f}"] for role, cores in ordered])
