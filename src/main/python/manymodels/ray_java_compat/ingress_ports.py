"""Patches by which Serve's HAProxies find the Java replicas of an ingress. "Upstream" is Ray 2.60.0.

In HAProxy mode Serve sends requests to the ingress replicas' own HTTP ports. A Python replica allocates its port at the
controller (ray/serve/_private/replica.py:_maybe_start_direct_ingress_servers) and reports it. A Java replica can do
neither, so here the controller allocates the port and tells the replica to listen on it.
"""

from typing import Any, NamedTuple

import ray
from ray.serve._private import deployment_state
from ray.serve._private.common import RequestProtocol
from ray.serve._private.constants import RAY_SERVE_DIRECT_INGRESS_PORT_RETRY_COUNT, RAY_SERVE_ENABLE_DIRECT_INGRESS
from ray.serve._private.deployment_state import ActorReplicaWrapper, ReplicaStartupStatus
from ray.serve._private.node_port_manager import NoAvailablePortError, NodePortManager
from ray.serve.generated.serve_pb2 import RequestMetadata

from manymodels.application import DISPATCHER
from manymodels.ray_java_compat.patching import replace
from manymodels.ray_java_compat.replicas import has_ended, is_java

METHOD = "ingressPort"
"""Of io.manymodels.deployment.HttpIngress: listens on the port given, or on none for 0; answers where it listens."""

_ASKED = "_many_models_port_asked"


class _Asked(NamedTuple):
    """A question to a replica, under way or answered."""

    wanted: int
    refused: int
    answer: Any


def p6a_ingress_port() -> None:
    """Give each Java replica of the Dispatcher an HTTP port of its own, and know it again after a restart.

    Upstream: deployment_state.py:ActorReplicaWrapper.check_ready learns the port from what a Python replica's
    initialize_and_get_metadata returns. A Java replica has none, so it is no target of HAProxy: all its requests go to
    the Python proxy that HAProxy falls back to.
    """

    def make(check_ready: Any) -> Any:
        def check_ready_and_port(self: Any) -> Any:
            status, message = check_ready(self)
            if status is ReplicaStartupStatus.SUCCEEDED and self._http_port is None and _takes_requests(self):
                return _port_of(self)
            return status, message

        return check_ready_and_port

    replace(ActorReplicaWrapper, "check_ready", make)


def p6b_instance_id() -> None:
    """Give a Java replica a cloud instance id, an empty one.

    Upstream: schema.py:Target needs a text, and deployment_state.py:ActorReplicaWrapper has None until a Python replica
    reports it. With a port, but without this id, the controller's loop fails every time ("1 validation error for
    Target").
    """

    def make(check_ready: Any) -> Any:
        def check_ready_and_instance(self: Any) -> Any:
            if is_java(self) and self._node_instance_id is None:
                self._node_instance_id = ""
            return check_ready(self)

        return check_ready_and_instance

    replace(ActorReplicaWrapper, "check_ready", make)


def _takes_requests(wrapper: Any) -> bool:
    """Whether it is a replica that has the method.

    Asking another one would throw in Java, and Serve would never see it idle (RayServeReplicaImpl.handleRequest).
    """
    is_dispatcher = wrapper._replica_id.deployment_id.name == DISPATCHER
    return RAY_SERVE_ENABLE_DIRECT_INGRESS and is_java(wrapper) and wrapper._ingress and is_dispatcher


def _port_of(wrapper: Any) -> tuple[Any, str | None]:
    """One step; never blocks on the replica. A replica that has a port keeps it, so it is asked for that first."""
    try:
        asked = getattr(wrapper, _ASKED, None) or _ask(wrapper, 0, refused=0)
        if not has_ended(asked.answer):
            return ReplicaStartupStatus.PENDING_INITIALIZATION, None
        port = int(ray.get(asked.answer))
        if port:
            wrapper._http_port = port
            return ReplicaStartupStatus.SUCCEEDED, None
        _ask_for_another(wrapper, asked)
    except Exception as error:
        message = f"no port for HAProxy: {error}"
        deployment_state.logger.warning(f"{wrapper._replica_id} will be stopped: {message}")
        return ReplicaStartupStatus.FAILED, message
    return ReplicaStartupStatus.PENDING_INITIALIZATION, None


def _ask_for_another(wrapper: Any, asked: _Asked) -> None:
    ports = NodePortManager.get_node_manager(wrapper._node_id)
    replica = wrapper._replica_id.unique_id
    refused = asked.refused
    if asked.wanted:
        # Blocked, because another program has it.
        ports.release_port(replica, asked.wanted, RequestProtocol.HTTP, block_port=True)
        refused += 1
    if refused >= RAY_SERVE_DIRECT_INGRESS_PORT_RETRY_COUNT:
        raise NoAvailablePortError(RequestProtocol.HTTP, wrapper._node_id)
    _ask(wrapper, ports.allocate_port(replica, RequestProtocol.HTTP), refused)


def _ask(wrapper: Any, wanted: int, refused: int) -> _Asked:
    metadata = RequestMetadata(request_id=f"{METHOD}-{wanted}", call_method=METHOD)
    answer = wrapper._actor_handle.handle_request.remote(metadata.SerializeToString(), [str(wanted)])
    asked = _Asked(wanted, refused, answer)
    setattr(wrapper, _ASKED, asked)
    return asked
