"""Whether the resources of deploy/ fit each other: sizes, ports, labels, secrets."""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher.build import shipped
from launcher.kubernetes import check_config
from launcher.project import Project

Resource = dict[str, Any]

# What a JVM takes beside its heap: metaspace, code, threads, the native core of Ray. A JVM whose heap is not full takes
# 131 to 277 MiB in all (bench/RESULTS.md).
JVM_BESIDE_HEAP_MIB = 192
# Raylet, agents, proxy and one JVM that Ray starts in advance, in each pod.
RAY_MIB = 900


def mib(quantity: str) -> int:
    found = re.fullmatch(r"(\d+)(Mi|Gi)", quantity)
    assert found, quantity
    return int(found.group(1)) * (1024 if found.group(2) == "Gi" else 1)


def cpus(quantity: str) -> float:
    return int(quantity[:-1]) / 1000 if quantity.endswith("m") else float(quantity)


def heap_mib() -> int:
    (option,) = [option for option in shipped.MEMORY_OPTIONS if option.startswith("-Xmx")]
    return int(option.removeprefix("-Xmx").removesuffix("m"))


def deployments(service: Resource) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = yaml.safe_load(service["spec"]["serveConfigV2"])["applications"][0]["deployments"]
    return found


def replicas(deployment: dict[str, Any]) -> int:
    return int(deployment.get("num_replicas", 1))


def memory_of_replica(deployment: dict[str, Any]) -> int:
    """The most that a replica of it takes, in MiB: heap, the rest of the JVM, models."""
    models = (deployment.get("user_config") or {}).get("capacity_mib", 0)
    is_holder = deployment["name"].startswith("Deployment")
    assert models or not is_holder, f"{deployment['name']} may load models without bound"
    # Netty's buffers, which a JVM bounds by its heap.
    buffers = heap_mib() if deployment["name"] == "Dispatcher" else 0
    return heap_mib() + JVM_BESIDE_HEAP_MIB + buffers + models


def groups(service: Resource) -> dict[str, dict[str, Any]]:
    return {group["groupName"]: group for group in service["spec"]["rayClusterConfig"]["workerGroupSpecs"]}


def fits(deployment: dict[str, Any], group: dict[str, Any]) -> bool:
    """Whether a pod of the group, with nothing in it yet, takes a replica."""
    options = deployment["ray_actor_options"]
    asked = {"CPU": options["num_cpus"], **options.get("resources", {})}
    return all(amount <= float(group["resources"].get(name, 0)) for name, amount in asked.items())


def placed(service: Resource) -> dict[str, list[dict[str, Any]]]:
    """The deployments of each group of pods. None may be in two: it could take the room of others."""
    found: dict[str, list[dict[str, Any]]] = {name: [] for name in groups(service)}
    for deployment in deployments(service):
        (name,) = [name for name, group in groups(service).items() if fits(deployment, group)]
        found[name].append(deployment)
    return found


def replicas_of_a_pod(deployment: dict[str, Any], group: dict[str, Any]) -> float:
    """How many replicas of it alone a pod of the group takes."""
    options = deployment["ray_actor_options"]
    asked = {"CPU": options["num_cpus"], **options.get("resources", {})}
    return min(float(group["resources"][name]) / amount for name, amount in asked.items() if amount)


def containers(service: Resource) -> list[dict[str, Any]]:
    cluster = service["spec"]["rayClusterConfig"]
    return [
        group["template"]["spec"]["containers"][0] for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])
    ]


def test_smallest_groups_have_room_for_every_replica(service: Resource) -> None:
    for name, members in placed(service).items():
        group = groups(service)[name]
        pods = sum(replicas(each) / replicas_of_a_pod(each, group) for each in members)
        assert 0 < pods <= group["minReplicas"], (name, pods)
        assert group["minReplicas"] <= group["replicas"] <= group["maxReplicas"]


def test_ray_hands_out_no_more_cpus_than_the_container_may_use(service: Resource) -> None:
    for group in groups(service).values():
        resources = group["template"]["spec"]["containers"][0]["resources"]
        assert float(group["resources"]["CPU"]) <= cpus(resources["limits"]["cpu"])
        assert cpus(resources["requests"]["cpu"]) <= cpus(resources["limits"]["cpu"])


def test_container_has_memory_for_as_many_replicas_as_ray_lets_in(service: Resource) -> None:
    for name, members in placed(service).items():
        group = groups(service)[name]
        pod = group["template"]["spec"]
        # The worst mix is one deployment alone.
        heaviest = max(memory_of_replica(each) * replicas_of_a_pod(each, group) for each in members)
        (shared,) = [volume["emptyDir"]["sizeLimit"] for volume in pod["volumes"] if "emptyDir" in volume]
        needed = heaviest + RAY_MIB + mib(shared)
        resources = pod["containers"][0]["resources"]
        assert needed <= mib(resources["limits"]["memory"]), (name, needed)
        # A node never has to take back what a replica holds.
        assert resources["requests"]["memory"] == resources["limits"]["memory"]


