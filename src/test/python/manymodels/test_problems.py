"""The middleware's problems and Java's are one vocabulary."""

import re
from pathlib import Path

import pytest

from manymodels.problems import Problem


def test_titles_are_those_of_java(repository: Path) -> None:
    source = repository / "src/main/java/io/manymodels/model/ErrorCode.java"
    titles = dict(re.findall(r'^ +([A-Z_]+)\("([^"]+)"', source.read_text(), re.MULTILINE))
    assert {problem.name: titles.get(problem.name) for problem in Problem} == {p.name: p.title for p in Problem}


@pytest.mark.parametrize("problem", Problem)
def test_code_is_the_name(problem: Problem) -> None:
    assert problem.code == problem.name.lower().replace("_", "-")
