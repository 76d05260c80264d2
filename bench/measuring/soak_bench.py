"""`soak`: the direct way for minutes at 70 % of its peak: errors, latencies, and whether memory stays flat."""

from __future__ import annotations

import os
import statistics
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from launcher.console import progress, say
from launcher.project import Project
from measuring import cluster, cpu, fleet, java, load, placed_cluster, report
from measuring.dataplane_bench import HOT_DEPLOYMENTS, hot_numbers
from measuring.http_bench import Effort
from measuring.load import Sample
from measuring.placed_cluster import PLACED
from measuring.placement_cost import is_ours

SHARE_OF_PEAK = 0.7
CONNECTIONS = 48
PEAK_CONNECTIONS = (8, 32)
STEPS = (1.0, 0.9, 0.8, 0.7, 0.6, 0.5)
"""Shares of a closed loop's rate; the first that an open loop bears is its peak. Single arrivals cost more."""
BEARABLE_SECONDS = 0.05
"""A p99 above it means that requests come faster than they are answered."""
_TENANTS = [*hot_numbers(), *range(PLACED + 1, 2 * PLACED + 1)]
_EXPONENT = 1.0
_DRAWS = 40_000
_SEED = 13
_LOOK_SECONDS = 5.0
_MIB = 2**20
_PAGE = os.sysconf("SC_PAGE_SIZE")
SETTLED = 0.2
"""The first part of the time, in which heaps and buffers may still grow; not in the fitted line."""


@dataclass(frozen=True)
class Look:
    """Resident MiB by role at a moment."""

    seconds: float
    mib: Mapping[str, float]


@dataclass(frozen=True)
class Result:
    minutes: float
    closed_peak: float
    peak: float
    rate: float
    sample: Sample
    looks: Sequence[Look]
    foreign_cpus: float


def run(project: Project, effort: Effort, minutes: float) -> Result:
    classes = java.compiled(project)
    settings = {cluster.DIRECT_PORT_VARIABLE: cluster.ANY_PORT}
    with placed_cluster.running(project, max(_TENANTS), settings) as placed, load.running(classes) as client:
        port = cluster.direct_port(placed.record)
        questions = [fleet.score(number, rows) for number, rows in fleet.mixed_rows(_TENANTS)]
        mix = client.prepare("soak", questions, fleet.draws(len(_TENANTS), _EXPONENT, _DRAWS, _SEED))
        with progress("warming up") as shown:
            client.send(port, client.prepare("each", questions), 8)
            client.send(port, mix, max(PEAK_CONNECTIONS), seconds=effort.warm_up_seconds)
            shown.text = "measuring the peak"
            closed_peak = max(
                statistics.median(
                    client.send(port, mix, connections, seconds=effort.seconds).rate for _ in range(effort.rounds)
                )
                for connections in PEAK_CONNECTIONS
            )

            def asked(share: float) -> Sample:
                shown.text = f"measuring the peak in an open loop: {share:.0%} of {closed_peak:.0f}/s"
                return client.send(port, mix, CONNECTIONS, seconds=2 * effort.seconds, rate=share * closed_peak)

            peak = closed_peak * next((share for share in STEPS if is_bearable(asked(share))), STEPS[-1])
            rate = SHARE_OF_PEAK * peak
            roles = placed.roles(client.pid)
            before, started = cpu.read(list(roles)), time.monotonic()
            looks: list[Look] = []
            with ThreadPoolExecutor(1, "soak") as asking:
                running = asking.submit(client.send, port, mix, CONNECTIONS, seconds=minutes * 60, rate=rate)
                pause = threading.Event()
                while not running.done():
                    looks.append(Look(time.monotonic() - started, resident(roles)))
                    shown.text = f"soak at {rate:.0f}/s: {looks[-1].seconds / 60:.1f} of {minutes:g} minutes"
                    pause.wait(min(_LOOK_SECONDS, minutes * 60 / 20))
            sample = running.result()
        used = cpu.Used()
        used.add(roles, before, cpu.read(list(roles)), time.monotonic() - started, sample.requests)
    if sample.errors:
        say(f"{sample.errors} wrong answers, the first: {sample.first_error}")
    return Result(minutes, closed_peak, peak, rate, sample, looks, used.share(cpu.FOREIGN))


