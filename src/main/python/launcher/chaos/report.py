"""The report of a run."""

from __future__ import annotations

import os
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from typing import Any

from launcher.chaos import kills
from launcher.chaos.run import FAULTS, Outcome
from launcher.console import say
from launcher.markdown import wrapped
from launcher.project import Project

_SHOWN_EACH = 3
_HEAD = ("fault", "times", "requests", "success", "p50 ms", "p99 ms", "longest gap", "over after", "other ends")
SUCCESS = 0.9999
GAP_SECONDS = 1.0
P99_FACTOR = 1.2
SETTLED_SECONDS = 2.0
_OUTAGES = ("redis-down", "redis-slow", "redis-full", "redis-corrupt", "disk-full")
_REGISTRY = ("registry-unreadable", "registry-slow")
_KILLS = (
    "kill-hot",
    "kill-overflow",
    "kill-dispatcher",
    "kill-shared-memory",
    "kill-controller",
    "kill-raylet",
    "kill-proxy",
    "kill-haproxy-manager",
    kills.NAME,
)
_KILLS_BESIDE_ANOTHER = ("kill-haproxy",)
"""Kills of what there is one of on each node: they count where there are two nodes."""


def to_json(outcome: Outcome, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "right": outcome.right,
        "seconds": round(outcome.seconds, 1),
        "nodes": outcome.nodes,
        "faults_over_after_seconds": {name: list(times) for name, times in outcome.durations.items()},
        "faults_skipped": dict(outcome.skipped),
        "complaints": list(outcome.broken),
        "switches_confirmed": outcome.switches,
        "pool_changes_confirmed": outcome.pools,
        "changes_not_confirmed": outcome.unconfirmed,
        "settled_seconds": list(outcome.settled),
        "kills": kills.to_json(outcome.kills) if outcome.kills is not None else None,
        "use": [list(row) for row in outcome.use],
        "redis_connections": list(outcome.redis_connections),
        "verdict": outcome.verdict,
    }


ENDPOINTS = ("through HAProxy", "the Dispatchers' own port")


def show(outcome: Outcome) -> None:
    """A table for each address that was asked, then what is wrong."""
    tables = [table(outcome, figures) for figures in outcome.verdict["endpoints"]]
    widths = [max(len(row[i]) for rows in tables for row in rows) for i in range(len(_HEAD) - 1)]
    for name, rows in zip(ENDPOINTS, tables, strict=False):
        say(f"\n{name}")
        for row in rows:
            cells = [row[0].ljust(widths[0]), *(row[i].rjust(widths[i]) for i in range(1, len(widths))), row[-1]]
            say("  ".join(cells).rstrip())
    say("")
    for line in conclusions(outcome):
        say(line)
    for name, measured, target, reached in targets(outcome):
        say(f"{name}: {measured}, target {target}: {'reached' if reached else 'NOT reached'}")
    say("nothing is wrong" if outcome.right else "something is wrong")


def conclusions(outcome: Outcome) -> list[str]:
    verdict = outcome.verdict
    lines = [f"not made: {name}: {why}" for name, why in outcome.skipped.items()]
    lines.append(
        f"{outcome.switches} version switches and {outcome.pools} changes of the pool confirmed,"
        f" {outcome.unconfirmed} changes not confirmed; {outcome.seconds:.0f} s"
    )
    if outcome.kills is not None:
        lines.append(kills.summary(outcome.kills))
    for name, memory, threads, descriptors in outcome.use:
        lines.append(f"{name} at the beginning -> at the end: {memory} MiB, threads {threads}, files {descriptors}")
    first, last = outcome.redis_connections
    lines.append(f"connections of Redis: {first} -> {last}")
    lines += [f"WRONG: {complaint}" for complaint in outcome.broken]
    for rule, count in verdict["broken"].items():
        how = ", ".join(f"{n} {problem}" for problem, n in verdict["unexplained"].items())
        lines.append(f"WRONG: {count} times against {rule}" + (f" ({how})" if rule == "explained" else ""))
        found = [finding for finding in verdict["findings"] if finding["rule"] == rule]
        lines += [f"  at {f['at_seconds']:.3f} s: {f['exchange']}" for f in found[:_SHOWN_EACH]]
    wrong = verdict["pins"]["wrong"][:_SHOWN_EACH]
    lines += [f"  at {each['at_seconds']:.3f} s pinned were: {each['pool']}" for each in wrong]
    return lines


def table(outcome: Outcome, figures: Mapping[str, Any]) -> list[Sequence[str]]:
    """The head, and a row for each kind of fault that was made."""
    rows: list[Sequence[str]] = [_HEAD, _row("all", figures["all"], ()), _row("no fault", figures["calm"], ())]
    made = [name for name in (*(fault.name for fault in FAULTS), kills.NAME) if name in figures["faults"]]
    return [*rows, *(_row(name, figures["faults"][name], outcome.durations.get(name, ())) for name in made)]


