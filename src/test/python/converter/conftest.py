"""Models of many libraries, trained and converted once for all tests."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from launcher import bootstrap, testing

LIMIT_SECONDS = 300


@dataclass(frozen=True)
class Converter:
    """`./many-models models convert`, with a Python that has the libraries."""

    repository: Path
    python: Path

    def convert(self, source: Path, out: Path, *options: str) -> subprocess.CompletedProcess[str]:
        words = ["models", "convert", str(source), "--out", str(out), "--python", str(self.python), *options]
        return self.launch(words)

    def launch(self, words: Sequence[str], **variables: str) -> subprocess.CompletedProcess[str]:
        sources = str(self.repository / "src" / "main" / "python")
        return subprocess.run(
            [sys.executable, "-s", "-P", "-m", "launcher", *words],
            env=os.environ | {"PYTHONPATH": sources, "COLUMNS": "200"} | variables,
            capture_output=True,
            text=True,
            timeout=LIMIT_SECONDS,
            check=False,
        )

    def run(self, *words: str | Path) -> None:
        """Runs something else in that Python."""
        done = subprocess.run([self.python, *words], capture_output=True, text=True, timeout=LIMIT_SECONDS, check=False)
        assert done.returncode == 0, done.stderr[-2000:]


@dataclass(frozen=True)
class Converted:
    """What came of a folder of models: the command's own end, its report, and the originals' answers, by name."""

    models: Path
    out: Path
    done: subprocess.CompletedProcess[str]
    report: dict[str, dict[str, Any]]
    answers: dict[str, dict[str, Any]]


@pytest.fixture(scope="session")
def converter(repository: Path) -> Converter:
    venv = repository / ".runtime" / "convert"
    if not bootstrap.is_current(repository, venv, [bootstrap.CONVERT_REQUIREMENTS]):
        reason = "the converter's Python is not installed; ./many-models test does it"
        if os.environ.get(testing.REQUIRE_BACKENDS):
            pytest.fail(reason)
        pytest.skip(reason)
    return Converter(repository, venv / "bin" / "python")


@pytest.fixture(scope="session")
def converted(converter: Converter, tmp_path_factory: pytest.TempPathFactory) -> Converted:
    folder = tmp_path_factory.mktemp("converted")
    converter.run(Path(__file__).with_name("train_models.py"), folder)
    done = converter.convert(folder / "models", folder / "out")
    lines = (folder / "out.report.jsonl").read_text(encoding="utf-8").splitlines()
    outcomes = [json.loads(line) for line in lines]
    report = {Path(each["path"]).name if "error" in each else each["name"]: each for each in outcomes}
    answers = json.loads((folder / "answers.json").read_text(encoding="utf-8"))
    return Converted(folder / "models", folder / "out", done, report, answers)
