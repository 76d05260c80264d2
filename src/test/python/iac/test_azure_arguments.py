"""Every az command line of iac/azure.sh, by what the parser of a real azure-cli was recorded to accept."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

LINES_FOR_THE_TRUE_PARSER = "MM_AZURE_LINES"
"""Names a file to which the lines are appended, for `record_azure_cli.py judge`."""
SHARED = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/registries/r"
OTHERWISE = {
    "SUBSCRIPTION": "5ab00000-0000-0000-0000-000000000002",
    "AKS_TIER": "standard",
    "ZONES": "1,2,3",
    "REDIS_SERVICE": "cache",
    "REDIS_SKU": "Premium_p1",
    "STORAGE_SKU": "Standard_ZRS",
    "MODEL_REGISTRY": "azureml",
    "MACHINE_LEARNING_REGISTRY_ID": SHARED,
    "PUBLISHER_OBJECT_ID": "5ab00000-0000-0000-0000-000000000003",
    "PUBLISHER_TYPE": "ServicePrincipal",
    "ACR_SKU": "Standard",
}


def lines_of(checkout: Any, *arguments: str) -> Iterator[list[str]]:
    result = checkout.run(*arguments)
    assert result.returncode == 0, result.stderr
    yield from (call[1:] for call in checkout.calls if call[0] == "az")


def test_every_line_is_accepted(made: Any, azure_arguments: ModuleType) -> None:
    lines = [call[1:] for call in made.calls if call[0] == "az"]
    lines += lines_of(made, "up", "--parameters", str(made.parameters(NODES_MAX="20")))
    lines += lines_of(made, "down", "--yes")
    other = str(made.parameters(**OTHERWISE))
    lines += lines_of(made, "up", "--parameters", other)
    lines += lines_of(made, "down", "--yes", "--parameters", other)
    judged = {azure_arguments.command_of(line) for line in lines if azure_arguments.parse(line)}
    assert {"aks create", "redis create", "resource wait", "acr build", "role assignment delete", "rest"} <= judged
    if LINES_FOR_THE_TRUE_PARSER in os.environ:
        with Path(os.environ[LINES_FOR_THE_TRUE_PARSER]).open("a") as target:
            target.writelines(sorted({shlex.join(["az", *line]) + "\n" for line in lines}))


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("group create --name g", "required: --location"),
        ("group create --name g --location l --colour red", "--colour"),
        ("aks create --name a --resource-group g --tier fre", "invalid choice: 'fre'"),
        ("aks create --name a --resource-group g --node-count two", "invalid int value"),
        ("aks craete --name a", "az aks craete is not one of the recorded commands"),
    ],
)
def test_judge_refuses_what_azure_cli_refuses(line: str, complaint: str, azure_arguments: ModuleType) -> None:
    with pytest.raises(azure_arguments.RefusedError, match=complaint):
        azure_arguments.parse(shlex.split(line))


def test_judge_takes_choices_in_any_case(azure_arguments: ModuleType) -> None:
    assert azure_arguments.parse(shlex.split("aks create -n a -g g --tier FREE"))["tier"] == "FREE"