def _row(name: str, summary: Mapping[str, Any], durations: Sequence[float]) -> Sequence[str]:
    return (
        name,
        str(summary["times"]) if durations else "",
        str(summary["judged"]),
        percent(ratio([summary])),
        f"{summary['p50_millis']:.1f}",
        f"{summary['p99_millis']:.1f}",
        f"{summary['longest_gap_millis'] / 1000:.2f} s",
        f"{statistics.median(durations):.1f} s" if durations else "",
        ", ".join(f"{count} {how}" for how, count in summary["problems"].items()),
    )


def ratio(summaries: Sequence[Mapping[str, Any]]) -> float:
    judged = sum(summary["judged"] for summary in summaries)
    return sum(summary["succeeded"] for summary in summaries) / judged if judged else 1.0


def percent(value: float) -> str:
    """Cut, not rounded: 100 % is all."""
    return f"{int(value * 100_000) / 1000:.3f} %"


def targets(outcome: Outcome) -> list[tuple[str, str, str, bool]]:
    """The targets: name, measured figure, target, whether it was reached."""
    verdict = outcome.verdict
    wrong = sum(count for rule, count in verdict["broken"].items() if rule != "explained")
    found = [("wrong answers", f"{wrong} of {verdict['whole']['all']['requests']}", "0", wrong == 0)]
    for name, figures in zip(ENDPOINTS, verdict["endpoints"], strict=False):
        for what, got, want, reached in _of_kills(figures["faults"], outcome.nodes):
            found.append((f"{what}, {name}", got, want, reached))
    faults = verdict["whole"]["faults"]
    if outcome.settled:
        slowest = max(outcome.settled)
        what = f"from SharedMemory's return until replicas hold its table, longest of {len(outcome.settled)} (median)"
        measured = f"{slowest:.2f} s ({statistics.median(outcome.settled):.2f} s)"
        found.append((what, measured, f"<= {SETTLED_SECONDS:.0f} s", slowest <= SETTLED_SECONDS))
    pins = verdict["pins"]
    lost = verdict["broken"].get("no-lost-pin", 0)
    found.append(("lost pins", f"{lost} in {pins['asked']} looks", "0", lost == 0))
    outages = [faults[name] for name in _OUTAGES if name in faults]
    if outages:
        failed = sum(outage["judged"] - outage["succeeded"] for outage in outages)
        found.append(("failures while Redis or the disk is out", str(failed), "0", failed == 0))
    away = [faults[name] for name in _REGISTRY if name in faults]
    if away:
        asked = sum(fault["loaded"] for fault in away)
        failed = sum(fault["loaded_failed"] for fault in away)
        what = "failures of loaded models while the registry is away or slow"
        found.append((what, f"{failed} of {asked}", "0", failed == 0 < asked))
    calm = verdict["whole"]["calm"]["p99_millis"]
    for name in sorted(name for name in faults if name.startswith("poison-") and calm):
        factor = faults[name]["p99_millis"] / calm
        what = f"{name}: p99 of others by that without faults"
        found.append((what, f"{factor:.2f}", f"<= {P99_FACTOR}", factor <= P99_FACTOR))
    return found


def _of_kills(faults: Mapping[str, Any], nodes: int) -> list[tuple[str, str, str, bool]]:
    names = _KILLS if nodes == 1 else (*_KILLS, *_KILLS_BESIDE_ANOTHER)
    made = [faults[name] for name in names if name in faults]
    if not made:
        return []
    success = ratio(made)
    gap = max(kill["longest_gap_millis"] for kill in made) / 1000
    return [
        ("success during kills", percent(success), f">= {percent(SUCCESS)}", success >= SUCCESS),
        ("longest gap of a tenant during kills", f"{gap:.2f} s", f"<= {GAP_SECONDS:.0f} s", gap <= GAP_SECONDS),
    ]


def circumstances(project: Project, command: str, load_average: float) -> str:
    """When, where and on what it was measured."""
    git = ["git", "-C", str(project.root), "describe", "--always", "--dirty"]
    commit = subprocess.run(git, capture_output=True, text=True, check=False).stdout.strip() or "unknown"
    return (
        f"- command: `{command}`, commit {commit}, {time.strftime('%Y-%m-%d %H:%M %z')}\n"
        f"- machine: {os.cpu_count()} cores, load average at start {load_average:.1f}; Ray {project.ray_version()}"
    )


def markdown(outcome: Outcome, circumstances: str) -> str:
    """A section for bench/RESULTS.md."""
    lines = ["## Faults", "", circumstances, ""]
    lines += ["| what | measured | target | reached |", "| --- | ---: | ---: | ---: |"]
    for name, got, want, reached in targets(outcome):
        lines.append(f"| {name} | {got} | {want} | {'yes' if reached else '**no**'} |")
    for name, figures in zip(ENDPOINTS, outcome.verdict["endpoints"], strict=False):
        head, *rows = table(outcome, figures)
        lines += ["", f"### {name[0].upper()}{name[1:]}", ""]
        lines += [f"| {' | '.join(head)} |", "| --- |" + " ---: |" * (len(head) - 2) + " --- |"]
        lines += [f"| {' | '.join(row)} |" for row in rows]
    lines += ["", *(f"- {line.strip()}" for line in conclusions(outcome))]
    return wrapped("\n".join(lines))
