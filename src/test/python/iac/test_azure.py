"""iac/azure.sh, run as it is, on stubs of az, kubectl and helm that keep what was made."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
from linting import assert_shellcheck_finds_nothing

STEPS = [
    "resource group",
    "registry of images",
    "storage for models",
    "identity of the pods",
    "Azure Machine Learning workspace",
    "Redis",
    "roles of the pods",
    "role of whoever publishes models",
    "Kubernetes",
    "what binds Kubernetes to Azure",
    "KubeRay operator",
    "sample models",
    "image",
    "secrets",
    "application",
    "waiting until it serves",
]
# What makes or changes something, by how it begins.
CHANGES = re.compile(
    r"az .*\b(create|add|update|delete|build|upload-batch|purge)$|az rest$"
    r"|helm|kubectl (apply|create)|mvn|many-models setup"
)
# Done at each run, and without effect when nothing has changed.
REPEATED = ("helm upgrade", "kubectl apply", "kubectl create", "mvn", "many-models setup")
REDIS_KEY = "redis-key-that-nobody-may-see"


def beginning(call: list[str]) -> str:
    """The words before the first option."""
    return " ".join(call[: next((i for i, word in enumerate(call) if word.startswith("-")), len(call))])


def changes(calls: list[list[str]]) -> list[str]:
    return [text for call in calls if CHANGES.match(text := beginning(call)) and "post" not in call]


def shown(output: str) -> list[list[str]]:
    """The commands in what a dry run says, without what is only a note."""
    lines = [line for line in output.splitlines() if line and not line.startswith("#")]
    calls = [shlex.split(part) for line in lines for part in line.split(" | ")]
    return [[Path(call[0]).name, *call[1:]] for call in calls]


def test_shellcheck_finds_nothing(repository: Path) -> None:
    assert_shellcheck_finds_nothing(repository, "iac/azure.sh")


def test_dry_run_shows_every_step_in_order_and_calls_nothing(checkout: Any) -> None:
    result = checkout.run("up", "--dry-run")
    assert (result.returncode, result.stderr, checkout.calls) == (0, "", [])
    found = re.findall(r"^# (.*)$", result.stdout, re.MULTILINE)
    assert [each for each in found if each in STEPS] == STEPS
    assert not checkout.work().exists()


def test_up_does_what_the_dry_run_shows(made: Any) -> None:
    did = changes(made.calls)
    dry = shown(made.run("up", "--dry-run").stdout)
    assert did == changes(dry)


def test_second_up_makes_nothing(made: Any) -> None:
    before = made.state()
    result = made.run("up")
    assert result.returncode == 0, result.stderr
    assert [each for each in changes(made.calls) if not each.startswith(REPEATED)] == []
    assert made.state() == before


def test_bounds_of_the_nodes_are_changed_where_they_differ(made: Any) -> None:
    result = made.run("up", "--parameters", str(made.parameters(NODES_MAX="20")))
    assert result.returncode == 0, result.stderr
    assert [each for each in changes(made.calls) if not each.startswith(REPEATED)] == ["az aks nodepool update"]


def test_image_is_built_again_when_its_sources_change(made: Any) -> None:
    (made.root / "deploy" / "java.options").write_text("-Xmx1g")
    assert made.run("deploy").returncode == 0
    assert "az acr build" in changes(made.calls)


def test_failure_ends_it_with_the_name_of_the_step_and_the_next_run_goes_on(checkout: Any) -> None:
    for fail, step in [
        ("az group show", "resource group"),
        ("az rest", "Azure Machine Learning workspace"),
        ("az resource wait", "Azure Machine Learning workspace"),
        ("az aks create", "Kubernetes"),
        ("az acr build", "image"),
        ("many-models check-config", "application"),
        ("kubectl wait", "waiting until it serves"),
    ]:
        result = checkout.run("up", fail=fail)
        assert result.returncode != 0
        assert result.stderr.splitlines()[-1] == f"azure.sh: stopped in step: {step}"
        assert "QuotaExceeded" in result.stderr
        assert " ".join(checkout.calls[-1]).startswith(fail)
    result = checkout.run("up")
    assert result.returncode == 0, result.stderr


def test_models_are_asked_for_until_the_role_counts(checkout: Any) -> None:
    # What the script waits by ends the refusal, so that nobody waits.
    pause = checkout.root / "bin" / "sleep"
    pause.write_text('#!/bin/sh\nrm "$STUB_FOLDER/fail"\n')
    pause.chmod(0o755)
    (checkout.root / "stub" / "fail").write_text("az storage blob list")
    result = checkout.run("up")
    assert result.returncode == 0, result.stderr
    assert [beginning(each) for each in checkout.calls].count("az storage blob list") == 2
    assert checkout.state()["there"]["blobs"]


def test_secrets_are_on_no_command_line_no_screen_and_in_no_file(made: Any) -> None:
    secrets = made.state()["secrets"]
    assert secrets["many-models-redis"] == {"password": REDIS_KEY}
    token = secrets["many-models-admin"]["token"]
    assert re.fullmatch("[0-9a-f]{48}", token)
    files = [each.read_text(errors="replace") for each in made.work().rglob("*") if each.is_file()]
    for secret in (REDIS_KEY, token):
        for text in (*(" ".join(call) for call in made.calls), made.said, *files):
            assert secret not in text


def test_down_asks_first(made: Any) -> None:
    for answer in ("", "yes\n", "rg-other\n"):
        refused = made.run("down", stdin=answer)
        assert (refused.returncode, changes(made.calls)) == (1, [])
        assert "nothing was removed" in refused.stderr
    result = made.run("down", stdin="rg-many-models\n")
    assert result.returncode == 0, result.stderr
    assert changes(made.calls) == ["az rest", "az group delete", "az keyvault purge"]
    assert (made.state()["there"], made.state()["deleted_vaults"]) == ({}, [])
    assert not made.work().exists()
    again = made.run("down", "--yes")
    assert (again.returncode, changes(made.calls)) == (0, [])


def test_down_goes_on_where_it_was_interrupted(made: Any) -> None:
    assert made.run("down", "--yes", fail="az keyvault purge").returncode == 1
    result = made.run("down", "--yes")
    assert (result.returncode, made.state()["deleted_vaults"]) == (0, [])


def test_group_of_somebody_else_is_left_alone(checkout: Any) -> None:
    assert checkout.run("up", fail="az acr show").returncode == 1
    state = checkout.root / "stub" / "state.json"
    state.write_text(state.read_text().replace("created-by=many-models-iac", "owner=somebody"))
    for command in (["up"], ["down", "--yes"]):
        result = checkout.run(*command)
        assert (result.returncode, changes(checkout.calls)) == (1, [])
        assert "rg-many-models" in result.stderr


def test_role_outside_of_the_group_goes_too(checkout: Any) -> None:
    shared = "/subscriptions/s/resourceGroups/g/providers/Microsoft.MachineLearningServices/registries/r"
    file = str(checkout.parameters(MACHINE_LEARNING_REGISTRY_ID=shared))
    assert checkout.run("up", "--parameters", file).returncode == 0
    assert checkout.run("down", "--yes", "--parameters", file).returncode == 0
    assert "az role assignment delete" in changes(checkout.calls)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"NAME": "Many_Models"}, "NAME may not be 'Many_Models'"),
        ({"NAME": "many--models"}, "NAME has two dashes"),
        ({"SIZE": "huge"}, "SIZE may not be 'huge'"),
        ({"NODES_MIN": "0"}, "NODES_MIN may not be '0'"),
        ({"NODES_MIN": "13"}, "NODES_MIN is more than NODES_MAX"),
        ({"SUBSCRIPTION": "mine"}, "SUBSCRIPTION may not be 'mine'"),
        ({"REDIS_SERVICE": "cache"}, "REDIS_SKU Balanced_B1 is not one of REDIS_SERVICE=cache"),
        ({"REDIS_SKU": "Standard_c1"}, "REDIS_SKU Standard_c1 is not one of REDIS_SERVICE=managed"),
        ({"MODEL_REGISTRY": "azureml", "MACHINE_LEARNING": "no"}, "MODEL_REGISTRY=azureml needs MACHINE_LEARNING=yes"),
        ({"IMAGE": "no-tag"}, "IMAGE may not be 'no-tag'"),
        ({"AUTOSCALE": "$(id)"}, "AUTOSCALE may not be '$(id)'"),
        ({"ZONES": "1,2\nZONES=3"}, "ZONES is there twice"),
        ({"ZONES": "1\nZONE=3"}, "there is no parameter ZONE"),
        ({"ZONES": "1\nnonsense"}, "not NAME=value: nonsense"),
    ],
)
def test_bad_parameter_is_refused_in_one_line(checkout: Any, change: dict[str, str], complaint: str) -> None:
    result = checkout.run("up", "--parameters", str(checkout.parameters(**change)))
    assert (result.returncode, result.stdout, checkout.calls) == (2, "", [])
    (line,) = result.stderr.splitlines()
    assert line.startswith("azure.sh: ")
    assert complaint in line


def test_missing_parameter_and_wrong_use_are_refused_in_one_line(checkout: Any) -> None:
    file = checkout.parameters()
    file.write_text(re.sub("^LOCATION=.*\n", "", file.read_text(), flags=re.MULTILINE))
    for arguments, complaint in [
        (["up", "--parameters", str(file)], "LOCATION is missing"),
        (["up", "--parameters", "/no/such/file"], "/no/such/file cannot be read"),
        (["up", "--parameters"], "--parameters needs a file"),
        ([], "say up, deploy or down"),
        (["up", "down"], "one command at a time"),
        (["sideways"], "there is no sideways"),
    ]:
        result = checkout.run(*arguments)
        assert (result.returncode, checkout.calls) == (2, []), arguments
        (line,) = result.stderr.splitlines()
        assert complaint in line


def test_missing_program_is_named(checkout: Any) -> None:
    (checkout.root / "bin" / "helm").unlink()
    result = checkout.run("up")
    assert (result.returncode, checkout.calls) == (1, [])
    assert result.stderr.startswith("azure.sh: helm is not on PATH")