def test_a_pod_of_dispatchers_holds_one_and_nothing_else(service: Resource) -> None:
    group = groups(service)["dispatchers"]
    (dispatcher,) = placed(service)["dispatchers"]
    assert dispatcher["name"] == "Dispatcher"
    assert replicas_of_a_pod(dispatcher, group) == 1
    assert replicas(dispatcher) >= 2
    # It does ask for CPUs of the node.
    assert cpus(group["template"]["spec"]["containers"][0]["resources"]["requests"]["cpu"]) >= 0.5


def test_shared_memory_holds_object_store_and_node_cache(service: Resource, resources: list[Resource]) -> None:
    (settings,) = [each["data"] for each in resources if each["kind"] == "ConfigMap"]
    folder, _, cache = settings["MANY_MODELS_NODE_CACHE"].partition("?mib=")
    assert folder.startswith("file:/dev/shm/many-models/")
    for group in groups(service).values():
        pod = group["template"]["spec"]
        (shared,) = [volume for volume in pod["volumes"] if "emptyDir" in volume]
        assert {"name": shared["name"], "mountPath": "/dev/shm"} in pod["containers"][0]["volumeMounts"]
        store = int(group["rayStartParams"]["object-store-memory"]) / 2**20
        assert shared["emptyDir"]["medium"] == "Memory"
        assert int(cache) + store <= mib(shared["emptyDir"]["sizeLimit"])


def test_own_ports_lead_only_to_pods_of_dispatchers(service: Resource, resources: list[Resource]) -> None:
    (settings,) = [each["data"] for each in resources if each["kind"] == "ConfigMap"]
    ports = {port["name"]: port for port in service["spec"]["serveService"]["spec"]["ports"]}
    assert ports["serve-direct"]["targetPort"] == "direct"
    assert ports["serve"]["targetPort"] == 8000
    have = {
        name: {port["name"]: port["containerPort"] for port in group["template"]["spec"]["containers"][0]["ports"]}
        for name, group in groups(service).items()
    }
    assert (
        str(have["dispatchers"]["direct"]) == settings["MANY_MODELS_DIRECT_PORT"] == str(ports["serve-direct"]["port"])
    )
    assert ports["serve-grpc"]["targetPort"] == "grpc"
    assert str(have["dispatchers"]["grpc"]) == settings["MANY_MODELS_GRPC_PORT"] == str(ports["serve-grpc"]["port"])
    assert not {"direct", "grpc"} & set(have["models"])
    # The operator makes the ports of the Service whose names the head has (KubeRay 1.6.2, BuildServeService).
    head = {port["name"] for port in containers(service)[0]["ports"]}
    assert set(ports) <= head
    assert not {"direct", "grpc"} & head
    assert service["spec"]["excludeHeadPodFromServeSvc"] is True


def test_pods_are_asked_whether_they_are_ready(service: Resource) -> None:
    probes = {name: group["template"]["spec"]["containers"][0] for name, group in groups(service).items()}
    assert probes["dispatchers"]["readinessProbe"]["httpGet"] == {"path": "/-/ready", "port": 8001}
    assert probes["models"]["readinessProbe"]["httpGet"] == {"path": "/-/healthz", "port": 8000}
    for container in containers(service):
        assert container["livenessProbe"]["httpGet"]["port"] == 52365
        # Longer than a head takes to come back, which the check of a raylet waits for.
        liveness = container["livenessProbe"]
        assert liveness["periodSeconds"] * liveness["failureThreshold"] >= 120


def test_nothing_of_the_cluster_is_public(service: Resource, resources: list[Resource]) -> None:
    assert service["spec"]["serveService"]["spec"]["type"] == "ClusterIP"
    assert service["spec"]["rayClusterConfig"]["headGroupSpec"]["serviceType"] == "ClusterIP"
    assert service["spec"]["rayClusterConfig"]["authOptions"]["mode"] == "token"
    assert not [each for each in resources if each["kind"] in ("Service", "Ingress")]


def test_network_policy_lets_in_requests_and_the_operator_only(resources: list[Resource]) -> None:
    policies = {each["metadata"]["name"]: each["spec"] for each in resources if each["kind"] == "NetworkPolicy"}
    assert policies["default-deny"] == {"podSelector": {}, "policyTypes": ["Ingress", "Egress"]}
    ours = policies["many-models"]
    pods = ours["podSelector"]
    opened = [rule for rule in ours["ingress"] if "from" not in rule]
    assert [[port["port"] for port in rule["ports"]] for rule in opened] == [[8000, 8001, 8081]]
    within, operator = (rule for rule in ours["ingress"] if "from" in rule)
    assert within == {"from": [{"podSelector": pods}]}
    assert [port["port"] for port in operator["ports"]] == [8265]
    assert {"to": [{"podSelector": pods}]} in ours["egress"]
    assert all("ports" in rule for rule in ours["egress"] if rule["to"] != [{"podSelector": pods}])


