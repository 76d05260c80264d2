"""Patches of how the Serve controller starts, recovers and watches a Java replica. "Upstream" is Ray 2.60.0; all
upstream functions named here are in ray/serve/_private/deployment_state.py.
"""

import json
from typing import Any

import ray
from ray.exceptions import RayTaskError
from ray.serve._private import deployment_state
from ray.serve._private.deployment_state import (
    ActorReplicaWrapper,
    DeploymentRankManager,
    ReplicaHealthCheckResponse,
    ReplicaStartupStatus,
)
from ray.serve._private.utils import JavaActorHandleProxy
from ray.serve._private.version import DeploymentVersion
from ray.serve.generated.serve_pb2 import DeploymentLanguage
from ray.serve.generated.serve_pb2 import DeploymentVersion as DeploymentVersionProto

from manymodels.ray_java_compat.patching import replace

SPARE_THREADS = 2
"""Threads beyond max_ongoing_requests, meant for health check and reconfigure; requests may take them too."""


def p4a_threads() -> None:
    """Give a Java replica a thread per ongoing request.

    Upstream: ActorReplicaWrapper.start sets max_concurrency only above 1000 ongoing requests, because a Python
    replica is an asyncio actor. A Java replica would run on one thread, and ReplicaConfig refuses max_concurrency in
    ray_actor_options.
    """

    def make(start: Any) -> Any:
        def start_with_threads(self: Any, *args: Any, **kwargs: Any) -> Any:
            request = start(self, *args, **kwargs)
            if is_java(self):
                threads = self._version.deployment_config.max_ongoing_requests + SPARE_THREADS
                request.actor_options["max_concurrency"] = threads
            return request

        return start_with_threads

    replace(ActorReplicaWrapper, "start", make)


def p4b_startup() -> None:
    """Look at the outcome of a Java replica's start and of its reconfigure, and at where it runs.

    Upstream: ActorReplicaWrapper.check_ready calls a Java replica ready as soon as its calls have ended, however they
    ended: a throwing constructor is HEALTHY and starts again for ever. Its node, pid and actor id stay unknown, so a
    node with Java replicas only gets no proxy, and it is given no rank ("Found active keys without ranks").
    """

    def make(check_ready: Any) -> Any:
        def check_ready_of_java(self: Any) -> Any:
            return _java_startup(self) if is_java(self) else check_ready(self)

        return check_ready_of_java

    replace(ActorReplicaWrapper, "check_ready", make)


def p4c_recovery() -> None:
    """Keep the Java replicas when the controller restarts.

    Upstream: ActorReplicaWrapper.recover knows a Java replica only by a flag that start sets. After a controller
    restart it asks the replica was_initialized, which Java lacks, and kills every Java replica.
    """

    def make(recover: Any) -> Any:
        def recover_java(self: Any, ingress: bool = False) -> Any:
            if not is_java(self):
                return recover(self, ingress)
            self._ingress = ingress
            self._is_cross_language = True
            try:
                handle = ray.get_actor(self._actor_name, namespace=deployment_state.SERVE_NAMESPACE)
            except ValueError:
                return False
            self._actor_handle = JavaActorHandleProxy(handle)
            self._allocated_obj_ref = self._actor_handle.is_allocated.remote()
            return True

        return recover_java

    replace(ActorReplicaWrapper, "recover", make)


def p4d_rank_change() -> None:
    """Do not call a Java replica for a new rank.

    Upstream: ActorReplicaWrapper.reconfigure calls the replica for a new rank too. Java is not told the rank, so its
    reconfigure would run again with the user_config it has, and the replica would leave the routing for that time.
    """

    def make(reconfigure: Any) -> Any:
        def reconfigure_java(self: Any, version: Any, rank: Any) -> Any:
            if is_java(self) and not self._version.requires_actor_reconfigure(version):
                self._version, self._rank = version, rank
                return False
            return reconfigure(self, version, rank)

        return reconfigure_java

    replace(ActorReplicaWrapper, "reconfigure", make)


def p4e_recovered_rank() -> None:
    """Give a recovered Java replica a rank.

    Upstream: DeploymentRankManager.recover_rank expects the rank that the replica remembers. A Java replica has none,
    and the None fails (logged as an error, again and again) and leaves the replica without a rank.
    """

    def make(recover_rank: Any) -> Any:
        def recover_or_assign_rank(self: Any, replica_id: str, node_id: str, rank: Any) -> None:
            if rank is None:
                self.assign_rank(replica_id, node_id)
            else:
                recover_rank(self, replica_id, node_id, rank)

        return recover_or_assign_rank

    replace(DeploymentRankManager, "recover_rank", make)


