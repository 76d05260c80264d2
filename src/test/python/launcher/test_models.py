"""What `models` is told about an instance."""

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from launcher import cli, models
from launcher.build import java_main
from launcher.cluster.instance import Instance, Record
from launcher.cluster.ports import Ports
from launcher.errors import LauncherError
from launcher.project import Project

PORTS = Ports(http=8123, dashboard=1, gcs=2, agent=3, client=4, metrics=5, dashboard_metrics=6)


@pytest.mark.parametrize(
    ("arguments", "name", "rest"),
    [
        (["list"], "default", ["list"]),
        (["list", "--instance", "b", "--json"], "b", ["list", "--json"]),
        (["--instance=c", "list"], "c", ["list"]),
        (["show", "--", "--instance", "b"], "default", ["show", "--", "--instance", "b"]),
    ],
)
def test_instance_is_taken_out_of_the_arguments(arguments: list[str], name: str, rest: list[str]) -> None:
    assert models.instance_of(arguments) == (name, rest)


def test_instance_without_a_name_is_wrong_use() -> None:
    with pytest.raises(click.UsageError):
        models.instance_of(["list", "--instance"])


def test_registry_is_the_instances_own_where_there_is_one(tmp_path: Path) -> None:
    instance = Instance(Project(tmp_path / "a b"), "x")
    assert models.defaults(instance) == {"MANY_MODELS_REGISTRY": f"file://{tmp_path}/a%20b/registry"}
    own = instance.folder / "models"
    own.mkdir(parents=True)
    assert models.defaults(instance)["MANY_MODELS_REGISTRY"].endswith("/instances/x/models")


def test_registry_that_nobody_has_made_yet_is_told(tmp_path: Path) -> None:
    instance = Instance(Project(tmp_path), "default")
    with pytest.raises(LauncherError, match=r"registry yet: ./many-models up makes it"):
        models.require_registry(instance, ["list"], {})
    for words in (["publish", "t", "f"], ["list", "--registry=/x"], ["list", "--help"], []):
        models.require_registry(instance, words, {})
    models.require_registry(instance, ["list"], {"MANY_MODELS_REGISTRY": "azblob://a/b"})
    instance.project.registry.mkdir()
    models.require_registry(instance, ["list"], {})


@pytest.mark.parametrize("head", [None, 1])
def test_address_is_known_while_the_instance_is_up(
    head: int | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    instance = Instance(Project(tmp_path), "x")
    instance.write(Record(PORTS))
    monkeypatch.setattr(models.Cluster, "head", lambda _self: head)
    expected = None if head is None else "http://127.0.0.1:8123"
    assert models.defaults(instance).get("MANY_MODELS_URL") == expected


def test_arguments_reach_the_jvm_as_they_are(monkeypatch: pytest.MonkeyPatch) -> None:
    handed: list[tuple[str, list[str]]] = []
    monkeypatch.setattr(
        java_main, "run", lambda _project, command, rest, _defaults=None: handed.append((command, rest))
    )
    monkeypatch.setattr(models, "require_registry", lambda *_: None)
    arguments = ["publish", "--live", "--instance", "b", "--", "-tenant", "--help"]
    assert CliRunner().invoke(cli.cli, ["models", *arguments]).exit_code == 0
    assert CliRunner().invoke(cli.cli, ["models", "--help"]).exit_code == 0
    assert CliRunner().invoke(cli.cli, ["fleet", "/x", "--tenants", "5"]).exit_code == 0
    assert [(command, list(rest)) for command, rest in handed] == [
        ("models", ["publish", "--live", "--", "-tenant", "--help"]),
        ("models", ["--help"]),
        ("fleet", ["/x", "--tenants", "5"]),
    ]
