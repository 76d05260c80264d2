"""What Prometheus' operator is given, as kustomize renders it, and what a real Prometheus makes of its targets."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import prometheus_server
import pytest
import yaml
from rendering import Rendering
from test_dashboards import NAMES
from waiting import await_that

from launcher.kubernetes.kubernetes_tools import KubernetesTools

Resource = dict[str, Any]
ROOTS = {"ray": "deploy", "standalone": "deploy/standalone"}
KINDS = ("PrometheusRule", "ServiceMonitor", "PodMonitor")
_SECONDS = 30


@pytest.fixture(scope="module")
def rendering(repository: Path, tools: KubernetesTools, tmp_path_factory: pytest.TempPathFactory) -> Rendering:
    return Rendering.of(repository, tools.kubectl, tmp_path_factory.mktemp("monitoring"))


@pytest.fixture(scope="module", params=ROOTS)
def resources(request: pytest.FixtureRequest, rendering: Rendering) -> list[Resource]:
    """A root with its component for monitoring."""
    root = f"../many-models/{ROOTS[request.param]}"
    text = yaml.safe_dump(
        {
            "apiVersion": "kustomize.config.k8s.io/v1beta1",
            "kind": "Kustomization",
            "namespace": "many-models",
            "resources": [root],
            "components": [f"{root}/monitoring"],
        }
    )
    return list(yaml.safe_load_all(rendering.folder(f"monitored-{request.param}", text)))


def of(resources: list[Resource], kind: str, name: str = "many-models") -> Resource:
    (found,) = [each for each in resources if each["kind"] == kind and each["metadata"]["name"] == name]
    return found


def service(resources: list[Resource]) -> Resource:
    """The one that requests are sent to: the operator makes it of the RayService."""
    for each in resources:
        if each["kind"] == "RayService":
            made: Resource = each["spec"]["serveService"]
            return made
    return of(resources, "Service", "many-models-standalone")


def test_monitor_selects_the_service_and_a_port_of_it(resources: list[Resource]) -> None:
    monitor, found = of(resources, "ServiceMonitor")["spec"], service(resources)
    assert monitor["selector"]["matchLabels"].items() <= found["metadata"]["labels"].items()
    (endpoint,) = monitor["endpoints"]
    (port,) = [each["port"] for each in found["spec"]["ports"] if each["name"] == endpoint["port"]]
    address = [each for each in endpoint["relabelings"] if each.get("targetLabel") == "__address__"]
    assert [each["replacement"].rpartition(":")[2] for each in address] == [str(port)]
    assert endpoint["path"] == "/metrics"


def test_dispatchers_are_asked_for_themselves_under_another_job(resources: list[Resource]) -> None:
    monitors = [each["spec"] for each in resources if each["kind"] == "PodMonitor"]
    clusters = [each["spec"]["rayClusterConfig"] for each in resources if each["kind"] == "RayService"]
    assert len(monitors) == len(clusters)
    for monitor, cluster in zip(monitors, clusters, strict=True):
        group = monitor["selector"]["matchLabels"]["ray.io/group"]
        (pod,) = [each["template"]["spec"] for each in cluster["workerGroupSpecs"] if each["groupName"] == group]
        (endpoint,) = monitor["podMetricsEndpoints"]
        assert endpoint["port"] in {port["name"] for container in pod["containers"] for port in container["ports"]}
        assert endpoint["params"] == {"process": ["self"]}
        assert [each["replacement"] for each in endpoint["relabelings"]] == ["many-models-self"]


def test_policies_let_prometheus_in(resources: list[Resource]) -> None:
    open_ports = {
        port["port"]
        for each in resources
        if each["kind"] == "NetworkPolicy"
        for rule in each["spec"].get("ingress", [])
        if "from" not in rule
        for port in rule["ports"]
    }
    monitor = of(resources, "ServiceMonitor")["spec"]["endpoints"][0]["port"]
    (port,) = [each for each in service(resources)["spec"]["ports"] if each["name"] == monitor]
    assert port["port"] in open_ports
    if any(each["kind"] == "PodMonitor" for each in resources):
        assert 8001 in open_ports


def test_grafana_finds_all_dashboards(resources: list[Resource]) -> None:
    found = of(resources, "ConfigMap", "many-models-dashboards")
    assert found["metadata"]["labels"]["grafana_dashboard"] == "1"
    assert sorted(found["data"]) == sorted(f"many-models-{name}.json" for name in NAMES)
    # What etcd takes of one resource.
    assert sum(len(text) for text in found["data"].values()) < 900_000


def test_rest_is_as_without_monitoring(resources: list[Resource], rendering: Rendering) -> None:
    ray = any(each["kind"] == "RayService" for each in resources)
    without = list(yaml.safe_load_all(rendering.size("") if ray else rendering.standalone(config=False)))
    added = [each for each in resources if each not in without]
    assert {each["kind"] for each in added} == {*KINDS[: 3 if ray else 2], "ConfigMap"}
    assert [each for each in without if each not in resources] == []


def test_pods_of_the_service_become_one_target(resources: list[Resource], prometheus: Path, tmp_path: Path) -> None:
    """A real Prometheus relabels three pods, as the operator has it discover them."""
    (endpoint,) = of(resources, "ServiceMonitor")["spec"]["endpoints"]
    name = service(resources)["metadata"]["name"]
    found = {
        "__meta_kubernetes_service_name": name,
        "__meta_kubernetes_namespace": "many-models",
        # What the operator's own relabelling adds (promcfg.go: generateServiceMonitorConfig).
        "namespace": "many-models",
        "service": name,
        "endpoint": endpoint["port"],
        "job": name,
    }
    pods = [
        {"targets": [f"10.0.0.{n}:1"], "labels": found | {"pod": f"pod{n}", "container": "x", "node": f"node{n}"}}
        for n in (1, 2, 3)
    ]
    relabelled = [
        {"".join(f"_{c.lower()}" if c.isupper() else c for c in key): value for key, value in rule.items()}
        for rule in endpoint["relabelings"]
    ]
    config = {
        "scrape_configs": [
            {
                "job_name": "serviceMonitor/many-models/many-models/0",
                "metrics_path": endpoint["path"],
                "static_configs": pods,
                "relabel_configs": relabelled,
            }
        ]
    }
    with prometheus_server.running(prometheus, tmp_path / "prometheus", {"prometheus.yml": config}) as running:
        await_that("targets", running.targets, _SECONDS)
        (target,) = running.targets()
        port = {"serve": 8000, "http": 8080}[endpoint["port"]]
        assert target["scrapeUrl"] == f"http://{name}.many-models.svc:{port}/metrics"
        assert target["labels"] == {"instance": "many-models", "job": "many-models", "namespace": "many-models"}
