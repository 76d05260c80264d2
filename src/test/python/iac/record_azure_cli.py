"""Writes down what azure-cli's own argument parser accepts. For the Python of a real azure-cli, which takes 700 MB:

    python3 -m venv /tmp/azure && /tmp/azure/bin/pip install azure-cli==2.91.0
    cd src/test/python/iac
    /tmp/azure/bin/python record_azure_cli.py record COMMANDS... > /tmp/azure_cli.json
    mv /tmp/azure_cli.json ../../resources/iac/
    /tmp/azure/bin/python record_azure_cli.py judge < LINES

`record` takes commands as `'aks nodepool add'`; without any those that the recording has already. `judge` has the true
parser parse whole lines that begin with `az`, one a line as for a shell, and ends with 1 if it refuses one; the tests
write their lines down for it with MM_AZURE_LINES=FILE.
"""

import argparse
import contextlib
import functools
import io
import json
import shlex
import sys
from pathlib import Path
from typing import Any

from azure.cli.core import __version__, get_default_cli
from azure.cli.core.commands.events import (
    EVENT_INVOKER_POST_LOAD_ARGUMENTS,
    EVENT_INVOKER_PRE_CMD_TBL_TRUNCATE,
    EVENT_INVOKER_PRE_LOAD_ARGUMENTS,
)
from knack.events import (
    EVENT_INVOKER_CMD_TBL_LOADED,
    EVENT_INVOKER_POST_CMD_TBL_CREATE,
    EVENT_INVOKER_PRE_CMD_TBL_CREATE,
)

RECORDING = Path(__file__).parents[2] / "resources" / "iac" / "azure_cli.json"


@functools.cache
def parser_of(command: str) -> argparse.ArgumentParser:
    """As azure.cli.core.commands.AzCliCommandInvoker.execute (2.91.0) builds it, up to where it parses."""
    cli = get_default_cli()
    invoker = cli.invocation_cls(
        cli_ctx=cli, parser_cls=cli.parser_cls, commands_loader_cls=cli.commands_loader_cls, help_cls=cli.help_cls
    )
    cli.invocation = invoker
    loader = invoker.commands_loader
    words = command.split()
    cli.raise_event(EVENT_INVOKER_PRE_CMD_TBL_CREATE, args=words)
    loader.load_command_table(words)
    cli.raise_event(EVENT_INVOKER_PRE_CMD_TBL_TRUNCATE, load_cmd_tbl_func=loader.load_command_table, args=words)
    if command not in loader.command_table:
        raise SystemExit(f"azure-cli has no command {command}")
    invoker.data["command_string"] = command
    loader.command_table = {command: loader.command_table[command]}
    loader.command_name = command
    cli.raise_event(EVENT_INVOKER_PRE_LOAD_ARGUMENTS, commands_loader=loader)
    loader.load_arguments(command)
    cli.raise_event(EVENT_INVOKER_POST_LOAD_ARGUMENTS, commands_loader=loader)
    cli.raise_event(EVENT_INVOKER_POST_CMD_TBL_CREATE, commands_loader=loader)
    invoker.parser.cli_ctx = cli
    invoker.parser.load_command_table(loader)
    cli.raise_event(EVENT_INVOKER_CMD_TBL_LOADED, cmd_tbl=loader.command_table, parser=invoker.parser)
    node = invoker.parser
    for word in words:
        (choices,) = [each.choices for each in node._actions if isinstance(each, argparse._SubParsersAction)]
        node = choices[word]
    return node


def option(action: argparse.Action) -> dict[str, Any]:
    """The values to build an action that accepts the same; without names: a positional argument."""
    written: dict[str, Any] = {"names": [str(name) for name in action.option_strings]}
    if action.required:
        written["required"] = True
    if action.nargs is not None:
        written["nargs"] = action.nargs
    if action.type in (int, float):
        written["type"] = action.type.__name__
    if action.choices:
        written["choices"] = sorted(str(choice) for choice in action.choices)
    return written


def options(command: str) -> list[dict[str, Any]]:
    # Suppressed arguments are azure-cli's own, and in no help.
    shown = [action for action in parser_of(command)._actions if action.help != argparse.SUPPRESS]
    return sorted(map(option, (each for each in shown if each.dest != "help")), key=lambda each: each["names"])


def record(commands: list[str]) -> None:
    wanted = sorted(set(commands)) or sorted(json.loads(RECORDING.read_text())["commands"])
    lines = [
        f"{json.dumps(command)}: [\n  " + ",\n  ".join(json.dumps(each) for each in options(command)) + "\n ]"
        for command in wanted
    ]
    sys.stdout.write(f'{{"version": "{__version__}", "commands": {{\n ' + ",\n ".join(lines) + "\n}}\n")


def judge(lines: list[str]) -> int:
    """How many lines the parser refuses."""
    refused = 0
    for line in lines:
        words = shlex.split(line)[1:]
        command = " ".join(words[: next((i for i, word in enumerate(words) if word.startswith("-")), len(words))])
        told = io.StringIO()
        try:
            with contextlib.redirect_stderr(told):
                parser_of(command).parse_args(words[len(command.split()) :])
        except SystemExit as end:
            refused += 1
            sys.stdout.write(f"REFUSED {line}\n  {end.code} {told.getvalue().strip()[-400:]}\n")
    sys.stdout.write(f"azure-cli {__version__}: {len(lines)} lines, {refused} refused\n")
    return refused


def main() -> None:
    match sys.argv[1:]:
        case ["record", *commands]:
            record(commands)
        case ["judge"]:
            sys.exit(min(judge([line for line in sys.stdin.read().splitlines() if line.strip()]), 1))
        case _:
            sys.exit(__doc__)


if __name__ == "__main__":
    main()
