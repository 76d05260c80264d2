"""Many Models Serving as it is applied to the cluster of the tests, and what is seen of it."""

from __future__ import annotations

import json
import shutil
import threading
import time
from dataclasses import dataclass, field
from typing import Any

import yaml
from kube_api import ApiError, Resource
from rendering import Rendering
from testbed import Testbed

from launcher.cluster import serve_config
from launcher.project import Project

NAMESPACE = "many-models"
SERVICE = "many-models-serve"
IN_NAMESPACE = f"/api/v1/namespaces/{NAMESPACE}"
RAY = f"/apis/ray.io/v1/namespaces/{NAMESPACE}"
ADMIN_TOKEN = "0123456789abcdef0123456789abcdef"
HOT = 2
ROW = [5.1, 3.5, 1.4, 0.2]


def shipped_config(project: Project) -> dict[str, Any]:
    """serveConfigV2 with fewer hot deployments, because each is a JVM."""
    made: dict[str, Any] = serve_config.read(project.rayservice)
    application = made["applications"][0]
    application["args"]["hot_deployments"] = HOT
    names = ["Dispatcher", "SharedMemory", "Deploymentx", *(f"Deployment{i + 1}" for i in range(HOT))]
    application["deployments"] = [each for each in application["deployments"] if each["name"] in names]
    return made


@dataclass
class Deployed:
    testbed: Testbed
    rendering: Rendering
    config: dict[str, Any]
    tag: str = "0.1.0"
    resources: list[Resource] = field(default_factory=list)

    def render(self) -> str:
        """The example of deploy/README.md with a registry that is here, and with `config` and `tag`."""
        self.rendering.size("small")
        overlay = {
            "resources": ["../my-cluster-small"],
            "images": [{"name": "myregistry.azurecr.io/many-models", "newTag": self.tag}],
            "configMapGenerator": [
                {
                    "name": "many-models-settings",
                    "namespace": NAMESPACE,
                    "behavior": "merge",
                    "literals": [f"MANY_MODELS_REGISTRY=file:{self.testbed.folder / 'models'}"],
                }
            ],
            "patches": [
                {
                    "target": {"kind": "RayService"},
                    "patch": yaml.safe_dump(
                        [{"op": "replace", "path": "/spec/serveConfigV2", "value": yaml.safe_dump(self.config)}]
                    ),
                }
            ],
        }
        return self.rendering.folder("tests", yaml.safe_dump(overlay))

    def apply(self) -> str:
        """Returns what kubectl warns of."""
        text = self.render()
        self.resources = list(yaml.safe_load_all(text))
        return self.testbed.apply(text)

    def prepare(self) -> None:
        """What deploy/README.md wants to be there: the namespace and two Secrets; and the registry."""
        shutil.copytree(self.testbed.project.models, self.testbed.folder / "models")
        namespace = next(each for each in yaml.safe_load_all(self.render()) if each["kind"] == "Namespace")
        api = self.testbed.api
        api.ask("POST", "/api/v1/namespaces", namespace)
        secrets = {
            "many-models-redis": {"password": self.testbed.redis_password},
            "many-models-admin": {"token": ADMIN_TOKEN},
        }
        for name, data in secrets.items():
            api.ask("POST", f"{IN_NAMESPACE}/secrets", {"metadata": {"name": name}, "stringData": data})

    def deployment(self, name: str) -> dict[str, Any]:
        (found,) = [each for each in self.config["applications"][0]["deployments"] if each["name"] == name]
        return found

    def of_kind(self, kind: str) -> list[Resource]:
        return [each for each in self.resources if each["kind"] == kind]

    # What the cluster says

    def service(self) -> Resource:
        found: Resource = self.testbed.api.get(f"{RAY}/rayservices/many-models")
        return found

    def condition(self, name: str) -> str | None:
        conditions = self.service().get("status", {}).get("conditions", [])
        return next((each["status"] for each in conditions if each["type"] == name), None)

    def status(self, which: str) -> dict[str, Any]:
        """activeServiceStatus or pendingServiceStatus."""
        found: dict[str, Any] = self.service().get("status", {}).get(which) or {}
        return found

    def active(self) -> str:
        return str(self.status("activeServiceStatus").get("rayClusterName", ""))

    def pods(self, selector: str = "") -> list[Resource]:
        return self.testbed.api.items(f"{IN_NAMESPACE}/pods" + (f"?labelSelector={selector}" if selector else ""))

    def pods_of(self, cluster: str) -> dict[str, list[Resource]]:
        """By group."""
        found: dict[str, list[Resource]] = {}
        for pod in self.pods(f"ray.io/cluster={cluster},ray.io/node-type%20in%20(head,worker)"):
            found.setdefault(pod["metadata"]["labels"]["ray.io/group"], []).append(pod)
        return found

    def endpoints(self) -> dict[str, set[str]]:
        """The pods that are ready behind each port of the Service."""
        slices = f"/apis/discovery.k8s.io/v1/namespaces/{NAMESPACE}/endpointslices"
        found: dict[str, set[str]] = {}
        for piece in self.testbed.api.items(f"{slices}?labelSelector=kubernetes.io/service-name={SERVICE}"):
            ready = {each["targetRef"]["name"] for each in piece["endpoints"] or [] if each["conditions"]["ready"]}
            for port in piece["ports"] or []:
                found.setdefault(port["name"], set()).update(ready)
        return found

    def ask(self, method: str, path: str, body: Any = None, port: str = "serve", seconds: float = 60) -> Any:
        """Of the Service, through the API server."""
        url = f"{IN_NAMESPACE}/services/{SERVICE}:{port}/proxy{path}"
        text, _ = self.testbed.api.call(method, url, body, seconds=seconds)
        return json.loads(text)

    def score(self, tenant: str, port: str = "serve") -> Any:
        return self.ask("POST", "/score", {"tenant": tenant, "data": [ROW]}, port)

    def is_good(self, answer: Any, tenant: str) -> bool:
        return bool(answer["model"] == tenant and len(answer["prediction"]) == 1)


class Load:
    """Asks for tenants in turn until it is stopped; remembers what was not as it should be."""

    def __init__(self, deployed: Deployed) -> None:
        self._deployed = deployed
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="load")
        self.answered = 0
        self.wrong: list[str] = []
        self.failed: list[str] = []

    def __enter__(self) -> Load:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopped.set()
        self._thread.join(120)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        number = 0
        while not self._stopped.wait(0.2):
            number += 1
            tenant = f"tenant{number % 9 + 1}"
            at = time.strftime("%H:%M:%S")
            try:
                answer = self._deployed.score(tenant)
            except (ApiError, OSError) as error:
                self.failed.append(f"{at} {error}"[:200])
                continue
            if self._deployed.is_good(answer, tenant):
                self.answered += 1
            else:
                self.wrong.append(f"{at} {tenant}: {answer}")
