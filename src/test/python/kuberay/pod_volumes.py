"""The volumes of a pod, below a folder of its own."""

from __future__ import annotations

import base64
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from kube_api import Api, Resource

_TOKEN_SECONDS = 3 * 3600


def make(api: Api, pod: Resource, volume: Mapping[str, Any], folder: Path) -> bool:
    """Fills the folder; whether something has been mounted on it."""
    folder.mkdir(parents=True)
    namespace = pod["metadata"]["namespace"]
    if "emptyDir" in volume:
        if volume["emptyDir"].get("medium") != "Memory":
            return False
        limit = volume["emptyDir"].get("sizeLimit")
        size = ["-o", f"size={_bytes(limit)}"] if limit else []
        subprocess.run(["mount", "-t", "tmpfs", *size, "tmpfs", str(folder)], check=True)
        return True
    if "secret" in volume:
        _write(
            folder, _secret(api, namespace, volume["secret"]["secretName"]), volume["secret"].get("defaultMode", 0o644)
        )
    elif "configMap" in volume:
        _write(
            folder,
            _config_map(api, namespace, volume["configMap"]["name"]),
            volume["configMap"].get("defaultMode", 0o644),
        )
    elif "projected" in volume:
        for source in volume["projected"]["sources"]:
            _write(folder, _projected(api, pod, source), volume["projected"].get("defaultMode", 0o644))
    else:
        raise AssertionError(f"a volume of a kind that the tests do not know: {volume}")
    return False


def _projected(api: Api, pod: Resource, source: Mapping[str, Any]) -> dict[str, bytes]:
    namespace = pod["metadata"]["namespace"]
    if "serviceAccountToken" in source:
        path = f"/api/v1/namespaces/{namespace}/serviceaccounts/{pod['spec']['serviceAccountName']}/token"
        bound = {"apiVersion": "v1", "kind": "Pod", "name": pod["metadata"]["name"], "uid": pod["metadata"]["uid"]}
        asked = {"expirationSeconds": _TOKEN_SECONDS, "boundObjectRef": bound}
        token = api.ask("POST", path, {"spec": asked})["status"]["token"]
        return {source["serviceAccountToken"]["path"]: token.encode()}
    if "configMap" in source:
        data = _config_map(api, namespace, source["configMap"]["name"])
        return {item["path"]: data[item["key"]] for item in source["configMap"]["items"]}
    if "downwardAPI" in source:
        return {i["path"]: field(pod, i["fieldRef"]["fieldPath"]).encode() for i in source["downwardAPI"]["items"]}
    raise AssertionError(f"a source that the tests do not know: {source}")


def field(pod: Resource, path: str) -> str:
    """What a fieldRef names."""
    found = re.fullmatch(r"metadata\.(labels|annotations)\['([^']+)'\]", path)
    if found:
        return str(pod["metadata"][found.group(1)][found.group(2)])
    value: Any = pod
    for name in path.split("."):
        value = value[name]
    return str(value)


def _secret(api: Api, namespace: str, name: str) -> dict[str, bytes]:
    data = api.get(f"/api/v1/namespaces/{namespace}/secrets/{name}").get("data", {})
    return {key: base64.b64decode(value) for key, value in data.items()}


def _config_map(api: Api, namespace: str, name: str) -> dict[str, bytes]:
    data = api.get(f"/api/v1/namespaces/{namespace}/configmaps/{name}").get("data", {})
    return {key: value.encode() for key, value in data.items()}


def _write(folder: Path, files: Mapping[str, bytes], mode: int) -> None:
    for name, content in files.items():
        file = folder / name
        file.write_bytes(content)
        file.chmod(mode)


def _bytes(quantity: str) -> int:
    found = re.fullmatch(r"(\d+)(Ki|Mi|Gi)", quantity)
    assert found, quantity
    return int(found.group(1)) << {"Ki": 10, "Mi": 20, "Gi": 30}[found.group(2)]


def environment(api: Api, pod: Resource, container: Mapping[str, Any], image: Mapping[str, str]) -> dict[str, str]:
    """The variables of a container: the image's, then the pod's, each of which may name earlier ones."""
    namespace = pod["metadata"]["namespace"]
    made = dict(image)
    for source in container.get("envFrom", []):
        values = _config_map(api, namespace, source["configMapRef"]["name"])
        made |= {name: value.decode() for name, value in values.items()}
    for variable in container.get("env", []):
        made[variable["name"]] = _value(api, pod, container, variable, made)
    return made


def _value(
    api: Api, pod: Resource, container: Mapping[str, Any], variable: Mapping[str, Any], known: Mapping[str, str]
) -> str:
    namespace = pod["metadata"]["namespace"]
    source = variable.get("valueFrom")
    if source is None:
        return expand(variable.get("value", ""), known)
    if "secretKeyRef" in source:
        return _secret(api, namespace, source["secretKeyRef"]["name"])[source["secretKeyRef"]["key"]].decode()
    if "configMapKeyRef" in source:
        return _config_map(api, namespace, source["configMapKeyRef"]["name"])[source["configMapKeyRef"]["key"]].decode()
    if "resourceFieldRef" in source:
        kind, name = source["resourceFieldRef"]["resource"].split(".")
        return str(container["resources"][kind][name])
    return field(pod, source["fieldRef"]["fieldPath"])


def expand(text: str, known: Mapping[str, str]) -> str:
    """$(NAME) as Kubernetes replaces it: what is not known stays."""
    return re.sub(r"\$\(([A-Za-z_][A-Za-z0-9_]*)\)", lambda found: known.get(found.group(1), found.group(0)), text)
