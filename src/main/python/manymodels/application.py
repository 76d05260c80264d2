"""Builds Ray Serve applications out of Java classes. A Serve config file names the functions in its import_path:

manymodels.application:build         the application; args: {hot_deployments: 10}
manymodels.application:build_single  one Java class as an application of its own, for the bench
"""

import json
from copy import deepcopy
from typing import Any

from ray.serve._private.config import DeploymentConfig, ReplicaConfig
from ray.serve._private.utils import msgpack_serialize
from ray.serve.deployment import Application, Deployment
from ray.serve.generated.serve_pb2 import DeploymentLanguage

from manymodels import ray_java_compat

APPLICATION = "many-models"
DISPATCHER = "Dispatcher"
SHARED_MEMORY = "SharedMemory"
HOT_PREFIX = "Deployment"
OVERFLOW = "Deploymentx"

JAVA_CLASSES = {
    DISPATCHER: "io.manymodels.deployment.HttpIngress",
    SHARED_MEMORY: "io.manymodels.deployment.SharedMemory",
    HOT_PREFIX: "io.manymodels.deployment.HotDeployment",
    OVERFLOW: "io.manymodels.deployment.OverflowDeployment",
}

DEFAULT_HOT_DEPLOYMENTS = 10
MAX_HOT_DEPLOYMENTS = 1000
REPLICA_CPUS = 0.1
HEALTH_CHECK_PERIOD_S = 2
HEALTH_CHECK_TIMEOUT_S = 10


class JavaDeployment(Deployment):  # type: ignore[misc]  # Ray's types are not followed
    """A deployment whose replicas run a Java class.

    Serve finds the other deployments of an application among the init args of its ingress. Java gets its own init args
    as msgpack, so here `init_args` are the child applications only, and `options` keeps them.
    """

    def __init__(
        self,
        name: str,
        deployment_config: Any,
        replica_config: Any,
        children: tuple[Application, ...] = (),
    ) -> None:
        super().__init__(name, deployment_config, replica_config, _internal=True)
        self._children = children

    @property
    def init_args(self) -> tuple[Application, ...]:
        return self._children

    @property
    def init_kwargs(self) -> dict[str, Any]:
        return {}

    def options(self, *_: Any, **options: Any) -> "JavaDeployment":
        """Options that Serve sets when it builds an application: another name or other actor options."""
        replica_config = deepcopy(self._replica_config)
        if options.get("ray_actor_options"):
            replica_config.update(ray_actor_options=options["ray_actor_options"])
        name = str(options.get("name", self.name))
        return JavaDeployment(name, deepcopy(self._deployment_config), replica_config, self._children)


def build(args: dict[str, Any]) -> Application:
    """The application. Options of a deployment (num_replicas, user_config, ...) in the config file override these."""
    _refuse_unknown(args, ("hot_deployments",))
    count = _integer(args, "hot_deployments", DEFAULT_HOT_DEPLOYMENTS, MAX_HOT_DEPLOYMENTS)
    hot = [f"{HOT_PREFIX}{i}" for i in range(1, count + 1)]
    config = json.dumps(
        {
            "application": APPLICATION,
            "hot": hot,
            "overflow": OVERFLOW,
            "shared_memory": SHARED_MEMORY,
            "dispatcher": DISPATCHER,
        }
    )
    ray_java_compat.builder()
    children = [java_deployment(name, JAVA_CLASSES[HOT_PREFIX], [config, name]) for name in hot]
    children += [java_deployment(name, JAVA_CLASSES[name], [config, name]) for name in (OVERFLOW, SHARED_MEMORY)]
    dispatcher = java_deployment(
        DISPATCHER,
        JAVA_CLASSES[DISPATCHER],
        [config, DISPATCHER],
        children=tuple(Application(child) for child in children),
        max_ongoing_requests=64,
        num_replicas=2,
    )
    return Application(dispatcher)


def build_single(args: dict[str, Any]) -> Application:
    """One Java class as an application of its own.

    Args: name (of the deployment), java_class, init_args (a list, default empty), max_ongoing_requests (default 32).
    """
    _refuse_unknown(args, ("name", "java_class", "init_args", "max_ongoing_requests"))
    name, java_class = _text(args, "name"), _text(args, "java_class")
    init_args = args.get("init_args", [])
    if not isinstance(init_args, list):
        raise ValueError(f"init_args must be a list, got {init_args!r}")
    max_ongoing_requests = _integer(args, "max_ongoing_requests", 32, 10_000)
    ray_java_compat.builder()
    return Application(java_deployment(name, java_class, init_args, max_ongoing_requests=max_ongoing_requests))


def java_deployment(
    name: str,
    java_class: str,
    init_args: list[Any],
    *,
    children: tuple[Application, ...] = (),
    max_ongoing_requests: int = 32,
    num_replicas: int = 1,
) -> JavaDeployment:
    """A deployment of `java_class`, whose constructor takes `init_args` (what msgpack can hold)."""
    deployment_config = DeploymentConfig(
        deployment_language=DeploymentLanguage.JAVA,
        is_cross_language=False,
        num_replicas=num_replicas,
        max_ongoing_requests=max_ongoing_requests,
        health_check_period_s=HEALTH_CHECK_PERIOD_S,
        health_check_timeout_s=HEALTH_CHECK_TIMEOUT_S,
    )
    replica_config = ReplicaConfig(
        deployment_def_name=java_class,
        serialized_deployment_def=java_class.encode(),
        serialized_init_args=msgpack_serialize(init_args),
        serialized_init_kwargs=None,
        ray_actor_options={"num_cpus": REPLICA_CPUS},
        needs_pickle=False,
    )
    return JavaDeployment(name, deployment_config, replica_config, children)


def _refuse_unknown(args: dict[str, Any], known: tuple[str, ...]) -> None:
    unknown = sorted(set(args) - set(known))
    if unknown:
        raise ValueError(f"unknown args: {', '.join(unknown)}; known args are {', '.join(known)}")


def _integer(args: dict[str, Any], name: str, default: int, highest: int) -> int:
    value = args.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= highest:
        raise ValueError(f"{name} must be an integer from 1 to {highest}, got {value!r}")
    return value


def _text(args: dict[str, Any], name: str) -> str:
    value = args.get(name)
    if not isinstance(value, str) or not value:
        raise ValueError(f"{name} must be a non-empty string, got {value!r}")
    return value
