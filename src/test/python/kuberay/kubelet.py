"""What a scheduler, the kubelet of the only node, DNS and kube-proxy do in a cluster, as far as deploy/ needs it.

Pods are bound to the node and run (pod_sandbox.py, pod_runner.py). Names of Services are in /etc/hosts, with the
address of a pod behind each.
"""

from __future__ import annotations

import contextlib
import subprocess
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path

from kube_api import Api, ApiError, Resource
from pod_runner import PodRunner, now
from pod_sandbox import GATEWAY, KUBERNETES_SERVICE, Sandbox

NODE = "node"
_POLL_SECONDS = 0.4
_MAX_END_SECONDS = 20
# Where nobody listens, so that questions beside /etc/hosts fail at once: gRPC asks for more than addresses.
_RESOLVER = {"resolv.conf": b"nameserver 127.0.0.1\n"}


class Kubelet:
    """Runs pods until it is closed."""

    def __init__(
        self,
        api: Api,
        folder: Path,
        image: Mapping[str, str],
        etc: Mapping[str, bytes],
        names: Mapping[str, str],
    ) -> None:
        """All pods have one image: variables, and files below /etc. `names` are hosts outside of the cluster."""
        self._api = api
        self._folder = folder
        self._image = image
        self._etc = dict(etc)
        self._names = dict(names)
        self._closed = threading.Event()
        self._hosts = ""
        self._count = 0
        self.runners: dict[str, PodRunner] = {}
        """By the pod's uid; also those that are gone."""
        self.errors: list[str] = []
        ready = {"type": "Ready", "status": "True", "reason": "KubeletReady", "lastTransitionTime": now()}
        api.ask("POST", "/api/v1/nodes", {"metadata": {"name": NODE}, "status": {"conditions": [ready]}})
        self._own_hosts = folder / "hosts"
        self._own_hosts.parent.mkdir(parents=True, exist_ok=True)
        self._own_hosts.write_text(Path("/etc/hosts").read_text())
        # The operator is no pod here, but has to find the head by its name.
        subprocess.run(["mount", "--bind", str(self._own_hosts), "/etc/hosts"], check=True)
        self._thread = threading.Thread(target=self._run, name="kubelet")
        self._thread.start()

    def close(self) -> None:
        self._closed.set()
        self._thread.join(_MAX_END_SECONDS)
        for runner in self.runners.values():
            runner.kill()
        for runner in self.runners.values():
            runner.join(_MAX_END_SECONDS)
        subprocess.run(["umount", "--lazy", "/etc/hosts"], check=True)

    def _run(self) -> None:
        while not self._closed.wait(_POLL_SECONDS):
            try:
                self._sync()
            except (ApiError, OSError) as error:
                self.errors.append(repr(error))

    def _sync(self) -> None:
        pods = self._api.items("/api/v1/pods")
        self._write_hosts(pods)
        for pod in pods:
            uid = pod["metadata"]["uid"]
            if pod["metadata"].get("deletionTimestamp"):
                if uid in self.runners:
                    self.runners[uid].end()
            elif uid not in self.runners:
                self._bind(pod)
                self._count += 1
                sandbox = Sandbox(self._count, self._folder / "pods" / pod["metadata"]["name"])
                for name, content in {**self._etc, **_RESOLVER, "hosts": self._hosts.encode()}.items():
                    (sandbox.etc / name).write_bytes(content)
                self.runners[uid] = PodRunner(self._api, pod, sandbox, self._image)
        there = {pod["metadata"]["uid"] for pod in pods}
        for uid, runner in self.runners.items():
            if uid not in there:
                runner.end()

    def _bind(self, pod: Resource) -> None:
        if pod["spec"].get("nodeName"):
            return
        name, namespace = pod["metadata"]["name"], pod["metadata"]["namespace"]
        binding = {"metadata": {"name": name}, "target": {"apiVersion": "v1", "kind": "Node", "name": NODE}}
        self._api.ask("POST", f"/api/v1/namespaces/{namespace}/pods/{name}/binding", binding)

    def _write_hosts(self, pods: list[Resource]) -> None:
        text = "\n".join(self._lines(pods)) + "\n"
        if text == self._hosts:
            return
        self._hosts = text
        folders = [runner.sandbox.etc for runner in self.runners.values() if runner.sandbox.etc.is_dir()]
        for file in [self._own_hosts, *(folder / "hosts" for folder in folders)]:
            with contextlib.suppress(OSError):
                file.write_text(text)

    def _lines(self, pods: list[Resource]) -> Iterator[str]:
        yield "127.0.0.1 localhost"
        yield f"{KUBERNETES_SERVICE} kubernetes.default kubernetes.default.svc"
        for name, address in self._names.items():
            yield f"{address} {name}"
        for pod in pods:
            if address := pod.get("status", {}).get("podIP"):
                yield f"{address} {pod['metadata']['name']}"
        for service in self._api.items("/api/v1/services"):
            name, namespace = service["metadata"]["name"], service["metadata"]["namespace"]
            endpoints = self._api.find(f"/api/v1/namespaces/{namespace}/endpoints/{name}") or {}
            found = [each["ip"] for part in endpoints.get("subsets") or [] for each in part.get("addresses") or []]
            if found and name != "kubernetes":
                yield f"{found[0]} {name}.{namespace}.svc.cluster.local {name}.{namespace}.svc {name}"


def gateway_names(*names: str) -> dict[str, str]:
    """Names of what runs on the machine itself."""
    return dict.fromkeys(names, GATEWAY)
