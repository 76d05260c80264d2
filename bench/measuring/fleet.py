"""Registries of the fleet `version`, whose models answer tenant x 1000 + version, and questions that check them."""

from __future__ import annotations

import json
import os
import random
import subprocess
from collections.abc import Sequence
from pathlib import Path

from launcher.build.java_main import class_path, java_command, native_libraries
from launcher.build.toolchain import find_jdk
from launcher.errors import LauncherError
from launcher.project import Project
from measuring.load import Question

ROW = (5.1, 3.5, 1.4, 0.2)
MAX_ROWS = 3


def tenant(number: int) -> str:
    return f"tenant{number}"


def answer(number: int, version: int = 1) -> int:
    """What a model of the fleet kind `version` answers for each row."""
    return number * 1000 + version


def make(project: Project, folder: Path, tenants: int, version: int = 1) -> None:
    """Adds the tenants 1 to this many to the registry, in this version, which goes live."""
    words = [str(folder), "--tenants", str(tenants), "--kind", "version", "--version", str(version)]
    java = find_jdk(os.environ).java
    command = java_command(java, class_path(project), "fleet", words, os.environ, native_libraries(project))
    result = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "ORT_DISABLE_TELEMETRY": "1"}
    )
    if result.returncode != 0:
        raise LauncherError(f"the fleet was not made: {result.stderr.strip()[-300:]}")


def score(number: int, rows: int) -> Question:
    """A /score without the deployment_map in its answer; which deployment answers is left open."""
    name = tenant(number)
    predictions = ",".join([str(answer(number))] * rows)
    tail = f'","model":"{name}","version":1,"prediction":[{predictions}]}}'
    return Question(name, "POST", "/score", body(number, rows), '{"deployment":"', tail)


def body(number: int, rows: int) -> str:
    return json.dumps({"tenant": tenant(number), "data": [ROW] * rows}, separators=(",", ":"))


def draws(count: int, exponent: float, requests: int, seed: int) -> list[int]:
    """So many draws of the places 0 to count - 1, by Zipf's law; the first is drawn most."""
    weights = [(rank + 1) ** -exponent for rank in range(count)]
    return random.Random(seed).choices(range(count), weights, k=requests)  # noqa: S311 - a load, no secret


def mixed_rows(numbers: Sequence[int]) -> list[tuple[int, int]]:
    """Each tenant with one to three rows, as many of each."""
    return [(number, 1 + place % MAX_ROWS) for place, number in enumerate(numbers)]
