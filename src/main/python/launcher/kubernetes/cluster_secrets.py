"""Whether the Secrets and ConfigMaps that a RayService refers to are in the cluster that kubectl talks to."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Mapping
from typing import Any

from launcher.errors import LauncherError
from launcher.kubernetes import check_config, pod_secrets
from launcher.kubernetes.check_config import Complaint, ConfigRefusedError, Source
from launcher.kubernetes.pod_secrets import Reference
from launcher.kubernetes.yaml_lines import Document

_SECONDS = 30
_NOT_FOUND = "(NotFound)"


def require(source: Source, namespace: str | None) -> None:
    """Raises ConfigRefusedError that names what is missing. What the file itself holds need not be there yet."""
    held = {
        (each.value["kind"], (each.value.get("metadata") or {}).get("name"))
        for each in source.documents
        if isinstance(each.value, dict) and each.value.get("kind") in ("Secret", "ConfigMap")
    }
    missing = []
    for service in check_config.services(source.documents):
        for path, reference in pod_secrets.references(service):
            if (reference.kind, reference.name) not in held:
                reason = _lacks(reference, _namespace(service, namespace))
                if reason:
                    missing.append(Complaint(service.line(path), reason))
    if missing:
        raise ConfigRefusedError(source.name, missing)


def _namespace(service: Document, otherwise: str | None) -> str | None:
    named = (service.value.get("metadata") or {}).get("namespace")
    return named if isinstance(named, str) else otherwise


def _lacks(reference: Reference, namespace: str | None) -> str | None:
    found = _get(reference, namespace)
    where = f" in namespace {namespace}" if namespace else ""
    if found is None:
        return f"there is no {reference.kind} {reference.name}{where}"
    if reference.key is not None and reference.key not in (found.get("data") or {}):
        return f"the {reference.kind} {reference.name}{where} has no key {reference.key}"
    return None


def _get(reference: Reference, namespace: str | None) -> Mapping[str, Any] | None:
    command = ["kubectl", "get", reference.kind.lower(), reference.name, "-o", "json"]
    command += ["--namespace", namespace] if namespace else []
    try:
        result = subprocess.run(command, capture_output=True, text=True, check=False, timeout=_SECONDS)
    except FileNotFoundError:
        raise LauncherError("kubectl is not on PATH; without --cluster only the file is checked") from None
    except subprocess.TimeoutExpired:
        raise LauncherError(f"kubectl did not answer within {_SECONDS} s") from None
    if result.returncode == 0:
        found = json.loads(result.stdout)
        return found if isinstance(found, dict) else {}
    if _NOT_FOUND in result.stderr:
        return None
    raise LauncherError(f"kubectl: {(result.stderr.splitlines() or ['no answer'])[-1]}")
