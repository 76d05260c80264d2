"""Judges an az command line by what azure-cli's own parser was recorded to accept (record_azure_cli.py)."""

from __future__ import annotations

import argparse
import functools
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

RECORDING = Path(__file__).parents[2] / "resources" / "iac" / "azure_cli.json"
_TYPES = {"int": int, "float": float}


class RefusedError(Exception):
    """What azure-cli would say, with its exit code 2."""


class _Parser(argparse.ArgumentParser):
    def error(self, message: str) -> NoReturn:
        raise RefusedError(message)


class _Choices(list[str]):
    """As azure-cli compares: upper or lower case."""

    def __contains__(self, value: object) -> bool:
        return isinstance(value, str) and value.lower() in (each.lower() for each in self)


def command_of(words: Sequence[str]) -> str:
    """`aks nodepool add` of what follows `az`."""
    return " ".join(words[: next((i for i, word in enumerate(words) if word.startswith("-")), len(words))])


def parse(words: Sequence[str]) -> dict[str, Any]:
    """The options and their values, of what follows `az`. Raises RefusedError."""
    command = command_of(words)
    if command not in recording():
        raise RefusedError(f"az {command} is not one of the recorded commands")
    return vars(_parser(command).parse_args(list(words[len(command.split()) :])))


@functools.cache
def recording() -> dict[str, list[dict[str, Any]]]:
    found: dict[str, list[dict[str, Any]]] = json.loads(RECORDING.read_text())["commands"]
    return found


@functools.cache
def _parser(command: str) -> argparse.ArgumentParser:
    parser = _Parser(add_help=False, allow_abbrev=False)
    for option in recording()[command]:
        details: dict[str, Any] = {}
        if option.get("nargs") == 0:
            details["action"] = "store_true"
        else:
            details["nargs"] = option.get("nargs")
            if "type" in option:
                details["type"] = _TYPES[option["type"]]
            if "choices" in option:
                details["choices"] = _Choices(option["choices"])
        if option["names"]:
            parser.add_argument(*option["names"], required=option.get("required", False), **details)
        else:
            parser.add_argument("positional", **details)
    return parser
