"""deploy/standalone as kustomize renders it: against Kubernetes' type of a pod, and how its parts fit each other."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from rendering import Rendering
from test_rayservice_schema import errors_in_template
from test_systemd_unit import DRAINED_SECONDS

from launcher.cluster import serve_config
from launcher.kubernetes.kubernetes_tools import KubernetesTools

Resource = dict[str, Any]
NAME = "many-models-standalone"
LABEL = "app.kubernetes.io/name"


@pytest.fixture(scope="session")
def rendering(repository: Path, tools: KubernetesTools, tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    return Rendering.of(repository, tools.kubectl, tmp_path_factory.mktemp("standalone"))


@pytest.fixture(scope="session", params=[False, True], ids=["as-it-is", "example"])
def resources(request: pytest.FixtureRequest, rendering: Rendering) -> list[Resource]:
    return list(yaml.safe_load_all(rendering.standalone(request.param)))


@pytest.fixture
def deployment(resources: list[Resource]) -> Resource:
    return one(resources, "Deployment")


@pytest.fixture
def pod(deployment: Resource) -> Resource:
    return copy.deepcopy(dict(deployment["spec"]["template"]["spec"]))


@pytest.fixture
def container(pod: Resource) -> Resource:
    (found,) = pod["containers"]
    return dict(found)


def one(resources: list[Resource], kind: str, name: str = "") -> Resource:
    (found,) = [
        each
        for each in resources
        if each["kind"] == kind and each["metadata"]["name"].startswith(name or "many-models")
    ]
    return found


def test_pod_is_of_kubernetes_type(deployment: Resource, tools: KubernetesTools) -> None:
    assert errors_in_template(tools.crds, deployment["spec"]["template"]) == []


def test_what_kubernetes_refuses_of_a_pod_is_found(deployment: Resource, tools: KubernetesTools) -> None:
    spoilt = copy.deepcopy(deployment["spec"]["template"])
    spoilt["spec"]["containers"][0]["readinessprobe"] = {}
    assert len(errors_in_template(tools.crds, spoilt)) == 1


def test_selectors_select_the_pod(resources: list[Resource], deployment: Resource) -> None:
    labels = deployment["spec"]["template"]["metadata"]["labels"]
    wanted = {LABEL: NAME}
    assert wanted.items() <= labels.items()
    assert deployment["spec"]["selector"]["matchLabels"] == wanted
    assert one(resources, "Service")["spec"]["selector"] == wanted
    assert one(resources, "PodDisruptionBudget")["spec"]["selector"]["matchLabels"] == wanted
    assert one(resources, "NetworkPolicy")["spec"]["podSelector"]["matchLabels"] == wanted
    (near,) = deployment["spec"]["template"]["spec"]["affinity"]["podAffinity"][
        "requiredDuringSchedulingIgnoredDuringExecution"
    ]
    assert near == {"topologyKey": "kubernetes.io/hostname", "labelSelector": {"matchLabels": wanted}}


def test_one_process_owns_the_store_and_the_next_one_is_ready_before_it_goes(deployment: Resource) -> None:
    assert deployment["spec"]["replicas"] == 1
    assert deployment["spec"]["strategy"] == {
        "type": "RollingUpdate",
        "rollingUpdate": {"maxSurge": 1, "maxUnavailable": 0},
    }


def test_pod_has_the_time_to_drain(resources: list[Resource], pod: Resource) -> None:
    lead = int(one(resources, "ConfigMap", f"{NAME}-settings")["data"]["MANY_MODELS_DRAIN_S"])
    # Time for what is under way is left after it.
    assert lead <= DRAINED_SECONDS - 10
    assert pod["terminationGracePeriodSeconds"] >= DRAINED_SECONDS + 5


def test_a_node_can_be_drained(resources: list[Resource]) -> None:
    assert one(resources, "PodDisruptionBudget")["spec"]["maxUnavailable"] == 1


def test_probes_ask_the_port_for_what_the_process_answers(container: Resource) -> None:
    port = container["ports"][0]
    for probe, path in [
        ("startupProbe", "/-/healthz"),
        ("livenessProbe", "/-/healthz"),
        ("readinessProbe", "/-/ready"),
    ]:
        assert container[probe]["httpGet"] == {"path": path, "port": port["name"]}
    # No restart for a pause that a load or a busy node makes.
    assert container["livenessProbe"]["periodSeconds"] * container["livenessProbe"]["failureThreshold"] >= 30


def test_pod_security_is_restricted(resources: list[Resource], pod: Resource, container: Resource) -> None:
    namespace = one(resources, "Namespace")
    assert namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"] == "restricted"
    assert pod["securityContext"]["runAsNonRoot"] is True
    assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
    assert container["securityContext"] == {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
        "readOnlyRootFilesystem": True,
    }
    assert pod["automountServiceAccountToken"] is False


def test_what_is_written_has_a_volume(resources: list[Resource], container: Resource, pod: Resource) -> None:
    mounts = {each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")}
    assert mounts == {"/tmp", "/var/lib/many-models"}
    settings = one(resources, "ConfigMap", f"{NAME}-settings")["data"]
    for name in ("MANY_MODELS_STATE", "MANY_MODELS_NODE_CACHE"):
        assert settings[name].startswith("file:/var/lib/many-models/")
    volumes = {each["name"]: each for each in pod["volumes"]}
    assert volumes["state"]["persistentVolumeClaim"] == {
        "claimName": one(resources, "PersistentVolumeClaim")["metadata"]["name"]
    }


def test_cache_fits_on_the_volume(resources: list[Resource]) -> None:
    settings = one(resources, "ConfigMap", f"{NAME}-settings")["data"]
    mib = int(settings["MANY_MODELS_NODE_CACHE"].partition("?mib=")[2])
    claim = one(resources, "PersistentVolumeClaim")["spec"]
    assert claim["accessModes"] == ["ReadWriteOnce"]
    gib = int(claim["resources"]["requests"]["storage"].removesuffix("Gi"))
    assert mib <= gib * 1024 / 2


def test_secrets_are_files(pod: Resource, container: Resource) -> None:
    files = {each["name"]: each["value"] for each in container["env"]}
    mounts = {each["name"]: each["mountPath"] for each in container["volumeMounts"]}
    secrets = {each["name"]: each["secret"] for each in pod["volumes"] if "secret" in each}
    # The same as for the replicas of Ray; a Redis is only needed for what is in one.
    assert {name: each["secretName"] for name, each in secrets.items()} == {
        "admin": "many-models-admin",
        "redis": "many-models-redis",
    }
    assert files == {
        "MANY_MODELS_ADMIN_TOKEN_FILE": f"{mounts['admin']}/token",
        "MANY_MODELS_REDIS_PASSWORD_FILE": f"{mounts['redis']}/password",
    }
    assert secrets["redis"]["optional"] is True
    assert "optional" not in secrets["admin"]


def test_policy_lets_in_requests_and_out_to_stores_and_names(resources: list[Resource], container: Resource) -> None:
    assert one(resources, "NetworkPolicy", "default-deny")["spec"]["podSelector"] == {}
    policy = one(resources, "NetworkPolicy")["spec"]
    ports = [{"protocol": "TCP", "port": port["containerPort"]} for port in container["ports"]]
    assert policy["ingress"] == [{"ports": ports}]
    assert {port["port"] for rule in policy["egress"] for port in rule["ports"]} == {53, 443, 6380}
    assert all(rule["to"] for rule in policy["egress"])


def test_settings_and_the_service_lead_to_the_container(resources: list[Resource], container: Resource) -> None:
    settings = one(resources, "ConfigMap", f"{NAME}-settings")["metadata"]["name"]
    assert container["envFrom"] == [{"configMapRef": {"name": settings}}]
    # So that a change starts a new pod.
    assert settings != f"{NAME}-settings"
    ports = one(resources, "Service")["spec"]["ports"]
    assert [port["targetPort"] for port in ports] == [port["name"] for port in container["ports"]] == ["http", "grpc"]
    data = one(resources, "ConfigMap", f"{NAME}-settings")["data"]
    assert data["MANY_MODELS_GRPC_PORT"] == str(container["ports"][1]["containerPort"])


def test_all_is_in_one_namespace_and_labelled(resources: list[Resource]) -> None:
    for each in resources:
        assert each["kind"] == "Namespace" or each["metadata"]["namespace"] == "many-models", each["kind"]
        if each["kind"] != "ConfigMap":
            assert each["metadata"]["labels"]["app.kubernetes.io/part-of"] == "many-models", each["kind"]


def test_example_serves_by_a_file_that_changes_without_a_restart(rendering: Rendering, repository: Path) -> None:
    resources = list(yaml.safe_load_all(rendering.standalone()))
    config = one(resources, "ConfigMap", "many-models-config")
    assert config["metadata"]["name"] == "many-models-config"
    assert config["data"] == {"rayservice.yaml": (repository / "deploy" / "rayservice.yaml").read_text()}
    pod = one(resources, "Deployment")["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (volume,) = [each for each in pod["volumes"] if each.get("configMap")]
    (mount,) = [each for each in container["volumeMounts"] if each["name"] == volume["name"]]
    assert volume["configMap"] == {"name": "many-models-config"}
    # The kubelet never changes a file that is mounted alone.
    assert "subPath" not in mount
    assert container["args"] == ["serve", "--config", f"{mount['mountPath']}/rayservice.yaml"]


def test_example_replaces_every_placeholder(rendering: Rendering) -> None:
    made = rendering.standalone()
    assert "azblob://account/" not in made
    assert "image: myregistry.azurecr.io/many-models-standalone:0.1.0" in made


def test_shipped_configuration_fits_into_the_container(rendering: Rendering, repository: Path) -> None:
    """Half of the memory is for models; see io.manymodels.standalone.MachineDefaults."""
    container = one(list(yaml.safe_load_all(rendering.standalone())), "Deployment")["spec"]["template"]["spec"][
        "containers"
    ][0]
    memory = container["resources"]["limits"]["memory"]
    assert container["resources"]["requests"]["memory"] == memory
    config = serve_config.read(repository / "deploy" / "rayservice.yaml")
    sizes = [each["user_config"].get("capacity_mib", 0) for each in config["applications"][0]["deployments"]]
    assert 0 < sum(sizes) <= int(memory.removesuffix("Gi")) * 1024 / 2


def test_schema_check_is_strict_about_types(deployment: Resource, tools: KubernetesTools) -> None:
    def spoil(change: Callable[[Resource], None]) -> int:
        spoilt = copy.deepcopy(deployment["spec"]["template"])
        change(spoilt["spec"])
        return len(errors_in_template(tools.crds, spoilt))

    assert spoil(lambda spec: spec.update(terminationGracePeriodSeconds="35")) == 1
    assert spoil(lambda spec: spec.pop("containers")) == 1
