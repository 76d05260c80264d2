"""docs/protocols.md: each block of Python after `<!-- client: LIBRARY -->` prints what the block below it says."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import pytest
from real_clients import Doors

from launcher import clients

ROOT = Path(__file__).resolve().parents[4]
PAGE = ROOT / "docs" / "protocols.md"
_MARKED = re.compile(
    r"^<!-- client: (?P<library>\w+) -->\s*^```python\n(?P<code>.*?)^```\n```text\n(?P<prints>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True)
class Example:
    library: str
    code: str
    prints: str


def _examples() -> list[Example]:
    return [Example(**match.groupdict()) for match in _MARKED.finditer(PAGE.read_text(encoding="utf-8"))]


def test_every_block_of_python_is_tried_and_every_library_has_one() -> None:
    assert len(_examples()) == PAGE.read_text(encoding="utf-8").count("```python")
    assert {example.library for example in _examples()} == set(clients.NAMES)


@pytest.mark.served
@pytest.mark.clients
@pytest.mark.parametrize("example", _examples(), ids=lambda example: example.library)
def test_the_example_prints_what_the_page_says(doors: Doors, churn: str, example: Example) -> None:
    code = example.code.replace("127.0.0.1:8080", doors.http).replace("127.0.0.1:9000", doors.grpc)
    code = code.replace('"8080/', f'"{doors.http.partition(":")[2]}/').replace("churn", churn)
    assert doors.run(example.library, "-c", code).splitlines() == example.prints.splitlines()
