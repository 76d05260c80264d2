"""The configuration as it is deployed on this machine."""

from pathlib import Path
from typing import Any

import pytest

from launcher.cluster import serve_config
from launcher.errors import LauncherError


def config(*deployments: dict[str, Any]) -> dict[str, Any]:
    return {"applications": [{"name": "a", "args": {"hot_deployments": 3}, "deployments": list(deployments)}]}


def deployment(name: str, cpus: float, **options: Any) -> dict[str, Any]:
    return {"name": name, "ray_actor_options": {"num_cpus": cpus}, **options}


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({}, 0.5),
        ({"num_replicas": 3}, 1.5),
        ({"num_replicas": "auto"}, 0.5),
        ({"autoscaling_config": {"min_replicas": 1, "max_replicas": 4}}, 2.0),
    ],
)
def test_requested_cpus_count_every_replica(options: dict[str, Any], expected: float) -> None:
    assert serve_config.requested_cpus(config(deployment("D", 0.5, **options))) == expected


def test_application_that_fits_is_deployed_as_written() -> None:
    written = config(deployment("D", 0.5, user_config={"tenant": "t"}))
    deployed = serve_config.local(written, 8000, 2)
    assert deployed["applications"] == written["applications"]
    assert deployed["http_options"] == {"host": "127.0.0.1", "port": 8000}


def test_too_big_application_has_its_cpus_lowered_and_nothing_else() -> None:
    written = config(deployment("A", 2, num_replicas=2, user_config={"x": 1}), deployment("B", 1), {"name": "C"})
    deployed = serve_config.local(written, 8000, 2)
    assert serve_config.requested_cpus(deployed) <= 1 + 0.1
    for was, now in zip(
        written["applications"][0]["deployments"], deployed["applications"][0]["deployments"], strict=True
    ):
        assert {**was, "ray_actor_options": None} == {**now, "ray_actor_options": now.get("ray_actor_options") and None}
    assert "ray_actor_options" not in deployed["applications"][0]["deployments"][2]


def test_written_configuration_is_not_changed() -> None:
    written = config(deployment("A", 9))
    serve_config.local(written, 1, 2)
    assert written == config(deployment("A", 9))


def test_other_http_options_are_kept() -> None:
    written = config() | {"http_options": {"host": "0.0.0.0", "port": 1, "request_timeout_s": 35}}
    assert serve_config.local(written, 8001, 2)["http_options"] == {
        "host": "127.0.0.1",
        "port": 8001,
        "request_timeout_s": 35,
    }


@pytest.mark.parametrize(("cpus", "available", "expected"), [(0.5, 8, 2), (20, 8, 8), (1, 2, 2)])
def test_ray_gets_no_more_cpus_than_needed(cpus: float, available: float, expected: int) -> None:
    assert serve_config.ray_cpus(config(deployment("D", cpus)), available) == expected


def test_lowered_application_fits_into_the_local_ray(repository: Path) -> None:
    written = serve_config.read(repository / "deploy" / "rayservice.yaml")
    deployed = serve_config.local(written, 8000, 2)
    assert serve_config.requested_cpus(deployed) < serve_config.ray_cpus(written, 2)


def test_local_ray_has_every_resource_that_a_deployment_asks_for() -> None:
    asking = {"name": "D", "ray_actor_options": {"resources": {"edge": 1, "fast": 0.5}}}
    assert serve_config.ray_resources(config(asking, deployment("E", 1))) == {"edge": 1000, "fast": 1000}


def test_change_of_a_user_config_needs_no_new_cluster() -> None:
    one, two = config(deployment("D", 1, user_config={"x": 1})), config(deployment("D", 1, user_config={"x": 2}))
    assert serve_config.digest(one) != serve_config.digest(two)
    assert serve_config.cluster_part(one) == serve_config.cluster_part(two)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "is no RayService"),
        ("spec: {}", "is no RayService"),
        ("spec: {serveConfigV2: '{'}", "is no RayService"),
        ("spec: {serveConfigV2: 'applications: []'}", "has no applications"),
    ],
)
def test_unusable_file_is_told(text: str, message: str, tmp_path: Path) -> None:
    (tmp_path / "rayservice.yaml").write_text(text)
    with pytest.raises(LauncherError, match=message):
        serve_config.read(tmp_path / "rayservice.yaml")


def test_missing_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(LauncherError, match="is missing"):
        serve_config.read(tmp_path / "rayservice.yaml")
