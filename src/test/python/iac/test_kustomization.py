"""What iac/azure.sh has kustomize make of deploy/: by the real kubectl, judged by our own check."""

from __future__ import annotations

import subprocess
from typing import Any

import pytest
import yaml

from launcher.kubernetes import check_config
from launcher.kubernetes.kubernetes_tools import KubernetesTools
from launcher.project import Project

CLIENT = "c1000000-0000-0000-0000-000000000001"
SHAPES = {
    "as it is": ({}, "managed.redis.example:10000", []),
    "small": ({"SIZE": "small", "IMAGE": "localhost:5000/many-models:7"}, "managed.redis.example:10000", []),
    "large, with Azure Cache for Redis": (
        {
            "SIZE": "large",
            "REDIS_SERVICE": "cache",
            "REDIS_SKU": "Standard_c1",
            "MODEL_REGISTRY": "azureml",
            "AUTOSCALE": "Dispatcher=2..4@300 Deploymentx=1..4@150",
        },
        "cache.redis.example:6380",
        ["MANY_MODELS_AUTOSCALE"],
    ),
}


@pytest.mark.jar
@pytest.mark.parametrize("shape", SHAPES)
def test_kustomization_renders_and_is_accepted(
    checkout: Any, repository: Any, tools: KubernetesTools, shape: str
) -> None:
    changes, redis, also = SHAPES[shape]
    result = checkout.run("up", "--parameters", str(checkout.parameters(**changes)))
    assert result.returncode == 0, result.stderr
    rendered = checkout.work() / "rendered.yaml"
    command = [str(tools.kubectl), "kustomize", str(checkout.work() / "cluster"), "--output", str(rendered)]
    subprocess.run(command, check=True, timeout=60)
    check_config.require(Project(repository), check_config.read(rendered))
    resources = {(each["kind"], each["metadata"]["name"]): each for each in yaml.safe_load_all(rendered.read_text())}

    cluster = resources["RayService", "many-models"]["spec"]["rayClusterConfig"]
    assert cluster["gcsFaultToleranceOptions"]["redisAddress"] == f"rediss://{redis}"
    account = resources["ServiceAccount", "many-models"]
    assert account["metadata"]["annotations"]["azure.workload.identity/client-id"] == CLIENT
    (settings,) = [each["data"] for (kind, _), each in resources.items() if kind == "ConfigMap"]
    assert settings["MANY_MODELS_WARM"] == f"rediss://{redis}/0?ttl_h=72"
    assert settings["MANY_MODELS_STATE"] == f"rediss://{redis}/0"
    registry = "azureml://subscriptions/" if changes.get("MODEL_REGISTRY") == "azureml" else "azblob://stmanymodels"
    assert settings["MANY_MODELS_REGISTRY"].startswith(registry)
    assert settings["MANY_MODELS_VERSION_POLL_S"] == "60"
    assert set(also) <= settings.keys()

    images = {
        group["template"]["spec"]["containers"][0]["image"]
        for group in (cluster["headGroupSpec"], *cluster["workerGroupSpecs"])
    }
    (image,) = images
    assert image == changes.get("IMAGE", image)
    assert "IMAGE" in changes or image.startswith("acrmanymodels")
    # Redis can be reached from the pods.
    egress = resources["NetworkPolicy", "many-models"]["spec"]["egress"]
    ports = [port["port"] for rule in egress for to in rule["to"] if "ipBlock" in to for port in rule["ports"]]
    assert int(redis.rpartition(":")[2]) in ports
    assert (10000 in ports) == (changes.get("REDIS_SERVICE") != "cache")


def test_secrets_have_the_names_and_keys_that_the_pods_mount(made: Any, repository: Any) -> None:
    service = yaml.safe_load((repository / "deploy" / "rayservice.yaml").read_text())
    cluster = service["spec"]["rayClusterConfig"]
    asked = cluster["gcsFaultToleranceOptions"]["redisPassword"]["valueFrom"]["secretKeyRef"]
    pod = cluster["headGroupSpec"]["template"]["spec"]
    mounts = {each["name"]: each["mountPath"] for each in pod["containers"][0]["volumeMounts"]}
    wanted = {(asked["name"], asked["key"])}
    for variable in (each for each in pod["containers"][0]["env"] if each["name"].endswith("_FILE")):
        for volume in (each for each in pod["volumes"] if "secret" in each):
            if variable["value"].startswith(mounts[volume["name"]] + "/"):
                wanted.add((volume["secret"]["secretName"], variable["value"].rpartition("/")[2]))
    secrets = made.state()["secrets"]
    assert {(name, key) for name, data in secrets.items() for key in data} == wanted


def test_federated_identity_is_of_the_service_account_of_the_pods(made: Any, repository: Any) -> None:
    account = yaml.safe_load((repository / "deploy" / "common" / "service-account.yaml").read_text())["metadata"][
        "name"
    ]
    namespace = yaml.safe_load((repository / "deploy" / "common" / "namespace.yaml").read_text())["metadata"]["name"]
    (call,) = [each for each in made.calls if each[1:4] == ["identity", "federated-credential", "create"]]
    assert call[call.index("--subject") + 1] == f"system:serviceaccount:{namespace}:{account}"
