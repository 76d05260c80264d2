"""Secrets of the pods of a RayService: named by reference, never written out, and none forgotten."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from launcher.kubernetes.yaml_lines import Document, Path, value_at

# The operator lays the password that this names into the head's environment.
_GCS = ("spec", "rayClusterConfig", "gcsFaultToleranceOptions")
_HEAD = ("spec", "rayClusterConfig", "headGroupSpec")
_WORKERS = ("spec", "rayClusterConfig", "workerGroupSpecs")
_POD = ("template", "spec")
_SECRET_NAME = re.compile(r"(PASSWORD|TOKEN|SECRET|CONNECTION_STRING|_KEY)$")
# What the product reads a Redis by, and what then has to say the password.
_REDIS_URIS = ("MANY_MODELS_WARM", "MANY_MODELS_STATE")
_REDIS_PASSWORDS = ("MANY_MODELS_REDIS_PASSWORD", "MANY_MODELS_REDIS_PASSWORD_FILE")
_ADMIN_TOKENS = ("MANY_MODELS_ADMIN_TOKEN", "MANY_MODELS_ADMIN_TOKEN_FILE")
_FILES = (_REDIS_PASSWORDS[1], _ADMIN_TOKENS[1])

Found = tuple[Path, str]


@dataclass(frozen=True, order=True)
class Reference:
    """A Secret or ConfigMap that pods need, with a key of it where one is named."""

    kind: str
    name: str
    key: str | None


def complaints(service: Document, documents: Sequence[Document]) -> Iterator[Found]:
    """Errors about secrets, each with its path in the RayService. `documents` are all of the file, with ConfigMaps."""
    for name in ("redisUsername", "redisPassword"):
        yield from _credential(service.value, (*_GCS, name))
    options = value_at(service.value, _GCS)
    if isinstance(options, dict) and options.get("redisAddress") and not options.get("redisPassword"):
        yield (
            _GCS,
            "gcsFaultToleranceOptions names a Redis but no redisPassword; refer to a Secret by valueFrom.secretKeyRef",
        )
    for path, container in _containers(service.value):
        yield from _container(path, container, documents)
    for path, pod in _pods(service.value):
        yield from _unmounted(path, pod)


def references(service: Document) -> Iterator[tuple[Path, Reference]]:
    """Every Secret and ConfigMap that a pod cannot start without."""
    for name in ("redisUsername", "redisPassword"):
        yield from _key_references((*_GCS, name), value_at(service.value, (*_GCS, name)))
    secret = value_at(service.value, ("spec", "rayClusterConfig", "authOptions", "secretName"))
    if isinstance(secret, str):
        yield ("spec", "rayClusterConfig", "authOptions", "secretName"), Reference("Secret", secret, "auth_token")
    for path, container in _containers(service.value):
        yield from _of_container(path, container)
    for path, pod in _pods(service.value):
        volumes = [((*path, "volumes", i), volume) for i, volume in enumerate(_list(pod, "volumes"))]
        yield from _named(volumes, (("secret", "secretName", "Secret"), ("configMap", "name", "ConfigMap")))


def variables(service: Document) -> Iterator[tuple[Path, str]]:
    """The environment variables of each Ray container that the file itself names."""
    for path, container in _containers(service.value):
        for i, variable in enumerate(_list(container, "env")):
            name = value_at(variable, ("name",))
            if isinstance(name, str):
                yield (*path, "env", i), name


def _of_container(path: Path, container: Mapping[str, Any]) -> Iterator[tuple[Path, Reference]]:
    for i, variable in enumerate(_list(container, "env")):
        yield from _key_references((*path, "env", i), variable)
    sources = [((*path, "envFrom", i), source) for i, source in enumerate(_list(container, "envFrom"))]
    yield from _named(sources, (("secretRef", "name", "Secret"), ("configMapRef", "name", "ConfigMap")))


def _named(
    holders: Sequence[tuple[Path, Any]], fields: Sequence[tuple[str, str, str]]
) -> Iterator[tuple[Path, Reference]]:
    for path, holder in holders:
        for field, key, kind in fields:
            name = value_at(holder, (field, key))
            if isinstance(name, str) and not value_at(holder, (field, "optional")):
                yield path, Reference(kind, name, None)


def _container(path: Path, container: Mapping[str, Any], documents: Sequence[Document]) -> Iterator[Found]:
    for i, variable in enumerate(_list(container, "env")):
        at = (*path, "env", i)
        if not isinstance(variable, dict):
            continue
        yield from _credential_reference(at, variable)
        name = str(variable.get("name", ""))
        if _SECRET_NAME.search(name) and variable.get("value"):
            yield at, f"{name} is written out; refer to a Secret by valueFrom.secretKeyRef"
    values, unknown = _environment(container, documents)
    if unknown:
        return
    wants_redis = [name for name in _REDIS_URIS if (values.get(name) or "").startswith(("redis:", "rediss:"))]
    if wants_redis and not any(name in values for name in _REDIS_PASSWORDS):
        yield path, f"{wants_redis[0]} is a Redis, but the container has neither {' nor '.join(_REDIS_PASSWORDS)}"
    if not any(name in values for name in _ADMIN_TOKENS):
        yield (
            path,
            f"the container has neither {' nor '.join(_ADMIN_TOKENS)}: everybody could change the dedicated pool",
        )


def _unmounted(path: Path, pod: Mapping[str, Any]) -> Iterator[Found]:
    """Files of secrets that no volume brings."""
    secrets = {
        volume.get("name") for volume in _list(pod, "volumes") if isinstance(volume, dict) and "secret" in volume
    }
    for i, container in enumerate(_list(pod, "containers")):
        mounts = [mount for mount in _list(container, "volumeMounts") if value_at(mount, ("name",)) in secrets]
        folders = [str(mount.get("mountPath", "")).rstrip("/") + "/" for mount in mounts]
        for j, variable in enumerate(_list(container, "env")):
            name, file = value_at(variable, ("name",)), value_at(variable, ("value",))
            if name in _FILES and isinstance(file, str) and not file.startswith(tuple(folders)):
                yield (*path, "containers", i, "env", j), f"{name} is {file}, where no secret is mounted"


def _environment(
    container: Mapping[str, Any], documents: Sequence[Document]
) -> tuple[dict[str, str | None], list[str]]:
    """The variables with their values, None for what a reference brings; and sources that the file does not show."""
    values: dict[str, str | None] = {}
    unknown = []
    for source in _list(container, "envFrom"):
        for field, kind in (("secretRef", "Secret"), ("configMapRef", "ConfigMap")):
            name = value_at(source, (field, "name"))
            if name is None:
                continue
            data = _data(documents, kind, name)
            if data is None:
                unknown.append(str(name))
            else:
                values |= data
    for variable in _list(container, "env"):
        if isinstance(variable, dict):
            values[str(variable.get("name"))] = variable.get("value")
    # A ConfigMap that is elsewhere holds URIs; what is secret is in the env, which the file shows.
    return values, [name for name in unknown if _is_secret(container, name)]


def _is_secret(container: Mapping[str, Any], name: str) -> bool:
    return any(value_at(source, ("secretRef", "name")) == name for source in _list(container, "envFrom"))


def _data(documents: Sequence[Document], kind: str, name: str) -> dict[str, str | None] | None:
    for document in documents:
        value = document.value
        if isinstance(value, dict) and value.get("kind") == kind and value_at(value, ("metadata", "name")) == name:
            return {str(key): str(text) for key, text in (value.get("data") or {}).items()}
    return None


def _credential(value: Any, path: Path) -> Iterator[Found]:
    credential = value_at(value, path)
    if isinstance(credential, dict):
        if credential.get("value") and path[-1] != "redisUsername":
            yield path, f"{path[-1]} is written out; refer to a Secret by valueFrom.secretKeyRef"
        yield from _credential_reference(path, credential)


def _credential_reference(path: Path, holder: Mapping[str, Any]) -> Iterator[Found]:
    reference = value_at(holder, ("valueFrom", "secretKeyRef"))
    if reference is None:
        return
    for field in ("name", "key"):
        if not isinstance(reference, dict) or not reference.get(field):
            yield path, f"secretKeyRef of {holder.get('name', path[-1])} has no {field}"


def _key_references(path: Path, holder: Any) -> Iterator[tuple[Path, Reference]]:
    for field, kind in (("secretKeyRef", "Secret"), ("configMapKeyRef", "ConfigMap")):
        reference = value_at(holder, ("valueFrom", field))
        if isinstance(reference, dict) and reference.get("name") and not reference.get("optional"):
            yield path, Reference(kind, str(reference["name"]), reference.get("key"))


def _containers(value: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    """The Ray container of each pod: the operator takes the first."""
    for path, pod in _pods(value):
        found = _list(pod, "containers")
        if found and isinstance(found[0], dict):
            yield (*path, "containers", 0), found[0]


def _pods(value: Any) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    groups = value_at(value, _WORKERS)
    paths: list[Path] = [_HEAD, *((*_WORKERS, i) for i in range(len(groups) if isinstance(groups, list) else 0))]
    for path in paths:
        pod = value_at(value, (*path, *_POD))
        if isinstance(pod, dict):
            yield (*path, *_POD), pod


def _list(holder: Any, name: str) -> list[Any]:
    found = holder.get(name) if isinstance(holder, dict) else None
    return found if isinstance(found, list) else []
