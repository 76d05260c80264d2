"""The builders: names, Java classes and defaults; what a config file overrides; what a user gets wrong."""

import json
from typing import Any

import pytest
from ray._common.utils import import_attr
from ray.serve._private.api import call_user_app_builder_with_args_if_necessary
from ray.serve._private.application_state import override_deployment_info
from ray.serve._private.build_app import BuiltApplication, build_app
from ray.serve._private.deploy_utils import deploy_args_to_deployment_info
from ray.serve._private.utils import msgpack_deserialize
from ray.serve.generated.serve_pb2 import DeploymentLanguage
from ray.serve.schema import ServeApplicationSchema

from manymodels.application import build_single


def built(import_path: str, args: dict[str, Any]) -> BuiltApplication:
    """As Serve builds it, with plain objects in the place of deployment handles."""
    application = call_user_app_builder_with_args_if_necessary(import_attr(import_path), args)
    return build_app(application, name="many-models", make_deployment_handle=lambda *_: object())


def hot_names(count: int) -> list[str]:
    return [f"Deployment{i}" for i in range(1, count + 1)]


@pytest.mark.parametrize(("args", "count"), [({}, 10), ({"hot_deployments": 1}, 1), ({"hot_deployments": 100}, 100)])
def test_names_follow_the_args(args: dict[str, Any], count: int) -> None:
    application = built("manymodels.application:build", args)
    names = [deployment.name for deployment in application.deployments]
    assert names == [*hot_names(count), "Deploymentx", "SharedMemory", "Dispatcher"]
    assert application.ingress_deployment_name == "Dispatcher"


def test_java_classes_and_defaults() -> None:
    application = built("manymodels.application:build", {"hot_deployments": 1})
    found = {
        deployment.name: (
            deployment._replica_config.deployment_def_name,
            deployment.max_ongoing_requests,
            deployment.num_replicas,
        )
        for deployment in application.deployments
    }
    assert found == {
        "Deployment1": ("io.manymodels.deployment.HotDeployment", 32, 1),
        "Deploymentx": ("io.manymodels.deployment.OverflowDeployment", 32, 1),
        "SharedMemory": ("io.manymodels.deployment.SharedMemory", 32, 1),
        "Dispatcher": ("io.manymodels.deployment.HttpIngress", 64, 2),
    }
    for deployment in application.deployments:
        config = deployment._deployment_config
        assert (config.health_check_period_s, config.health_check_timeout_s) == (2, 10)
        assert config.deployment_language == DeploymentLanguage.JAVA
        assert deployment.ray_actor_options == {"num_cpus": 0.1}


def test_java_gets_the_config_and_its_own_name() -> None:
    application = built("manymodels.application:build", {"hot_deployments": 2})
    for deployment in application.deployments:
        config, name = msgpack_deserialize(deployment._replica_config.serialized_init_args)
        assert name == deployment.name
        assert json.loads(config) == {
            "application": "many-models",
            "hot": ["Deployment1", "Deployment2"],
            "overflow": "Deploymentx",
            "shared_memory": "SharedMemory",
            "dispatcher": "Dispatcher",
        }


def test_config_file_overrides_the_defaults() -> None:
    application = built("manymodels.application:build", {"hot_deployments": 1})
    infos = {
        deployment.name: deploy_args_to_deployment_info(
            deployment_name=deployment.name,
            deployment_config_proto_bytes=deployment._deployment_config.to_proto_bytes(),
            replica_config_proto_bytes=deployment._replica_config.to_proto_bytes(),
            deployer_job_id="01000000",
            app_name="many-models",
            route_prefix="/" if deployment.name == "Dispatcher" else None,
        )
        for deployment in application.deployments
    }
    options = {"name": "Deployment1", "num_replicas": 3, "max_ongoing_requests": 8, "user_config": {"weight": 1}}
    file = {"name": "many-models", "import_path": "manymodels.application:build", "deployments": [options]}
    overridden = override_deployment_info(infos, ServeApplicationSchema(**file))
    hot = overridden["Deployment1"].deployment_config
    assert (hot.num_replicas, hot.max_ongoing_requests, hot.user_config) == (3, 8, {"weight": 1})
    assert (hot.health_check_period_s, hot.deployment_language) == (2, DeploymentLanguage.JAVA)
    assert msgpack_deserialize(hot.to_proto().user_config) == '{"weight": 1}'
    assert overridden["Dispatcher"].deployment_config.num_replicas == 2


def test_runtime_env_of_the_application_reaches_every_deployment() -> None:
    application = build_app(
        import_attr("manymodels.application:build")({"hot_deployments": 1}),
        name="many-models",
        make_deployment_handle=lambda *_: object(),
        default_runtime_env={"env_vars": {"A": "b"}},
    )
    for deployment in application.deployments:
        assert deployment.ray_actor_options == {"num_cpus": 0.1, "runtime_env": {"env_vars": {"A": "b"}}}


@pytest.mark.parametrize("count", [0, 1001, -1, True, "10", 1.0, None, [10]])
def test_bad_number_of_hot_deployments(count: object) -> None:
    expected = rf"^hot_deployments must be an integer from 1 to 1000, got {count!r}$"
    with pytest.raises(ValueError, match=expected.replace("[", r"\[").replace("]", r"\]")):
        built("manymodels.application:build", {"hot_deployments": count})


def test_unknown_args() -> None:
    with pytest.raises(ValueError, match=r"^unknown args: hot, overflow; known args are hot_deployments$"):
        built("manymodels.application:build", {"overflow": 1, "hot": 2})


def test_single_java_class() -> None:
    args = {"name": "Echo", "java_class": "io.example.Echo", "init_args": ["a", 1], "max_ongoing_requests": 7}
    application = built("manymodels.application:build_single", args)
    (deployment,) = application.deployments
    assert application.ingress_deployment_name == deployment.name == "Echo"
    assert deployment._replica_config.deployment_def_name == "io.example.Echo"
    assert list(msgpack_deserialize(deployment._replica_config.serialized_init_args)) == ["a", 1]
    assert deployment.max_ongoing_requests == 7


@pytest.mark.parametrize("threads", [1, 10_000])
def test_bounds_of_a_number(threads: int) -> None:
    (deployment,) = built(
        "manymodels.application:build_single", {"name": "E", "java_class": "E", "max_ongoing_requests": threads}
    ).deployments
    assert deployment.max_ongoing_requests == threads


@pytest.mark.parametrize(
    ("args", "message"),
    [
        ({}, r"^name must be a non-empty string, got None$"),
        ({"name": "Echo"}, r"^java_class must be a non-empty string, got None$"),
        ({"name": "Echo", "java_class": 1}, r"^java_class must be a non-empty string, got 1$"),
        ({"name": "Echo", "java_class": "E", "init_args": "a"}, r"^init_args must be a list, got 'a'$"),
        ({"name": "Echo", "java_class": "E", "max_ongoing_requests": 10_001}, r"^max_ongoing_requests must be an"),
        ({"name": "Echo", "class": "E"}, r"^unknown args: class; known args are name, java_class"),
    ],
)
def test_bad_args_of_a_single_class(args: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        build_single(args)
