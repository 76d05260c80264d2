"""The environment variables of this project, as the Java class Setting has them, and how Python reads them.

variables.json is generated: `mvn test -Dtest=ReferencePageTest -Dmm.writeReference=true`. Nothing here imports Ray.
"""

import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

PREFIX = "MANY_MODELS_"
_DIGITS = re.compile(r"[0-9]{1,9}")
_NEAREST = 0.8


@dataclass(frozen=True)
class Variable:
    """A variable. allowed: its values, in words. low, high: of one that takes whole numbers. secret: it holds one."""

    name: str
    allowed: str
    default: str | None = None
    file: str | None = None
    low: int = 0
    high: int = 0
    secret: bool = False


ALL = {
    variable.name: variable
    for variable in (Variable(**each) for each in json.loads(Path(__file__).with_name("variables.json").read_text()))
}
NAMES = frozenset(ALL) | {variable.file for variable in ALL.values() if variable.file is not None}


def text(environment: Mapping[str, str], name: str) -> str:
    """The value without white space around it; the default, or an empty text, when there is none."""
    return environment.get(name, "").strip() or ALL[name].default or ""


def number(environment: Mapping[str, str], name: str) -> int:
    """The value of a variable that takes whole numbers. Raises ValueError that names variable, value and range."""
    variable, value = ALL[name], text(environment, name)
    if _DIGITS.fullmatch(value) is None or not variable.low <= int(value) <= variable.high:
        raise ValueError(f"{name}: '{value}' is not {variable.allowed}")
    return int(value)


def unknown(environment: Mapping[str, object]) -> dict[str, str | None]:
    """Variables that look like ours and are none, each with the one that was probably meant."""
    found = sorted(name for name in environment if name.startswith(PREFIX) and name not in NAMES)
    nearest = {name: difflib.get_close_matches(name, sorted(NAMES), 1, _NEAREST) for name in found}
    return {name: matches[0] if matches else None for name, matches in nearest.items()}
