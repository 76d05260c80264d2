"""Asks Ray's own classes, patch by patch, whether they treat Java replicas right; a script for test_ray_java_compat.

Every question is put in a process of its own, forked before anything was patched (a fork is fresh enough and spares
importing Ray 50 times). The script prints {"<patch> <mode>": [outcome, text]}, where the outcome is `holds`, `broken`
(wrong in the way that the patch describes) or `error` (anything else).
"""

import json
import os
import sys
import traceback
from collections.abc import Callable
from typing import Any, NamedTuple

import haproxy_probes
import ray
from probing import WrongError, expect
from ray import cross_language
from ray.serve._private import controller, deployment_state
from ray.serve._private.common import DeploymentID, ReplicaID, RequestProtocol
from ray.serve._private.config import DeploymentConfig, ReplicaConfig
from ray.serve._private.constants import RAY_SERVE_DIRECT_INGRESS_PORT_RETRY_COUNT
from ray.serve._private.deployment_info import DeploymentInfo
from ray.serve._private.deployment_state import (
    ActorReplicaWrapper,
    DeploymentRankManager,
    ReplicaHealthCheckResponse,
    ReplicaStartupStatus,
)
from ray.serve._private.node_port_manager import NodePortManager
from ray.serve._private.utils import JavaActorHandleProxy, msgpack_deserialize, msgpack_serialize
from ray.serve._private.version import DeploymentVersion
from ray.serve.generated.serve_pb2 import DeploymentLanguage, RequestMetadata
from ray.serve.schema import Target

from manymodels import ray_java_compat
from manymodels.haproxy.manager import HAProxyManager

JAVA_METHODS = {
    "checkHealth",
    "getCallable",
    "getNumOngoingRequests",
    "getVersion",
    "handleRequest",
    "isAllocated",
    "isInitialized",
    "prepareForShutdown",
    "reconfigure",
}
"""What io.ray.serve.replica.RayServeWrappedReplica has."""


class NullPointerError(Exception):
    """Ray's Java worker throws a NullPointerException for a method that the replica lacks."""


class FakeRef(NamedTuple):
    """An object reference whose call has ended, with a value or an exception."""

    outcome: Any


class FakeJavaReplica:
    """The actor handle of a Java replica: records the calls and answers as scripted."""

    def __init__(self, **answers: Any) -> None:
        self.calls: list[tuple[str, tuple[Any, ...]]] = []
        self._answers = answers
        self._actor_id = bytes.fromhex("ab")

    def __getattr__(self, name: str) -> Any:
        if name.startswith("_"):
            raise AttributeError(name)
        return _FakeMethod(self, name)

    def call(self, name: str, args: tuple[Any, ...]) -> FakeRef:
        if name not in JAVA_METHODS:
            raise NullPointerError(name)
        if any(not isinstance(arg, bytes) for arg in args):
            raise TypeError("Can't transfer PYTHON data to JAVA")
        self.calls.append((name, args))
        return FakeRef(self._answers.get(name))


class _FakeMethod(NamedTuple):
    replica: FakeJavaReplica
    name: str

    def remote(self, *args: Any) -> FakeRef:
        return self.replica.call(self.name, args)


class _NoCodeSearchPath:
    load_code_from_local = False


def fake_ray_calls(replica: FakeJavaReplica) -> None:
    def get(ref: FakeRef) -> Any:
        if isinstance(ref.outcome, Exception):
            raise ref.outcome
        return ref.outcome

    place = {"Pid": 4711, "Address": {"NodeID": "node-1", "IPAddress": "192.0.2.1"}}
    ray.get = get
    ray.get_actor = lambda *_, **__: replica
    ray.kill = lambda *_, **__: None
    ray.util.get_placement_group = lambda name: None
    ray._private.state.actors = lambda actor_id: place
    deployment_state.check_obj_ref_ready_nowait = lambda ref: isinstance(ref, FakeRef)


def java_config(**options: Any) -> DeploymentConfig:
    return DeploymentConfig(deployment_language=DeploymentLanguage.JAVA, max_ongoing_requests=32, **options)


def java_version(
    code: str = "code-1", actor_options: dict[str, Any] | None = None, **options: Any
) -> DeploymentVersion:
    return DeploymentVersion(code, java_config(**options), actor_options or {"num_cpus": 1})


