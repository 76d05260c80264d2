"""Runs what README.md and docs/http-api.md tell people to type: the blocks after `<!-- test -->`.

Shell blocks run against the demo. A ```json block that follows one is the answer that the page
promises: everything in it must be as promised, except what differs from run to run (`VARYING`). Python blocks run
without it.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from served_demo import Served

ROOT = Path(__file__).resolve().parents[4]
PAGES = ("README.md", "docs/http-api.md")
DEFAULT_URLS = re.compile(r"http://127\.0\.0\.1:80[08]0")
"""Of a cluster, and of one process."""
COMMAND_SECONDS = 60
DEMO_POOL = {"tenant9": "deployment9", "tenant10": "deployment10"}
"""The dedicated pool that the examples presuppose."""
VARYING = frozenset(
    ("decisions", "demand", "deployment_map", "events", "generation", "instance", "next", "since", "term", "why")
)
"""Keys whose values depend on what happened before: when, how often, and where traffic has moved other tenants."""

_MARKED = re.compile(
    r"^<!-- test -->\s*^```sh\n(?P<shell>.*?)^```$(?:(?:(?!^```|^<!-- test -->).)*?^```json\n(?P<json>.*?)^```$)?",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    """A marked block, and the JSON that is promised as its answer, if any."""

    shell: str
    answer: str | None


def examples_of(readme: str) -> list[Example]:
    return [Example(match["shell"], match["json"]) for match in _MARKED.finditer(readme)]


def mismatches(answer: Any, promised: Any, at: str = "") -> list[str]:
    """Where an answer is not as promised: other keys, or another value under a key that is not in `VARYING`."""
    if isinstance(answer, dict) and isinstance(promised, dict):
        if answer.keys() != promised.keys():
            return [f"{at or '/'}: keys {sorted(answer)} instead of {sorted(promised)}"]
        found = []
        for key, value in promised.items():
            if key in VARYING:
                found += shape_mismatches(answer[key], value, f"{at}/{key}")
            else:
                found += mismatches(answer[key], value, f"{at}/{key}")
        return found
    return [] if answer == promised else [f"{at or '/'}: {answer!r} instead of {promised!r}"]


def shape_mismatches(answer: Any, promised: Any, at: str) -> list[str]:
    """Of a value that varies: the type counts, and the keys of an object, except in a map by tenant."""
    if type(answer) is not type(promised):
        return [f"{at}: {answer!r} instead of a value such as {promised!r}"]
    is_record = isinstance(promised, dict) and not at.endswith("/deployment_map")
    if is_record and answer.keys() != promised.keys():
        return [f"{at}: keys {sorted(answer)} instead of {sorted(promised)}"]
    return []


def last_json(output: str) -> Any:
    """The answer in a command's output: its last line that is JSON, or all of it when it is one document."""
    for text in (output, *reversed(output.splitlines())):
        try:
            return json.loads(text)
        except ValueError:
            continue
    raise AssertionError(f"no JSON in the output: {output[-1000:]}")


def test_examples_are_found() -> None:
    readme = "\n".join(
        [
            "<!-- test -->",
            "```sh",
            "curl one",
            "```",
            "answers",
            "```json",
            '{"a": 1}',
            "```",
            "```sh",
            "rm -rf unmarked",
            "```",
            "<!-- test -->",
            "```sh",
            "curl two \\",
            "  more",
            "```",
            "<!-- test -->",
            "```sh",
            "curl three",
            "```",
            "```json",
            "[]",
            "```",
        ]
    )
    assert examples_of(readme) == [
        Example("curl one\n", '{"a": 1}\n'),
        Example("curl two \\\n  more\n", None),
        Example("curl three\n", "[]\n"),
    ]


def test_an_unmarked_block_between_keeps_json_apart() -> None:
    readme = '<!-- test -->\n```sh\ncurl one\n```\n```sh\ncurl other\n```\n```json\n{"a": 1}\n```\n'
    assert examples_of(readme) == [Example("curl one\n", None)]


@pytest.mark.parametrize(
    ("answer", "promised", "expected"),
    [
        ({"a": 1}, {"a": 1}, []),
        ({"a": 1}, {"a": 2}, ["/a: 1 instead of 2"]),
        ({"a": 1}, {"b": 1}, ["/: keys ['a'] instead of ['b']"]),
        ({"a": {"b": [0, 2]}}, {"a": {"b": [0, 1]}}, ["/a/b: [0, 2] instead of [0, 1]"]),
        ({"generation": "7.1"}, {"generation": "1.2"}, []),
        ({"generation": None}, {"generation": "1.2"}, ["/generation: None instead of a value such as '1.2'"]),
        ({"deployment_map": {"b": "x"}}, {"deployment_map": {"a": "y"}}, []),
        ({"demand": {"cost": 1.5}}, {"demand": {"cost": 2.5}}, []),
        ({"demand": {"price": 1.5}}, {"demand": {"cost": 1.5}}, ["/demand: keys ['price'] instead of ['cost']"]),
    ],
)
def test_an_answer_is_compared_with_the_promise(answer: Any, promised: Any, expected: list[str]) -> None:
    assert mismatches(answer, promised) == expected


@pytest.mark.parametrize("page", PAGES)
def test_every_page_has_examples(page: str) -> None:
    assert any(example.answer for example in examples_of((ROOT / page).read_text(encoding="utf-8"))), page


@pytest.fixture
def demo_pool(served: Served) -> Iterator[None]:
    """The dedicated pool is the demo's while the examples run, and put back after them."""
    pool = served.call("/deployment_map")["dedicated"]
    if pool != DEMO_POOL:
        served.call("/update_dedicated_pool", {"mapping": DEMO_POOL})
    yield
    if served.call("/deployment_map")["dedicated"] != pool:
        served.call("/update_dedicated_pool", {"mapping": pool})


@pytest.mark.served
@pytest.mark.usefixtures("demo_pool")
@pytest.mark.parametrize("page", PAGES)
def test_the_application_answers_as_the_page_says(page: str, served: Served) -> None:
    for example in examples_of((ROOT / page).read_text(encoding="utf-8")):
        output = run(DEFAULT_URLS.sub(served.base_url, example.shell), served.admin_token)
        if example.answer is not None:
            differing = mismatches(last_json(output), json.loads(example.answer))
            assert not differing, f"{example.shell}answered {output[-1000:]}"


def run(script: str, admin_token: str) -> str:
    """The output of a script that must succeed; a failing command ends it."""
    settings = {"MM_ADMIN_TOKEN": admin_token, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=ROOT,
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    assert done.returncode == 0, f"{script}ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-1000:]}"
    return done.stdout