def is_bearable(sample: Sample) -> bool:
    return sample.unanswered == 0 and sample.p99_us < BEARABLE_SECONDS * 1e6


def resident(roles: Mapping[int, str], proc: Path = Path("/proc")) -> dict[str, float]:
    """Resident MiB by role; processes that have ended are left out."""
    found: dict[str, float] = {}
    for pid, role in roles.items():
        try:
            pages = int((proc / str(pid) / "statm").read_text().split()[1])
        except OSError:
            continue
        found[role] = found.get(role, 0.0) + pages * _PAGE / _MIB
    return found


@dataclass(frozen=True)
class Drift:
    """Both ends of the line fitted (least squares) to the samples after the warm-up."""

    first_mib: float
    last_mib: float

    @property
    def share(self) -> float:
        return (self.last_mib - self.first_mib) / self.first_mib if self.first_mib else 0.0


def drift(looks: Sequence[Look], roles: Sequence[str]) -> Drift:
    start = looks[0].seconds + SETTLED * (looks[-1].seconds - looks[0].seconds)
    later = [look for look in looks if look.seconds >= start]
    seconds = [look.seconds for look in later]
    mib = [sum(look.mib.get(role, 0.0) for role in roles) for look in later]
    if len(later) < 2:
        return Drift(mib[0], mib[0])
    line = statistics.linear_regression(seconds, mib)
    return Drift(line.intercept + line.slope * seconds[0], line.intercept + line.slope * seconds[-1])


def text(result: Result, about: str) -> str:
    sample = result.sample
    roles = sorted({role for look in result.looks for role in look.mib} - {cpu.CLIENT})
    hot = [role for role in roles if role.startswith("Deployment") and role != "Deploymentx"]
    ours = [role for role in roles if is_ours(role)]
    groups = {"hot replicas": hot, **{role: [role] for role in roles if role not in hot}, "**all of ours**": ours}
    total = drift(result.looks, ours)
    bad = sample.errors + sample.refused + sample.unanswered
    tail = sample.p999_us / sample.p50_us
    rows = [
        ["wrong or missing answers", f"{bad} of {sample.requests + bad}", "0", "yes" if bad == 0 else "**no**"],
        [
            "drift of the resident memory of all our processes",
            f"{total.share:+.2%}",
            "< 3 %",
            "yes" if total.share < 0.03 else "**no**",
        ],
        ["p99.9 / p50", f"{tail:.1f}", "<= 20", report.verdict(tail, "<= 20")],
    ]
    return "\n\n".join(
        [
            "## Soak",
            about,
            f"- {result.minutes:g} minutes of Poisson arrivals at {result.rate:.0f}/s, {SHARE_OF_PEAK:.0%} of"
            f" {result.peak:.0f}/s, the most that such arrivals were answered at with a p99 below"
            f" {BEARABLE_SECONDS * 1000:.0f} ms ({result.peak / result.closed_peak:.0%} of the"
            f" {result.closed_peak:.0f}/s of a closed loop), on the direct way; Zipf {_EXPONENT} over {len(_TENANTS)}"
            f" tenants, the first {len(hot_numbers())} of them placed in {HOT_DEPLOYMENTS} deployments;"
            " every answer checked; latency from the moment a request was due",
            report.table(["what", "measured", "target", "reached"], rows),
            f"p50 {sample.p50_us / 1000:.2f} ms, p99 {sample.p99_us / 1000:.2f} ms,"
            f" p99.9 {sample.p999_us / 1000:.2f} ms, slowest {sample.max_us / 1000:.1f} ms;"
            f" other work on the machine took {result.foreign_cpus:.2f} CPUs.",
            f"Resident memory, MiB; the line is fitted to what was seen after the first {SETTLED:.0%} of the time:",
            report.table(
                ["processes", "at first", "at the end", "most", "fitted line", "drift"],
                [_memory(title, result.looks, which) for title, which in groups.items()],
            ),
        ]
    )


def _memory(title: str, looks: Sequence[Look], roles: Sequence[str]) -> list[str]:
    mib = [sum(look.mib.get(role, 0.0) for role in roles) for look in looks]
    fitted = drift(looks, roles)
    line = f"{fitted.first_mib:.0f} to {fitted.last_mib:.0f}"
    return [title, f"{mib[0]:.0f}", f"{mib[-1]:.0f}", f"{max(mib):.0f}", line, f"{fitted.share:+.2%}"]
