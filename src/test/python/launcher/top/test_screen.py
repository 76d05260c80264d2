"""The screen of `top`, at any size, with any names."""

from __future__ import annotations

import io
import re
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from made_up_tenants import METRICS, figures
from rich.cells import cell_len
from rich.console import Console

from launcher.top import reading, samples, screen
from launcher.top.reading import SORTS, Sample, Table, Wanted
from launcher.top.samples import Totals
from launcher.top.screen import HELP, KEYS, View

HOSTILE = (
    "\x1b]0;owned\x07",
    "a\x1b[2Jb",
    "line\nbreak\rback",
    "\u202eright to left",
    "[bold red]markup[/]",
    "\x9b31mold",
    "wide" + "\u6f22" * 60,
    "x" * 128,
    "\ud800",
)


def shown(*tenants: dict[str, object], sort: str = "requests", prefix: str = "") -> Table:
    """Between two samples that are two seconds apart."""
    wanted = Wanted(sort, prefix)
    listed = tuple(tenants) or (figures("tenant1"),)
    totals = samples.totals(METRICS)
    earlier = tuple(each | {"requests": 2, "errors": 0, "loads": 0, "prediction_seconds": 0.0} for each in listed)
    before = Sample(10.0, wanted, earlier, {"tenant1": "deployment3"}, Totals())
    return reading.between(before, Sample(12.0, wanted, listed, {"tenant1": "deployment3"}, totals))


def lines(table: Table, width: int = 100, height: int = 24, problem: str = "", editing: str | None = None) -> list[str]:
    view = View("http://here:8000", table, 2.0, problem, editing)
    return screen.screen(view, width, height).plain.split("\n")


def test_a_tenant_is_shown_with_all_there_is_of_it() -> None:
    past = (datetime.now(UTC) - timedelta(minutes=5)).isoformat()
    whole = lines(shown(figures("tenant1", last_used=past)), 120)
    assert whole[0].startswith("http://here:8000  every 2 s  by requests")
    assert re.search(r"requests 20\.0/s  failing 0\.00%  p50 \S+ms .* tenants 2, 1 with a place", whole[1])
    assert whole[2].split() == [
        *("TENANT", "WHERE", "REQ/S", "ERR/S", "P50", "P95", "P99"),
        *("HITS", "LOAD/S", "CPU", "REQUESTS", "ERRORS", "LAST"),
    ]
    assert whole[3].split() == [
        *("tenant1", "Deployment3", "5.00", "0.00", "420us", "12ms", "250ms"),
        *("50%", "1.00", "25%", "12", "0", "5m"),
    ]
    assert whole[-1].strip() == HELP


@pytest.mark.parametrize("width", [1, 2, 10, 12, 13, 20, 40, 60, 80, 100, 200, 500])
@pytest.mark.parametrize("height", [1, 2, 3, 5, 24])
def test_every_line_fits_and_there_are_as_many_as_there_is_room_for(width: int, height: int) -> None:
    tenants = [figures(name) for name in (*HOSTILE, *(f"tenant{n}" for n in range(50)))]
    whole = lines(shown(*tenants), width, height, problem="no answer")
    assert len(whole) == height
    assert all(cell_len(line) <= width for line in whole)


@pytest.mark.parametrize(
    ("width", "kept"),
    [(20, "REQ/S"), (30, "REQ/S P99"), (45, "WHERE REQ/S ERR/S P99"), (60, "WHERE REQ/S ERR/S P50 P99 HITS")],
)
def test_a_narrow_terminal_has_the_columns_that_matter_most(width: int, kept: str) -> None:
    assert lines(shown(), width)[2].split()[1:] == kept.split()


@pytest.mark.parametrize("name", HOSTILE)
def test_no_name_reaches_the_terminal_as_a_command(name: str) -> None:
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, color_system=None, width=400, height=10, soft_wrap=True)
    view = View(f"http://{name}", shown(figures(name), prefix=name), 2.0, name, name)
    console.print(screen.screen(view, 400, 10))
    text = out.getvalue()
    # What rich itself writes for bold and reverse is all that there is of escape sequences.
    own = re.sub(r"\x1b\[[0-9;]*m", "", text)
    assert all(each.isprintable() or each == "\n" for each in own)
    assert "[bold red]markup[/]" not in name or "[bold red]markup[/]" in own


def test_an_escape_says_what_it_stands_for() -> None:
    assert lines(shown(figures("a\x1b[2Jb")))[3].startswith(r"a\x1b[2Jb ")


def test_a_server_that_is_gone_is_told_in_one_line_above_what_was_seen() -> None:
    whole = lines(shown(), problem="no answer from http://here:8000: refused")
    assert whole[2].strip() == "no answer from http://here:8000: refused; trying again"
    assert whole[4].startswith("tenant1")


def test_the_prefix_is_shown_while_it_is_typed_and_when_it_is_in_force() -> None:
    assert lines(shown(), editing="ac")[-1].startswith("names that begin with: ac_")
    assert "names that begin with acme" in lines(shown(prefix="acme"))[0]


def test_nobody_asked_is_said() -> None:
    assert lines(Table())[3].strip() == "no tenant has been asked for"


def test_what_the_caller_may_not_see_is_said() -> None:
    assert lines(replace(shown(), totals=None))[1].startswith("no sums:")


def test_each_order_has_a_key_that_the_last_line_names() -> None:
    assert sorted(KEYS.values()) == sorted(SORTS)
    assert all(f" {key} " in HELP for key in KEYS)


@pytest.mark.parametrize("value", [None, "x", [], float("nan"), 1e300, -5])
def test_figures_that_no_application_tells_are_shown_somehow(value: object) -> None:
    names = ("requests", "errors", "hits", "loads", "p50_seconds", "p99_seconds", "last_used", "prediction_seconds")
    tenant = figures("t") | dict.fromkeys(names, value)
    assert all(cell_len(line) <= 90 for line in lines(shown(tenant), 90))


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0.0000012, "1.2us"),
        (0.00042, "420us"),
        (0.0009996, "1.0ms"),
        (0.0123, "12ms"),
        (0.9996, "1.0s"),
        (30.0, "30s"),
        (None, "-"),
    ],
)
def test_durations_are_short(seconds: float | None, text: str) -> None:
    assert lines(shown(figures("t", p99_seconds=seconds)), 30)[3].split()[-1] == text
