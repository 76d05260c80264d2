"""Maven makes the jar on a machine that has no Ray: pom.xml leaves out what needs it."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

NEEDS_RAY = re.compile(
    r"^import (?:static )?(?:io\.ray|org\.apache\.logging|io\.manymodels\.deployment)\.", re.MULTILINE
)


@pytest.mark.parametrize(("sources", "excluded_by"), [("src/main/java", "exclude"), ("src/test/java", "testExclude")])
def test_what_needs_ray_is_left_out(repository: Path, sources: str, excluded_by: str) -> None:
    profile = (repository / "pom.xml").read_text().partition("<id>without-ray</id>")[2].partition("</profile>")[0]
    patterns = re.findall(rf"<{excluded_by}>(.*)</{excluded_by}>", profile)
    root = repository / sources
    left_out = {file for pattern in patterns for file in root.glob(f"{pattern}/*" if "**" in pattern else pattern)}
    needing = {file for file in root.rglob("*.java") if NEEDS_RAY.search(file.read_text())}
    assert needing
    assert sorted(map(str, needing - left_out)) == []