def wrapper_of(replica: FakeJavaReplica, version: DeploymentVersion | None = None) -> ActorReplicaWrapper:
    fake_ray_calls(replica)
    replica_id = ReplicaID("r1", DeploymentID(name="Deployment1", app_name="many-models"))
    return ActorReplicaWrapper(replica_id, version or java_version())


def started_wrapper_of(replica: FakeJavaReplica) -> ActorReplicaWrapper:
    wrapper = wrapper_of(replica)
    wrapper._is_cross_language = True
    wrapper._assign_rank_callback = lambda replica_id, node_id: f"rank of {replica_id} on {node_id}"
    wrapper.on_scheduled(replica)
    return wrapper


def final_status(wrapper: ActorReplicaWrapper) -> tuple[Any, str | None]:
    for _ in range(2 * RAY_SERVE_DIRECT_INGRESS_PORT_RETRY_COUNT + 5):
        status, message = wrapper.check_ready()
        if status in (ReplicaStartupStatus.SUCCEEDED, ReplicaStartupStatus.FAILED):
            break
    return status, message


def p1_call_without_code_search_path() -> None:
    expect(cross_language._format_args(_NoCodeSearchPath(), ("x",), {}), ("x",))
    try:
        cross_language._format_args(_NoCodeSearchPath(), (), {"a": 1})
    except TypeError as error:
        expect("['a']" in str(error), True)
    else:
        raise WrongError("keyword arguments were not refused")


def p2_user_config_is_one_json_string() -> None:
    config = java_config(user_config={"tenant": "žluť", "n": [1, None]})
    expect(msgpack_deserialize(config.to_proto().user_config), '{"tenant": "\\u017elu\\u0165", "n": [1, null]}')
    expect(config.user_config, {"tenant": "žluť", "n": [1, None]})
    expect(java_config().to_proto().user_config, b"")
    python = DeploymentConfig(user_config={"a": 1})
    expect(DeploymentConfig.from_proto(python.to_proto()).user_config, {"a": 1})


def p3_only_methods_that_java_has() -> None:
    replica = FakeJavaReplica()
    handle = JavaActorHandleProxy(replica)
    config = java_config()
    handle.check_health.remote()
    handle.reconfigure.remote(config, "a rank", "/")
    handle.perform_graceful_shutdown.remote()
    handle.push_proxy_handle.remote(object())
    reconfigure = ("reconfigure", (config.to_proto_bytes(),))
    expect(replica.calls, [("checkHealth", ()), reconfigure, ("prepareForShutdown", ())])


def p4a_a_thread_per_ongoing_request() -> None:
    version = java_version()
    replica_config = ReplicaConfig(
        "io.example.Scorer", b"io.example.Scorer", msgpack_serialize([]), None, {"num_cpus": 1}, needs_pickle=False
    )
    info = DeploymentInfo(version.deployment_config, replica_config, 0, "01000000", actor_name="Deployment1")
    request = wrapper_of(FakeJavaReplica(), version).start(info, assign_rank_callback=lambda *_: None)
    expect(request.actor_options.get("max_concurrency"), 34)


def p4b_outcome_and_place_of_a_start() -> None:
    good = started_wrapper_of(FakeJavaReplica(isInitialized=java_version().to_proto().SerializeToString()))
    no_constructor = started_wrapper_of(FakeJavaReplica(isAllocated=RuntimeError("constructor refused")))
    no_reconfigure = started_wrapper_of(FakeJavaReplica(isInitialized=RuntimeError("config refused")))
    succeeded, failed = ReplicaStartupStatus.SUCCEEDED, ReplicaStartupStatus.FAILED
    expect(
        [final_status(wrapper) for wrapper in (good, no_constructor, no_reconfigure)],
        [(succeeded, None), (failed, "constructor refused"), (failed, "config refused")],
    )
    expect((good.pid, good.node_id, good.node_ip, good.actor_id), (4711, "node-1", "192.0.2.1", "ab"))
    expect(good.rank, "rank of r1 on node-1")


def p4c_replica_outlives_the_controller() -> None:
    running = java_version().to_proto().SerializeToString()
    replica = FakeJavaReplica(isInitialized=running)
    wrapper = wrapper_of(replica)
    expect(wrapper.recover(ingress=True), True)
    expect(wrapper.actor_handle, replica)
    expect([name for name, _ in replica.calls], ["isAllocated"])
    expect(final_status(wrapper), (ReplicaStartupStatus.SUCCEEDED, None))
    expect(wrapper.version, java_version())

    for target in (java_version("code-2"), java_version(actor_options={"num_cpus": 2})):
        outdated = wrapper_of(FakeJavaReplica(isInitialized=running), target)
        expect(outdated.recover(), True)
        expect(final_status(outdated), (ReplicaStartupStatus.SUCCEEDED, None))
        expect(outdated.version.requires_actor_restart(target), True)


