"""The components of deploy/ that open the ports further, or close them: TLS, callers, routes of a gateway."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from rendering import Rendering
from test_rayservice_schema import errors_in_template

from launcher.kubernetes.kubernetes_tools import KubernetesTools

Resource = dict[str, Any]
FOLDERS = {"ray": "", "standalone": "standalone/"}
SECRETS = {
    "tls": ("many-models-tls", {"MANY_MODELS_TLS_CERT_FILE": "tls.crt", "MANY_MODELS_TLS_KEY_FILE": "tls.key"}),
    "callers": ("many-models-callers", {"MANY_MODELS_CALLERS": "callers.yaml"}),
}


@pytest.fixture(scope="session")
def rendering(repository: Path, tools: KubernetesTools, tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    return Rendering.of(repository, tools.kubectl, tmp_path_factory.mktemp("components"))


def render(rendering: Rendering, root: str, *components: str) -> list[Resource]:
    """deploy/ or deploy/standalone with components, which lie in the folder."""
    folder = f"../many-models/deploy/{FOLDERS[root]}"
    text = yaml.safe_dump(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": "many-models",
            "resources": [folder.removesuffix("/")],
            "components": [folder + name for name in components],
        }
    )
    return list(yaml.safe_load_all(rendering.folder(f"{root}-{'-'.join(components)}", text)))


def template(resources: list[Resource], root: str) -> Resource:
    """Of the pods that listen for clients themselves."""
    kind = "RayService" if root == "ray" else "Deployment"
    (found,) = [each for each in resources if each["kind"] == kind]
    if root == "standalone":
        return dict(found["spec"]["template"])
    (group,) = [
        each for each in found["spec"]["rayClusterConfig"]["workerGroupSpecs"] if each["groupName"] == "dispatchers"
    ]
    return dict(group["template"])


@pytest.mark.parametrize("root", FOLDERS)
@pytest.mark.parametrize("component", SECRETS)
def test_secret_is_mounted_where_the_settings_name_it(rendering: Rendering, root: str, component: str) -> None:
    (container,) = (pod := template(render(rendering, root, component), root)["spec"])["containers"]
    secret, files = SECRETS[component]
    mounts = {each["name"]: each for each in container["volumeMounts"]}
    assert mounts[component]["readOnly"] is True
    # No subPath: the kubelet would never renew the file.
    assert "subPath" not in mounts[component]
    named = {each["name"]: each["value"] for each in container["env"] if each["name"] in files}
    assert named == {name: f"{mounts[component]['mountPath']}/{file}" for name, file in files.items()}
    (volume,) = [each["secret"] for each in pod["volumes"] if each["name"] == component]
    assert volume == {"secretName": secret, "defaultMode": 0o440}


@pytest.mark.parametrize("root", FOLDERS)
def test_all_together_make_a_pod_of_kubernetes_type(rendering: Rendering, root: str, tools: KubernetesTools) -> None:
    resources = render(rendering, root, *SECRETS)
    assert errors_in_template(tools.crds, template(resources, root)) == []


@pytest.mark.parametrize("root", FOLDERS)
def test_with_tls_probes_and_gateways_speak_it_to_the_ports(rendering: Rendering, root: str) -> None:
    resources = render(rendering, root, "tls")
    container = template(resources, root)["spec"]["containers"][0]
    own = [
        each["httpGet"]
        for name, each in container.items()
        if name.endswith("Probe") and each["httpGet"]["port"] in (8001, "http")
    ]
    assert own
    assert all(probe["scheme"] == "HTTPS" for probe in own)
    kind = "RayService" if root == "ray" else "Service"
    (found,) = [each["spec"] for each in resources if each["kind"] == kind]
    ports = (found["serveService"]["spec"] if root == "ray" else found)["ports"]
    assert [port["appProtocol"] for port in ports if port["targetPort"] == "grpc"] == ["https"]


def test_routes_lead_to_ports_of_the_service_that_speak_their_protocol(rendering: Rendering) -> None:
    resources = render(rendering, "ray", "gateway")
    (service,) = [each["spec"]["serveService"] for each in resources if each["kind"] == "RayService"]
    ports = {port["port"]: port["name"] for port in service["spec"]["ports"]}
    to = {}
    for route in (each for each in resources if each["kind"] in ("HTTPRoute", "GRPCRoute")):
        assert route["metadata"]["namespace"] == "many-models"
        ((backend,),) = [rule["backendRefs"] for rule in route["spec"]["rules"]]
        assert backend["name"] == service["metadata"]["name"]
        to[route["kind"]] = ports[backend["port"]]
    assert to == {"HTTPRoute": "serve", "GRPCRoute": "serve-grpc"}


def test_routes_do_not_let_strangers_in_to_what_is_for_operators(rendering: Rendering) -> None:
    (route,) = [each for each in render(rendering, "ray", "gateway") if each["kind"] == "HTTPRoute"]
    (rule,) = route["spec"]["rules"]
    paths = [match["path"] for match in rule["matches"]]
    for private in (
        "/metrics",
        "/status",
        "/placement",
        "/update_dedicated_pool",
        "/refresh_models",
        "/deployment_map",
    ):
        for path in paths:
            assert path["value"] != private
            assert path["type"] == "Exact" or not f"{private}/".startswith(f"{path['value'].rstrip('/')}/")
