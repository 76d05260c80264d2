"""The loop of `top`: keys, and an application that comes and goes."""

from __future__ import annotations

import os
import pty
import threading
import tty
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import made_up_tenants
import pytest
from made_up_tenants import Application
from waiting import await_that

from launcher.errors import LauncherError
from launcher.top import live
from launcher.top.keys import Keys, plain
from launcher.top.live import State
from launcher.top.reading import Reader, Wanted
from launcher.top.screen import View

_SECONDS = 10


@dataclass
class Running:
    """The loop on a thread. press: as at the keyboard. views: what was drawn."""

    press: Callable[[str], None]
    thread: threading.Thread
    views: list[View] = field(default_factory=list)

    def await_view(self, what: str, condition: Callable[[View], bool]) -> View:
        def last() -> View | None:
            return self.views[-1] if self.views and condition(self.views[-1]) else None

        found: View = await_that(what, last, _SECONDS)
        return found


@pytest.fixture
def run() -> Iterator[Callable[..., Running]]:
    """Starts the loop for a URL, with a terminal of its own."""
    terminals: list[int] = []
    started: list[tuple[Running, Keys]] = []

    def start(url: str, every: float = 0.05) -> Running:
        ours, theirs = pty.openpty()
        terminals.extend((ours, theirs))
        tty.setcbreak(theirs)
        keys = Keys(theirs)
        views: list[View] = []
        state = State(Wanted())
        arguments = (Reader(url, {}), state, every, keys, views.append, lambda: 24)
        thread = threading.Thread(target=live.loop, args=arguments, daemon=True)
        running = Running(lambda text: os.write(ours, text.encode()) and None, thread, views)
        started.append((running, keys))
        thread.start()
        return running

    yield start
    for running, keys in started:
        if running.views and running.views[-1].editing is not None:
            # In one read with the next key it would be taken for the beginning of a sequence.
            running.press("\x1b")
            running.await_view("no typing", lambda each: each.editing is None)
        running.press("q")
        running.thread.join(_SECONDS)
        assert not running.thread.is_alive()
        keys.close()
    for each in terminals:
        os.close(each)


def test_it_asks_again_and_again(run: Callable[..., Running], application: Application) -> None:
    running = run(application.url)
    await_that("three looks", lambda: len([path for path in application.asked if path == "/metrics"]) >= 3, _SECONDS)
    view = running.await_view("rates", lambda each: bool(each.shown.rows) and each.shown.seconds is not None)
    assert view.shown.rows[0].requests_per_second == 0


@pytest.mark.parametrize(("key", "sort"), [("e", "errors"), ("9", "p99"), ("n", "name"), ("c", "prediction_seconds")])
def test_keys_sort(run: Callable[..., Running], application: Application, key: str, sort: str) -> None:
    running = run(application.url, 60)
    running.await_view("tenants", lambda each: bool(each.shown.rows))
    running.press(key)
    running.await_view("another order", lambda each: each.shown.wanted.sort == sort)
    assert any(f"sort={sort}" in path for path in application.asked)


def test_names_are_filtered_by_what_is_typed(run: Callable[..., Running], application: Application) -> None:
    running = run(application.url, 60)
    running.await_view("tenants", lambda each: bool(each.shown.rows))
    running.press("/acmee\x7f")
    running.await_view("what is typed", lambda each: each.editing == "acme")
    running.press("\r")
    running.await_view("the filter", lambda each: each.shown.wanted.prefix == "acme" and each.editing is None)
    running.press("\x1b")
    running.await_view("no filter", lambda each: each.shown.wanted.prefix == "")


def test_an_application_that_goes_is_told_and_found_again(run: Callable[..., Running]) -> None:
    with made_up_tenants.served() as first:
        running = run(first.url)
        running.await_view("tenants", lambda each: bool(each.shown.rows))
    gone = running.await_view("that it is gone", lambda each: bool(each.problem))
    assert gone.problem.startswith(f"no answer from {first.url}: ")
    assert "\n" not in gone.problem
    assert gone.shown.rows[0].tenant == "tenant1"
    with made_up_tenants.served(int(first.url.rpartition(":")[2])):
        running.await_view("that it is back", lambda each: not each.problem)


def test_keys_are_obeyed_while_nobody_answers(run: Callable[..., Running], application: Application) -> None:
    held = threading.Event()
    answer = application.answer
    application.answer = lambda path: (held.wait(_SECONDS), answer(path))[1]  # type: ignore[method-assign]
    running = run(application.url)
    running.press("/x")
    running.await_view("what is typed", lambda each: each.editing == "x")
    held.set()


def test_what_cannot_be_understood_is_told_and_not_the_end(application: Application) -> None:
    state = State(Wanted())
    state.take(LauncherError("http://x answered 500: oops"))
    assert state.problem == "http://x answered 500: oops"
    state.take(Reader(application.url, {}).read(Wanted()))
    assert (state.problem, state.shown is not None) == ("", True)


@pytest.mark.parametrize("key", ["", "x", "\x1b", "\t", "\x00", "é"])
def test_other_keys_do_nothing(key: str) -> None:
    state = State(Wanted())
    assert [state.press(each) for each in key] in ([], [False])
    assert state == State(Wanted())


def test_a_name_is_typed_up_to_its_longest(application: Application) -> None:
    state = State(Wanted(), editing="")
    for each in "y" * 200 + "\x00\t":
        state.press(each)
    assert state.editing == "y" * 128
    state.press("\x1b")
    assert (state.editing, state.wanted.prefix) == (None, "")


@pytest.mark.parametrize(("typed", "keys"), [("\x1b[A", ""), ("\x1bOP", ""), ("\x1b", "\x1b"), ("ab", "ab")])
def test_arrows_are_no_keys(typed: str, keys: str) -> None:
    assert plain(typed) == keys


def test_the_end_of_the_terminal_ends_it(application: Application) -> None:
    reading, writing = os.pipe()
    os.close(writing)
    keys = Keys(reading)
    live.loop(Reader(application.url, {}), State(Wanted()), 60, keys, lambda _: None, lambda: 24)
    keys.close()
    keys.wake()
    os.close(reading)
