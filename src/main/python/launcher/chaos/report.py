"""What a run is shown as."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from rich.table import Table

from launcher.chaos.run import FAULTS, Outcome
from launcher.console import console, say

_SHOWN = 10


def to_json(outcome: Outcome, command: str) -> dict[str, Any]:
    return {
        "command": command,
        "right": outcome.right,
        "seconds": round(outcome.seconds, 1),
        "faults_made": dict(outcome.made),
        "faults_skipped": dict(outcome.skipped),
        "complaints": list(outcome.broken),
        "switches_confirmed": outcome.switches,
        "pool_changes_confirmed": outcome.pools,
        "changes_not_confirmed": outcome.unconfirmed,
        "verdict": outcome.verdict,
    }


def ratio(summary: Mapping[str, Any]) -> float:
    judged = summary["judged"]
    return summary["succeeded"] / judged if judged else 1.0


def show(outcome: Outcome) -> None:
    verdict = outcome.verdict
    table = Table(box=None, pad_edge=False)
    for name, right in (
        ("fault", False),
        ("times", True),
        ("requests", True),
        ("success", True),
        ("p50 ms", True),
        ("p99 ms", True),
        ("longest gap", True),
        ("how others ended", False),
    ):
        table.add_column(name, justify="right" if right else "left", no_wrap=not right and name == "fault")
    rows = [("all", verdict["all"]), *((f.name, verdict["faults"].get(f.name)) for f in FAULTS)]
    for name, summary in rows:
        if summary is not None:
            table.add_row(*_cells(name, summary))
    console.print(table)
    for name, why in outcome.skipped.items():
        say(f"not made: {name}: {why}")
    say(
        f"{outcome.switches} version switches and {outcome.pools} changes of the pool confirmed,"
        f" {outcome.unconfirmed} not confirmed; {outcome.seconds:.0f} s"
    )
    for complaint in outcome.broken:
        say(f"WRONG: {complaint}")
    for rule, count in verdict["broken"].items():
        say(f"WRONG: {count} times {rule}")
    for finding in verdict["findings"][:_SHOWN]:
        say(f"  at {finding['at_seconds']:.3f} s, {finding['rule']}: {finding['exchange']}")
    say("nothing is wrong" if outcome.right else "something is wrong")


def _cells(name: str, summary: Mapping[str, Any]) -> list[str]:
    others = ", ".join(f"{count} {how}" for how, count in summary["problems"].items())
    return [
        name,
        str(summary["times"]),
        str(summary["judged"]),
        f"{ratio(summary) * 100:.3f} %",
        f"{summary['p50_millis']:.1f}",
        f"{summary['p99_millis']:.1f}",
        f"{summary['longest_gap_millis'] / 1000:.2f} s",
        others,
    ]
