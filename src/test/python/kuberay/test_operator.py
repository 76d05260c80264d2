"""KubeRay's operator runs deploy/: what it makes of it, and how it changes it.

Tests build on each other in their order: one cluster for all, because starting it takes longest.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Iterator
from typing import Any

import pytest
import yaml
from deployed import IN_NAMESPACE, NAMESPACE, RAY, SERVICE, Deployed, Load, shipped_config
from kube_api import ApiError
from pod_runner import log_of
from rendering import Rendering
from testbed import Testbed, await_that

from launcher.kubernetes import control_plane

pytestmark = pytest.mark.operator

START_SECONDS = 900
"""Ray with JVMs, on a machine that may be busy."""
CHANGE_SECONDS = 300
REDIS_URL = "rediss://myredis.redis.cache.windows.net:6380"


@pytest.fixture(scope="module")
def deployed(testbed: Testbed, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Deployed]:
    rendering = Rendering.of(testbed.project.root, testbed.kubectl, tmp_path_factory.mktemp("kustomize"))
    made = Deployed(testbed, rendering, shipped_config(testbed.project))
    made.prepare()
    yield made
    for runner in testbed.kubelet.runners.values():
        assert runner.error is None


def test_resources_are_applied_without_a_warning(deployed: Deployed) -> None:
    assert "Warning" not in deployed.apply()


def test_service_becomes_ready(deployed: Deployed) -> None:
    await_that("the RayService is ready", lambda: deployed.condition("Ready") == "True", START_SECONDS)
    applications = deployed.status("activeServiceStatus")["applicationStatuses"]
    assert applications["many-models"]["status"] == "RUNNING"
    # The two Dispatchers and the pod of models; the head is none.
    await_that("three pods serve", lambda: deployed.service()["status"].get("numServeEndpoints") == 3, CHANGE_SECONDS)


def test_pods_are_what_the_templates_say(deployed: Deployed) -> None:
    (service,) = deployed.of_kind("RayService")
    # The operator has written it too, with its finalizer.
    assert_contains(deployed.service()["spec"], service["spec"], "spec")
    cluster = service["spec"]["rayClusterConfig"]
    wanted = {"headgroup": cluster["headGroupSpec"]} | {each["groupName"]: each for each in cluster["workerGroupSpecs"]}
    pods = deployed.pods_of(deployed.active())
    assert {name: len(each) for name, each in pods.items()} == {"headgroup": 1, "dispatchers": 2, "models": 1}
    for group, members in pods.items():
        template = wanted[group]["template"]
        for pod in members:
            assert template["metadata"]["labels"].items() <= pod["metadata"]["labels"].items()
            for name in ("serviceAccountName", "securityContext", "topologySpreadConstraints"):
                assert pod["spec"].get(name) == template["spec"].get(name), (group, name)
            assert pod["spec"].get("terminationGracePeriodSeconds") == template["spec"].get(
                "terminationGracePeriodSeconds", 30
            )
            assert_contains(pod["spec"]["containers"][0], template["spec"]["containers"][0], group)


def assert_contains(found: Any, wanted: Any, where: str) -> None:
    """Everything that is wanted; the API server adds defaults, and the operator its own variables and mounts."""
    assert missing(found, wanted, where) == ""


def missing(found: Any, wanted: Any, where: str) -> str:
    """Where something is not as wanted; empty where all is."""
    if isinstance(wanted, dict) and isinstance(found, dict):
        told = (missing(found.get(key), value, f"{where}.{key}") for key, value in wanted.items())
        return next((each for each in told if each), "")
    if isinstance(wanted, list) and isinstance(found, list):
        for value in wanted:
            # That of the entry that comes nearest: its path is the longest.
            told_of_each = [missing(each, value, where) for each in found]
            if "" not in told_of_each:
                return max(told_of_each, key=len, default=f"{where}: {value}")
        return ""
    return "" if found == wanted else f"{where} is {found}, not {wanted}"


def variables(pod: dict[str, Any]) -> dict[str, Any]:
    env = pod["spec"]["containers"][0]["env"]
    names = [each["name"] for each in env]
    assert len(names) == len(set(names)), names
    return {each["name"]: each.get("value") or each.get("valueFrom") for each in env}


def test_operator_adds_redis_and_the_token(deployed: Deployed) -> None:
    cluster = deployed.active()
    pods = deployed.pods_of(cluster)
    head = variables(pods["headgroup"][0])
    assert head["RAY_REDIS_ADDRESS"] == REDIS_URL
    assert head["REDIS_PASSWORD"] == {"secretKeyRef": {"name": "many-models-redis", "key": "password"}}
    assert head["RAY_external_storage_namespace"]
    for members in pods.values():
        for pod in members:
            added = variables(pod)
            assert added["RAY_AUTH_MODE"] == "token"
            assert added["RAY_AUTH_TOKEN"] == {"secretKeyRef": {"name": cluster, "key": "auth_token"}}
            # Neither takes away a probe of ours nor puts one of its own in its place, which would need wget.
            assert "exec" not in json.dumps(pod["spec"]["containers"][0].get("readinessProbe"))


def test_what_the_pods_run_tells_the_gcs_of_its_resources(deployed: Deployed) -> None:
    pods = deployed.pods_of(deployed.active())
    commands = {group: " ".join(members[0]["spec"]["containers"][0]["args"]) for group, members in pods.items()}
    assert "--num-cpus=0" in commands["headgroup"]
    assert "--num-cpus=0" in commands["dispatchers"]
    assert '"dispatcher":1' in commands["dispatchers"].replace("\\", "").replace(" ", "")
    assert "--num-cpus=4" in commands["models"]
    assert all("--object-store-memory=100000000" in each for each in commands.values())


def test_policies_budgets_and_services_select_the_pods(deployed: Deployed) -> None:
    pods = deployed.pods_of(deployed.active())
    names = {group: {pod["metadata"]["name"] for pod in members} for group, members in pods.items()}
    every = set().union(*names.values())
    (policy,) = [each for each in deployed.of_kind("NetworkPolicy") if each["metadata"]["name"] == "many-models"]
    assert selected(deployed, policy["spec"]["podSelector"]["matchLabels"]) == every
    for budget in deployed.of_kind("PodDisruptionBudget"):
        group = budget["spec"]["selector"]["matchLabels"]["ray.io/group"]
        assert selected(deployed, budget["spec"]["selector"]["matchLabels"]) == names[group]
        path = f"/apis/policy/v1/namespaces/{NAMESPACE}/poddisruptionbudgets/{budget['metadata']['name']}"
        await_that(
            f"{group} is counted",
            lambda path=path, group=group: (
                deployed.testbed.api.get(path)["status"]["currentHealthy"] == len(names[group])
            ),
            CHANGE_SECONDS,
        )
    assert deployed.endpoints() == {
        "serve": names["dispatchers"] | names["models"],
        "serve-direct": names["dispatchers"],
        "serve-grpc": names["dispatchers"],
    }
    service = deployed.testbed.api.get(f"{IN_NAMESPACE}/services/{SERVICE}")["spec"]
    assert service["type"] == "ClusterIP"
    assert service["selector"]["ray.io/cluster"] == deployed.active()


def selected(deployed: Deployed, labels: dict[str, str]) -> set[str]:
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    return {pod["metadata"]["name"] for pod in deployed.pods(selector)}


def test_policy_lets_the_operator_in_as_kuberay_labels_it(deployed: Deployed) -> None:
    built = control_plane.of(deployed.testbed.project)
    installed = yaml.safe_load((built.operator_config / "manager.yaml").read_text())
    labels = installed["spec"]["template"]["metadata"]["labels"]
    (policy,) = [each for each in deployed.of_kind("NetworkPolicy") if each["metadata"]["name"] == "many-models"]
    peers = [peer for rule in policy["spec"]["ingress"] for peer in rule.get("from", []) if "namespaceSelector" in peer]
    assert any(matches(peer["podSelector"], labels) for peer in peers), (peers, labels)


def matches(selector: dict[str, Any], labels: dict[str, str]) -> bool:
    exact = all(labels.get(key) == value for key, value in selector.get("matchLabels", {}).items())
    return exact and all(
        each["operator"] == "In" and labels.get(each["key"]) in each["values"]
        for each in selector.get("matchExpressions", [])
    )


def test_requests_are_answered_through_the_service(deployed: Deployed) -> None:
    assert deployed.is_good(deployed.score("tenant1"), "tenant1")
    assert deployed.is_good(deployed.score("tenant5", port="serve-direct"), "tenant5")


def test_dashboard_answers_nobody_without_the_token(deployed: Deployed) -> None:
    url = f"{IN_NAMESPACE}/services/{deployed.active()}-head-svc:8265/proxy/api/serve/applications/"
    with pytest.raises(ApiError) as refused:
        deployed.testbed.api.get(url)
    assert refused.value.status in (401, 403)


def test_namespace_takes_no_pod_that_may_more_than_ours(deployed: Deployed) -> None:
    """Pod Security "restricted", under which all the pods of these tests have come to be."""
    pod = {"metadata": {"name": "other"}, "spec": {"containers": [{"name": "c", "image": "i"}]}}
    with pytest.raises(ApiError, match="violates PodSecurity"):
        deployed.testbed.api.ask("POST", f"{IN_NAMESPACE}/pods?dryRun=All", pod)


def test_the_one_process_is_taken_without_a_warning_and_its_pod_too(deployed: Deployed) -> None:
    text = deployed.rendering.standalone()
    dry = ["--dry-run=server", "-f", "-"]
    result = deployed.testbed.kubectl_run(["apply", "--server-side", "--force-conflicts", *dry], text)
    assert (result.returncode, result.stderr) == (0, "")
    (deployment,) = [each for each in yaml.safe_load_all(text) if each["kind"] == "Deployment"]
    template = deployment["spec"]["template"]
    metadata = {"name": "one-process", "namespace": NAMESPACE, "labels": template["metadata"]["labels"]}
    pod = {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": template["spec"]}
    result = deployed.testbed.kubectl_run(["create", *dry], yaml.safe_dump(pod))
    assert (result.returncode, result.stderr) == (0, "")


def test_service_account_may_only_what_the_autoscaler_needs(deployed: Deployed) -> None:
    """The operator gives it that, for the head; nothing in deploy/ gives it more."""
    found = {tuple(each.split()) for each in rules(deployed, NAMESPACE)}
    of_everybody = {tuple(each.split()) for each in rules(deployed, "default")}
    assert found - of_everybody == {
        ("pods", "[]", "[]", "[get", "list", "watch", "patch]"),
        ("pods/resize", "[]", "[]", "[patch]"),
        ("rayclusters.ray.io", "[]", "[]", "[get", "patch]"),
    }
    # Only where the autoscaler runs is there a token of it.
    for group, members in deployed.pods_of(deployed.active()).items():
        volumes = [volume for pod in members for volume in pod["spec"]["volumes"] if "projected" in volume]
        assert bool(volumes) == (group == "headgroup"), group


def rules(deployed: Deployed, namespace: str) -> list[str]:
    account = f"--as=system:serviceaccount:{NAMESPACE}:many-models"
    result = deployed.testbed.kubectl_run(["auth", "can-i", "--list", "--no-headers", "-n", namespace, account])
    assert result.returncode == 0, result.stderr
    return result.stdout.splitlines()


def test_autoscaler_reads_the_cluster_with_the_rights_of_the_head(deployed: Deployed) -> None:
    (head,) = deployed.pods_of(deployed.active())["headgroup"]
    folder = deployed.testbed.kubelet.runners[head["metadata"]["uid"]].sandbox.folder
    await_that("it has listed the pods", lambda: "Fetched pod data" in log_of(folder, "autoscaler"), CHANGE_SECONDS)
    assert "403" not in log_of(folder, "autoscaler")


def test_changed_user_config_reaches_the_running_pods(deployed: Deployed) -> None:
    cluster, before = deployed.active(), uids(deployed)
    deployed.deployment("Deployment1")["user_config"].update(tenant="tenant7", pool="dedicated")
    deployed.apply()
    pinned = {"tenant7": "deployment1"}
    await_that(
        "tenant7 is pinned", lambda: deployed.ask("GET", "/deployment_map")["dedicated"] == pinned, CHANGE_SECONDS
    )
    await_that("it is RUNNING", lambda: running_status(deployed, "activeServiceStatus") == "RUNNING", CHANGE_SECONDS)
    assert deployed.score("tenant7")["deployment"] == "Deployment1"
    assert (deployed.active(), uids(deployed)) == (cluster, before)
    assert deployed.status("pendingServiceStatus").get("rayClusterName", "") == ""


def uids(deployed: Deployed) -> set[str]:
    return {pod["metadata"]["uid"] for pod in deployed.pods()}


def running_status(deployed: Deployed, which: str) -> str:
    return str(deployed.status(which).get("applicationStatuses", {}).get("many-models", {}).get("status"))


def test_broken_application_is_told_and_the_old_replicas_serve_on(deployed: Deployed) -> None:
    good, before = deployed.config, uids(deployed)
    deployed.config = broken(good)
    deployed.apply()
    await_that(
        "it has failed", lambda: running_status(deployed, "activeServiceStatus") == "DEPLOY_FAILED", CHANGE_SECONDS
    )
    message = deployed.status("activeServiceStatus")["applicationStatuses"]["many-models"]["message"]
    assert "hot_deployments must be an integer from 1 to 1000" in message
    assert deployed.is_good(deployed.score("tenant7"), "tenant7")
    deployed.config = good
    deployed.apply()
    await_that("it is RUNNING", lambda: running_status(deployed, "activeServiceStatus") == "RUNNING", CHANGE_SECONDS)
    assert uids(deployed) == before


def broken(config: dict[str, Any]) -> dict[str, Any]:
    made = copy.deepcopy(config)
    made["applications"][0]["args"]["hot_deployments"] = 0
    return made


def test_new_version_takes_over_only_when_it_is_ready(deployed: Deployed) -> None:
    """A new image whose application fails first, while the old one serves; then one that does not fail."""
    good, old = deployed.config, deployed.active()
    deployed.config, deployed.tag = broken(good), "0.1.1"
    with Load(deployed) as load:
        deployed.apply()
        await_that(
            "the new one has failed",
            lambda: running_status(deployed, "pendingServiceStatus") == "DEPLOY_FAILED",
            START_SECONDS,
        )
        assert deployed.active() == old
        assert serving(deployed) == old
        assert (deployed.condition("Ready"), deployed.condition("UpgradeInProgress")) == ("True", "True")
        deployed.config = good
        deployed.apply()
        await_that("another cluster is the active one", lambda: deployed.active() != old, START_SECONDS)
        switched = load.answered
        await_that("requests are answered", lambda: load.answered > switched + 20, CHANGE_SECONDS)
        await_that("the old cluster is gone", lambda: cluster_of(deployed, old) is None, CHANGE_SECONDS)
    print(f"FIGURE upgrade: {load.answered} answered, failed: {load.failed}")  # noqa: T201
    assert load.wrong == []
    assert serving(deployed) == deployed.active()
    pods = deployed.pods_of(deployed.active())
    images = {each["spec"]["containers"][0]["image"] for members in pods.values() for each in members}
    assert images == {"myregistry.azurecr.io/many-models:0.1.1"}
    assert running_status(deployed, "activeServiceStatus") == "RUNNING"
    assert deployed.is_good(deployed.score("tenant7"), "tenant7")
    assert len(load.failed) <= 0.02 * load.answered, load.failed


def serving(deployed: Deployed) -> str:
    """The cluster that the Service leads to."""
    return str(deployed.testbed.api.get(f"{IN_NAMESPACE}/services/{SERVICE}")["spec"]["selector"]["ray.io/cluster"])


def cluster_of(deployed: Deployed, name: str) -> Any:
    return deployed.testbed.api.find(f"{RAY}/rayclusters/{name}")


def test_deletion_takes_all_of_it_away_and_what_ray_kept_in_redis(deployed: Deployed) -> None:
    """Ray's own job empties Redis before the cluster may go."""
    assert keys_of_ray(deployed)
    deployed.testbed.api.ask("DELETE", f"{RAY}/rayservices/many-models")
    await_that("no cluster is left", lambda: not deployed.testbed.api.items(f"{RAY}/rayclusters"), CHANGE_SECONDS)
    await_that("no pod is left", lambda: not deployed.pods(), CHANGE_SECONDS)
    assert keys_of_ray(deployed) == []
    left = {each["metadata"]["name"] for each in deployed.testbed.api.items(f"{IN_NAMESPACE}/services")}
    assert left == set()
    assert rules(deployed, NAMESPACE) == rules(deployed, "default")


def keys_of_ray(deployed: Deployed) -> list[str]:
    return [key for key in deployed.testbed.redis_keys() if key.startswith("RAY")]
