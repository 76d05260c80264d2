"""`explain`: why tenants are where they are, as the running application tells it."""

from __future__ import annotations

import urllib.parse
from collections.abc import Mapping
from typing import Any

from rich.table import Table

from launcher import local_http, scoring
from launcher.console import say, show_wide
from launcher.errors import LauncherError
from launcher.folding import lists_in, ranges

_SECONDS = 10.0


def tenant(base_url: str, name: str) -> Mapping[str, Any]:
    """The answer of GET /placement/NAME."""
    return _get(f"{base_url}/placement/{urllib.parse.quote(name, safe='')}")


def decisions(base_url: str, since: str) -> Mapping[str, Any]:
    """The answer of GET /placement: what was decided after a sequence number, or from an instant on."""
    return _get(f"{base_url}/placement?since={urllib.parse.quote(since, safe='')}&limit=5000")


def _get(url: str) -> Mapping[str, Any]:
    try:
        answer = local_http.call("GET", url, timeout_seconds=_SECONDS)
    except local_http.NoAnswerError as error:
        raise LauncherError(f"{error}. Is it up? ./many-models status") from None
    body = answer.json()
    if answer.status == 200 and isinstance(body, dict):
        return body
    raise LauncherError(f"answered {answer.status}: {scoring.explain(body, answer.text)}")


def show_tenant(told: Mapping[str, Any]) -> None:
    demand, outlook = told["demand"], told["outlook"]
    pinned = ", pinned" if told["pinned"] else ""
    say(f"{told['tenant']} is in {told['deployment']}{pinned}")
    if told["since"]:
        say(f"  since     {told['since']}, generation {told['generation']}: {lists_in(told['why'])}")
    if told["displaced"]:
        say(f"  displaced {', '.join(told['displaced'])}")
    say(
        f"  worth     {demand['benefit']:.2f}: {demand['requests']:.2f} requests with a half-life of"
        f" {demand['half_life_s']:g} s ({demand['requests_per_second']:.3g}/s), cost {demand['cost']:.2f},"
        f" {demand['weight_bytes'] / 1024:.0f} KiB"
    )
    say(f"  outlook   {outlook['text']}")
    if told["events"]:
        say("")
        _table(told["events"])


def show_decisions(told: Mapping[str, Any]) -> None:
    _table(told["decisions"])
    say(f"term {told['term']}; go on with --since {told['next']}")


def _table(events: list[Mapping[str, Any]]) -> None:
    table = Table("number", "at", "tenant", "what", "deployment", "others", "why", box=None)
    for event in events:
        table.add_row(
            str(event["sequence"]),
            event["at"],
            event["tenant"],
            event["kind"],
            event["deployment"],
            ranges(event["others"]),
            lists_in(event["reason"]),
        )
    show_wide(table)
