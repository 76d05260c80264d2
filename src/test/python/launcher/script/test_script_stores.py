"""./many-models serves the registry and the pins that `up` serves."""

from __future__ import annotations

from pathlib import Path

import pytest

from launcher.cluster import registry as registries
from launcher.cluster.instance import DEFAULT_NAME, Instance
from launcher.project import Project

from .conftest import Checkout


def instance(checkout: Checkout) -> Instance:
    return Instance(Project(checkout.root), DEFAULT_NAME)


def state_under_up(checkout: Checkout, option: str | None, user: dict[str, str]) -> str:
    here = instance(checkout)
    registry = registries.choose(here, option, user)
    return here.state_for(None if registries.is_own(here, registry) else registry.identity).as_uri()


def test_without_a_word_it_is_the_registry_of_the_checkout(checkout: Checkout) -> None:
    env = checkout.run("serve").env
    assert env["MANY_MODELS_REGISTRY"] == (checkout.root / "registry").as_uri()
    assert env["MANY_MODELS_STATE"] == state_under_up(checkout, None, {})
    assert [folder.name for folder in (checkout.root / "registry").iterdir()] == ["tenant1"]


def test_registry_of_the_checkout_is_filled_only_by_serving_and_only_once(checkout: Checkout) -> None:
    checkout.run("models", "list")
    checkout.run("serve", "--help")
    assert not (checkout.root / "registry").exists()
    (checkout.root / "registry").mkdir()
    checkout.run("serve")
    assert list((checkout.root / "registry").iterdir()) == []
    assert [file.name for file in checkout.root.glob(".registry.*")] == []


def test_registry_that_up_served_last_is_served(checkout: Checkout, tmp_path: Path) -> None:
    instance(checkout).remember_registry("azblob://account/models")
    env = checkout.run("serve").env
    assert env["MANY_MODELS_REGISTRY"] == "azblob://account/models"
    assert env["MANY_MODELS_STATE"] == state_under_up(checkout, None, {})
    assert checkout.run("models", "list").env["MANY_MODELS_REGISTRY"] == "azblob://account/models"


def test_copy_of_an_instance_counts_before_the_checkout(checkout: Checkout) -> None:
    own = instance(checkout).folder / "models"
    own.mkdir(parents=True)
    env = checkout.run("serve").env
    assert (env["MANY_MODELS_REGISTRY"], env["MANY_MODELS_STATE"]) == (
        own.as_uri(),
        instance(checkout).state.as_uri(),
    )


@pytest.mark.parametrize(
    "named",
    [
        "azblob://account/models?endpoint=https://x",
        "file:/srv/models",
        "file:///usr/../usr/bin/",
        "/nowhere/with blank/ö/100%/a~b",
        "folder",
        "link",
        "link/new",
        "/",
        "registry",
        "./registry/",
    ],
)
def test_pins_are_where_up_has_them(checkout: Checkout, monkeypatch: pytest.MonkeyPatch, named: str) -> None:
    monkeypatch.chdir(checkout.root)
    for folder in ("folder", "registry"):
        (checkout.root / folder).mkdir()
    (checkout.root / "link").symlink_to("folder")
    expected = state_under_up(checkout, named, {})
    env = checkout.run("serve", "--registry", named).env
    assert env["MANY_MODELS_STATE"] == expected
    assert "MANY_MODELS_REGISTRY" not in env
    assert checkout.run("serve", f"--registry={named}").env["MANY_MODELS_STATE"] == expected


def test_pins_of_a_registry_in_the_environment_are_where_up_has_them(checkout: Checkout) -> None:
    user = {"MANY_MODELS_REGISTRY": "file:/srv/models"}
    env = checkout.run("serve", **user).env
    assert env["MANY_MODELS_REGISTRY"] == "file:/srv/models"
    assert env["MANY_MODELS_STATE"] == state_under_up(checkout, None, user)


def test_what_the_user_names_stays(checkout: Checkout) -> None:
    env = checkout.run("serve", MANY_MODELS_STATE="redis://host").env
    assert env["MANY_MODELS_STATE"] == "redis://host"
    assert "MANY_MODELS_STATE" not in checkout.run("serve", "--state", "redis://host").env
    assert "MANY_MODELS_STATE" not in checkout.run("serve", "--state=redis://host").env
    assert "MANY_MODELS_STATE" not in checkout.run("models", "list").env
    blank = checkout.run("serve", MANY_MODELS_STATE=" ", MANY_MODELS_REGISTRY=" ").env
    assert blank["MANY_MODELS_REGISTRY"] == (checkout.root / "registry").as_uri()
    assert blank["MANY_MODELS_STATE"] == instance(checkout).state.as_uri()
