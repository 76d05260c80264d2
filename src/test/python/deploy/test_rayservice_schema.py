"""The RayService against KubeRay's own type of it, unknown fields refused as the API server does."""

import copy
import functools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

from launcher.kubernetes.kubernetes_tools import KubernetesTools

Resource = dict[str, Any]


def strict(node: Any) -> None:
    """Makes an OpenAPI schema of Kubernetes refuse what it would drop."""
    if isinstance(node, list):
        for each in node:
            strict(each)
    elif isinstance(node, dict):
        if "properties" in node and node.get("type") == "object" and "additionalProperties" not in node:
            node["additionalProperties"] = bool(node.get("x-kubernetes-preserve-unknown-fields"))
        for each in node.values():
            strict(each)


@functools.cache
def validator(crds: Path) -> Any:
    definition = yaml.load(
        (crds / "ray.io_rayservices.yaml").read_text(), getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    )
    (schema,) = [v["schema"]["openAPIV3Schema"] for v in definition["spec"]["versions"] if v["name"] == "v1"]
    strict(schema)
    # The API server's own; the definition leaves them open.
    schema["properties"]["metadata"] = {"type": "object"}
    return jsonschema.Draft202012Validator(schema)


def errors(crds: Path, service: Resource) -> list[str]:
    return [f"{error.json_path}: {error.message}" for error in validator(crds).iter_errors(service)]


def errors_in_template(crds: Path, template: Resource) -> list[str]:
    """Of a pod template: the type of a RayService has Kubernetes' own within it."""
    return [f"{error.json_path}: {error.message}" for error in _template_validator(crds).iter_errors(template)]


@functools.cache
def _template_validator(crds: Path) -> Any:
    cluster = validator(crds).schema["properties"]["spec"]["properties"]["rayClusterConfig"]
    return jsonschema.Draft202012Validator(cluster["properties"]["headGroupSpec"]["properties"]["template"])


def test_rayservice_is_of_kuberays_type(service: Resource, tools: KubernetesTools) -> None:
    assert service["apiVersion"] == "ray.io/v1"
    assert errors(tools.crds, service) == []


def _unknown_field(service: Resource) -> None:
    service["spec"]["rayClusterConfig"]["headGroup"] = {}


def _unknown_field_of_a_container(service: Resource) -> None:
    group = service["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]
    group["template"]["spec"]["containers"][0]["livenessprobe"] = {}


def _number_for_a_text(service: Resource) -> None:
    service["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["rayStartParams"]["num-cpus"] = 1


def _text_for_a_number(service: Resource) -> None:
    service["spec"]["rayClusterConfig"]["workerGroupSpecs"][0]["minReplicas"] = "1"


def _no_cluster(service: Resource) -> None:
    del service["spec"]["rayClusterConfig"]


@pytest.mark.parametrize(
    "spoil", [_unknown_field, _unknown_field_of_a_container, _number_for_a_text, _text_for_a_number, _no_cluster]
)
def test_what_the_api_server_refuses_is_found(
    spoil: Callable[[Resource], None], service: Resource, tools: KubernetesTools
) -> None:
    spoilt = copy.deepcopy(service)
    spoil(spoilt)
    assert len(errors(tools.crds, spoilt)) == 1