def p5_health() -> None:
    """Count a checkHealth that answered false as a failed health check.

    Upstream: ActorReplicaWrapper._check_active_health_check takes only an exception for a failure. Java's checkHealth
    catches the exception and answers false, so an unhealthy Java replica would never be replaced.
    """

    def make(check: Any) -> Any:
        def check_answer(self: Any) -> Any:
            probe = self._health_check_ref if is_java(self) else None
            response = check(self)
            if response is not ReplicaHealthCheckResponse.SUCCEEDED or probe is None or ray.get(probe) is not False:
                return response
            deployment_state.logger.warning(f"Health check for {self._replica_id} failed: checkHealth answered false")
            self._last_health_check_failed = True
            return ReplicaHealthCheckResponse.APP_FAILURE

        return check_answer

    replace(ActorReplicaWrapper, "_check_active_health_check", make)


def is_java(wrapper: Any) -> bool:
    """Whether the replica runs Java."""
    return bool(wrapper._version.deployment_config.deployment_language == DeploymentLanguage.JAVA)


def _java_startup(wrapper: Any) -> tuple[Any, str | None]:
    """One step of a start, a recovery or a reconfigure; never blocks on the replica."""
    if not has_ended(wrapper._allocated_obj_ref):
        return ReplicaStartupStatus.PENDING_ALLOCATION, None
    try:
        if wrapper._node_id is None:
            ray.get(wrapper._allocated_obj_ref)  # raises what the constructor threw
            _learn_place(wrapper)
        if wrapper._ready_obj_ref is None:
            if wrapper._rank is None and wrapper._assign_rank_callback is not None:
                wrapper._rank = wrapper._assign_rank_callback(wrapper._replica_id.unique_id, wrapper._node_id)
            config = wrapper._version.deployment_config.to_proto_bytes()
            wrapper._ready_obj_ref = wrapper._actor_handle.is_initialized.remote(config)
        if not has_ended(wrapper._ready_obj_ref):
            return ReplicaStartupStatus.PENDING_INITIALIZATION, None
        wrapper._version = _running_version(wrapper._version, ray.get(wrapper._ready_obj_ref))
    except Exception as error:
        cause = str(error.as_instanceof_cause() if isinstance(error, RayTaskError) else error)
        deployment_state.logger.warning(
            f"{wrapper._replica_id} did not start or reconfigure, it will be stopped: {cause}"
        )
        return ReplicaStartupStatus.FAILED, cause
    return ReplicaStartupStatus.SUCCEEDED, None


def has_ended(ref: Any) -> bool:
    """Whether the call of this reference has ended, however; does not wait."""
    return ref is not None and bool(deployment_state.check_obj_ref_ready_nowait(ref))


def _learn_place(wrapper: Any) -> None:
    actor_id = wrapper.actor_handle._actor_id.hex()
    actor = ray._private.state.actors(actor_id)
    wrapper._actor_id, wrapper._pid = actor_id, actor["Pid"]
    wrapper._node_id, wrapper._node_ip = actor["Address"]["NodeID"], actor["Address"]["IPAddress"]


def _running_version(assumed: Any, answer: bytes) -> Any:
    """The version that the replica runs, from its answer to isInitialized or reconfigure.

    A recovered replica is assumed to run the target version. If the controller died in the middle of a rolling change
    of code or actor options, the answer gives an old replica away, and the controller then replaces it as it would one
    in Python. The config is the target's, because the call has just applied it.
    """
    running = DeploymentVersionProto.FromString(answer)
    options = json.loads(running.ray_actor_options) if running.ray_actor_options else {}
    if running.code_version == assumed.code_version and options == _without_nulls(assumed.ray_actor_options or {}):
        return assumed
    return DeploymentVersion(
        running.code_version, assumed.deployment_config, options, route_prefix=assumed.route_prefix
    )


def _without_nulls(value: Any) -> Any:
    """Java drops null fields when it writes JSON (and writes 1 as 1.0, which Python finds equal)."""
    if isinstance(value, dict):
        return {name: _without_nulls(item) for name, item in value.items() if item is not None}
    return value