def test_every_redis_of_the_settings_is_reachable(resources: list[Resource]) -> None:
    (settings,) = [each["data"] for each in resources if each["kind"] == "ConfigMap"]
    service = next(each for each in resources if each["kind"] == "RayService")
    (policy,) = [
        each["spec"]
        for each in resources
        if each["metadata"]["name"] == "many-models" and "egress" in each.get("spec", {})
    ]
    allowed = {port["port"] for rule in policy["egress"] for port in rule.get("ports", [])}
    addresses = [settings["MANY_MODELS_WARM"], settings["MANY_MODELS_STATE"]]
    addresses.append(service["spec"]["rayClusterConfig"]["gcsFaultToleranceOptions"]["redisAddress"])
    for address in addresses:
        found = re.fullmatch(r"rediss://[a-z0-9.-]+:(\d+)(/.*)?", address)
        assert found, f"{address}: TLS and a port"
        assert int(found.group(1)) in allowed


def test_shipped_interval_of_polls_is_what_the_sizing_page_recommends(
    repository: Path, rendered: Callable[[str], str]
) -> None:
    page = (repository / "docs" / "sizing.md").read_text()
    recommended = re.findall(r"so\s+poll\s+every\s+(\d+)\s+s\s+or\s+more", page)
    data = [each["data"] for each in yaml.safe_load_all(rendered("")) if each["kind"] == "ConfigMap"]
    assert [each["MANY_MODELS_VERSION_POLL_S"] for each in data] == recommended


def test_labels_select_the_pods(service: Resource, resources: list[Resource]) -> None:
    cluster = service["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        labels = group["template"]["metadata"]["labels"]
        assert labels["app.kubernetes.io/name"] == "many-models"
        assert labels["azure.workload.identity/use"] == "true"
        assert group["template"]["spec"]["serviceAccountName"] == "many-models"
    budgets = [each["spec"] for each in resources if each["kind"] == "PodDisruptionBudget"]
    assert {budget["selector"]["matchLabels"]["ray.io/group"] for budget in budgets} == set(groups(service))
    assert all("maxUnavailable" not in budget for budget in budgets)


def test_all_is_in_one_namespace_and_labelled(resources: list[Resource]) -> None:
    for each in resources:
        if each["kind"] == "Namespace":
            assert each["metadata"]["name"] == "many-models"
        else:
            assert each["metadata"]["namespace"] == "many-models", each["kind"]
        if each["kind"] != "ConfigMap":
            assert each["metadata"]["labels"]["app.kubernetes.io/name"] == "many-models", each["kind"]


def test_no_pod_runs_as_root_or_gains_rights(service: Resource) -> None:
    cluster = service["spec"]["rayClusterConfig"]
    for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"]):
        assert group["template"]["spec"]["securityContext"]["runAsNonRoot"] is True
        assert group["template"]["spec"]["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    for security in [each["securityContext"] for each in containers(service)] + [
        cluster["autoscalerOptions"]["securityContext"]
    ]:
        assert security == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]}}


def test_settings_and_image_reach_every_pod(service: Resource, resources: list[Resource]) -> None:
    (settings,) = [each for each in resources if each["kind"] == "ConfigMap"]
    named = settings["metadata"]["name"]
    assert re.fullmatch(r"many-models-settings-[a-z0-9]+", named)
    for container in containers(service):
        assert container["envFrom"] == [{"configMapRef": {"name": named}}]
    assert len({container["image"] for container in containers(service)}) == 1
    assert not any(re.search("PASSWORD|TOKEN|SECRET", name) for name in settings["data"])


@pytest.mark.jar
@pytest.mark.parametrize("size", ["", "small"])
def test_what_kustomize_makes_may_be_applied(repository: Path, rendered: Callable[[str], str], size: str) -> None:
    check_config.require(Project(repository), check_config.parse("rendered", rendered(size).encode()))


def test_kubectl_takes_the_file_as_it_is(repository: Path) -> None:
    """Its strict reader refuses a key that stands beside a `<<` that brings it too."""
    assert "<<" not in (repository / "deploy" / "rayservice.yaml").read_text()


def test_example_of_the_readme_replaces_every_placeholder(rendered: Callable[[str], str]) -> None:
    assert ".invalid" in rendered("")
    made = rendered("small")
    assert ".invalid" not in made
    assert "azblob://account/" not in made
    assert made.count("image: myregistry.azurecr.io/many-models:0.1.0") == 3
