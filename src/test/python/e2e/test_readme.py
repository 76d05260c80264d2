"""Runs what README.md tells people to type: its shell blocks after `<!-- test -->`, against the cluster at MM_BASE_URL.

A ```json block that follows such a shell block is the answer that the README promises: same keys, whatever the values.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).resolve().parents[4] / "README.md"
BASE_URL = os.environ.get("MM_BASE_URL", "")
ADMIN_TOKEN = os.environ.get("MM_ADMIN_TOKEN", "")
DEFAULT_URL = "http://127.0.0.1:8000"
COMMAND_SECONDS = 60

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


def keys(value: Any) -> Any:
    """What must be alike: the keys at the top, for the values (which tenant is where) differ from run to run."""
    return sorted(value) if isinstance(value, dict) else type(value).__name__


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


def call(path: str, body: Any = None) -> Any:
    headers = {"Content-Type": "application/json"} | ({"Authorization": f"Bearer {ADMIN_TOKEN}"} if ADMIN_TOKEN else {})
    data = None if body is None else json.dumps(body).encode()
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    with opener.open(urllib.request.Request(BASE_URL + path, data, headers), timeout=60) as response:
        return json.load(response)


@pytest.fixture
def examples() -> Iterator[list[Example]]:
    """The examples to run. The dedicated pool is put back after them."""
    if not README.is_file():
        pytest.skip("there is no README.md yet")
    if not BASE_URL:
        pytest.skip("MM_BASE_URL is not set: no cluster to run the README against")
    pool = call("/deployment_map")["dedicated"]
    yield examples_of(README.read_text(encoding="utf-8"))
    if call("/deployment_map")["dedicated"] != pool:
        call("/update_dedicated_pool", {"mapping": pool})


@pytest.mark.cluster
def test_readme_does_as_it_says(examples: list[Example]) -> None:
    assert examples, "README.md has no ```sh block after <!-- test -->"
    for example in examples:
        output = run(example.shell.replace(DEFAULT_URL, BASE_URL))
        if example.answer is not None:
            answer, promised = last_json(output), json.loads(example.answer)
            assert keys(answer) == keys(promised), f"{example.shell}answered {output[-1000:]}"


def run(script: str) -> str:
    """The output of a script that must succeed; a failing command ends it."""
    settings = {"MM_ADMIN_TOKEN": ADMIN_TOKEN, "NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=README.parent,
        env=os.environ | settings,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=COMMAND_SECONDS,
    )
    assert done.returncode == 0, f"{script}ended with {done.returncode}: {done.stdout[-1000:]}{done.stderr[-1000:]}"
    return done.stdout