def p4d_no_call_for_a_new_rank() -> None:
    replica = FakeJavaReplica()
    wrapper = started_wrapper_of(replica)
    del replica.calls[:]
    expect(wrapper.reconfigure(java_version(), "another rank"), False)
    expect((wrapper.rank, replica.calls), ("another rank", []))
    expect(wrapper.reconfigure(java_version(user_config={"a": 1}), "another rank"), True)
    expect([name for name, _ in replica.calls], ["reconfigure"])


def p4e_recovered_replica_gets_a_rank() -> None:
    ranks = DeploymentRankManager()
    ranks.recover_rank("r1", "node-1", None)
    expect(ranks.has_replica_rank("r1"), True)


def dispatcher_of(replica: FakeJavaReplica) -> ActorReplicaWrapper:
    """A started replica of the ingress; NodePortManager is Ray's own."""
    fake_ray_calls(replica)
    replica_id = ReplicaID("r1", DeploymentID(name="Dispatcher", app_name="many-models"))
    wrapper = ActorReplicaWrapper(replica_id, java_version())
    wrapper._is_cross_language = wrapper._ingress = True
    wrapper._assign_rank_callback = lambda *_: "a rank"
    wrapper.on_scheduled(replica)
    return wrapper


class FakeDispatcher(FakeJavaReplica):
    """Listens on the port that it is told, unless another program does."""

    def __init__(self, listening: int = 0, taken: tuple[int, ...] = ()) -> None:
        super().__init__(isInitialized=java_version().to_proto().SerializeToString())
        self.listening = listening
        self.taken = taken

    def call(self, name: str, args: tuple[Any, ...]) -> FakeRef:
        if name != "handleRequest":
            return super().call(name, args)
        metadata, arguments = args
        # msgpack takes no tuples.
        expect(type(arguments), list)
        (wanted,) = arguments
        expect(RequestMetadata.FromString(metadata).call_method, "ingressPort")
        if not self.listening and int(wanted) not in self.taken:
            self.listening = int(wanted)
        return FakeRef(str(self.listening))


def port_manager_knows(wrapper: ActorReplicaWrapper) -> int:
    """What Serve's controller makes of the replica's port, see controller.py:_maybe_update_ingress_ports."""
    NodePortManager.update_ports([(wrapper.node_id, "r1", wrapper.http_port, wrapper.grpc_port)])
    return NodePortManager.get_node_manager(wrapper.node_id).get_port("r1", RequestProtocol.HTTP)


def p6a_an_ingress_replica_has_a_port() -> None:
    first = deployment_state.RAY_SERVE_DIRECT_INGRESS_MIN_HTTP_PORT = 30_000
    fresh = FakeDispatcher(taken=(first, first + 1))
    wrapper = dispatcher_of(fresh)
    expect([final_status(wrapper), wrapper.http_port], [(ReplicaStartupStatus.SUCCEEDED, None), first + 2])
    expect((fresh.listening, port_manager_knows(wrapper)), (first + 2, first + 2))

    # The replica goes, and its port is kept back for a while; one that others have is never asked for again.
    NodePortManager.prune({})
    another = FakeDispatcher()
    wrapper = dispatcher_of(another)
    expect([final_status(wrapper), wrapper.http_port], [(ReplicaStartupStatus.SUCCEEDED, None), first + 3])

    # A controller that has restarted knows no ports.
    NodePortManager._node_managers.clear()
    wrapper = dispatcher_of(FakeDispatcher(listening=first + 7))
    expect([final_status(wrapper), port_manager_knows(wrapper)], [(ReplicaStartupStatus.SUCCEEDED, None), first + 7])

    everything = tuple(range(1, 65_536))
    status, message = final_status(dispatcher_of(FakeDispatcher(taken=everything)))
    expect((status, "no port for HAProxy" in str(message)), (ReplicaStartupStatus.FAILED, True))

    # Other Java replicas do not have the method.
    started = started_wrapper_of(FakeJavaReplica(isInitialized=java_version().to_proto().SerializeToString()))
    started._ingress = True
    expect([final_status(started), started.http_port], [(ReplicaStartupStatus.SUCCEEDED, None), None])


def p6b_an_ingress_replica_can_be_a_target() -> None:
    wrapper = started_wrapper_of(FakeJavaReplica(isInitialized=java_version().to_proto().SerializeToString()))
    final_status(wrapper)
    Target(ip="192.0.2.1", port=30_000, instance_id=wrapper.node_instance_id, name="a replica")


def p7a_the_controller_starts_our_manager() -> None:
    expect(controller.HAProxyManager, HAProxyManager)


def p5_false_is_unhealthy() -> None:
    responses = []
    for outcome in (True, False):
        wrapper = started_wrapper_of(FakeJavaReplica())
        wrapper._health_check_ref = FakeRef(outcome)
        responses.append(wrapper._check_active_health_check())
    expect(responses, [ReplicaHealthCheckResponse.SUCCEEDED, ReplicaHealthCheckResponse.APP_FAILURE])


class Probe(NamedTuple):
    ask: Callable[[], None]
    upstream: type[Exception] = WrongError
    """What unpatched Ray runs into."""


PROBES = {
    "p1": Probe(p1_call_without_code_search_path, ValueError),
    "p2": Probe(p2_user_config_is_one_json_string, TypeError),
    "p3": Probe(p3_only_methods_that_java_has, TypeError),
    "p4a": Probe(p4a_a_thread_per_ongoing_request),
    "p4b": Probe(p4b_outcome_and_place_of_a_start),
    "p4c": Probe(p4c_replica_outlives_the_controller, NullPointerError),
    "p4d": Probe(p4d_no_call_for_a_new_rank),
    "p4e": Probe(p4e_recovered_replica_gets_a_rank, AttributeError),
    "p5": Probe(p5_false_is_unhealthy),
    "p6a": Probe(p6a_an_ingress_replica_has_a_port),
    "p6b": Probe(p6b_an_ingress_replica_can_be_a_target, ValueError),
    "p7a": Probe(p7a_the_controller_starts_our_manager),
    "p7b": Probe(haproxy_probes.p7b_answers_are_ours),
    "p7c": Probe(haproxy_probes.p7c_haproxy_comes_back),
    "p7d": Probe(haproxy_probes.p7d_orphans_are_replaced, RuntimeError),
    "p7e": Probe(haproxy_probes.p7e_the_nearest_is_asked_first),
    "p7f": Probe(haproxy_probes.p7f_answers_are_counted),
}


def controller_and_haproxy() -> None:
    ray_java_compat.controller()
    ray_java_compat.haproxy()


def twice() -> None:
    controller_and_haproxy()
    first = ActorReplicaWrapper.start, ActorReplicaWrapper.check_ready, DeploymentConfig.to_proto
    for entry_point in (controller_and_haproxy, ray_java_compat.proxy, ray_java_compat.builder):
        entry_point()
    again = ActorReplicaWrapper.start, ActorReplicaWrapper.check_ready, DeploymentConfig.to_proto
    if first != again:
        raise RuntimeError("the second call patched a patch")


MODES: dict[str, Callable[[], None]] = {
    "on": controller_and_haproxy,
    "off": controller_and_haproxy,
    "twice": twice,
    "builder": ray_java_compat.builder,
    "proxy": ray_java_compat.proxy,
}

QUESTIONS = [(patch, mode) for patch in PROBES for mode in ("on", "off", "twice")]
QUESTIONS += [("p2", "builder"), ("p1", "proxy"), ("p3", "proxy")]


def outcome_of(patch: str, mode: str) -> tuple[str, str]:
    """Runs in a process of its own."""
    probe = PROBES[patch]
    os.environ["MANY_MODELS_BRIDGE_OFF"] = patch if mode == "off" else ""
    try:
        MODES[mode]()
        probe.ask()
    except probe.upstream:
        return "broken", traceback.format_exc()
    except Exception:
        return "error", traceback.format_exc()
    return "holds", ""


def ask_in_fork(patch: str, mode: str) -> list[str]:
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            json.dump(outcome_of(patch, mode), pipe)
        os._exit(0)
    os.close(writer)
    with os.fdopen(reader) as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return json.loads(text) if text else ["error", "the process died"]


if __name__ == "__main__":
    json.dump({f"{patch} {mode}": ask_in_fork(patch, mode) for patch, mode in QUESTIONS}, sys.stdout)
