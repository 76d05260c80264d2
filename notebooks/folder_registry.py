"""Writes a model into the folder registry: <tenant>/<version>/{model.onnx,metadata.json} and <tenant>/live."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
import tempfile
from datetime import UTC, datetime
from pathlib import Path

TENANT_NAME = re.compile(r"(?!\.)[A-Za-z0-9._-]{1,128}")


def tenant_folder(registry: Path, tenant: str) -> Path:
    if not TENANT_NAME.fullmatch(tenant):
        raise ValueError(f"tenant name {tenant!r}: 1..128 characters of A-Z a-z 0-9 . _ -, not starting with a dot")
    return registry / tenant


def versions(registry: Path, tenant: str) -> list[int]:
    """The versions of a tenant, in rising order. Other names in the folder are not versions."""
    folder = registry / tenant
    names = [entry.name for entry in folder.iterdir() if entry.is_dir()] if folder.is_dir() else []
    return sorted(int(name) for name in names if re.fullmatch(r"[1-9][0-9]*", name))


def publish(
    registry: Path, tenant: str, model: bytes, description: str, version: int | None = None, created: str | None = None
) -> int:
    """Adds one version and returns its number: the next free one when none is given.

    A version appears complete or not at all, and an existing one is never changed (FileExistsError).
    """
    folder = tenant_folder(registry, tenant)
    if version is None:
        version = max(versions(registry, tenant), default=0) + 1
    if version < 1:
        raise ValueError(f"version {version}: a positive number")
    if (folder / str(version)).exists():
        raise FileExistsError(f"{tenant} has a version {version} already; versions never change")
    metadata = {
        "tenant": tenant,
        "version": version,
        "sha256": hashlib.sha256(model).hexdigest(),
        "size": len(model),
        "created": created or datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "format": "onnx",
        "description": description,
    }
    folder.mkdir(parents=True, exist_ok=True)
    partial = Path(tempfile.mkdtemp(prefix=".partial-", dir=folder))
    try:
        partial.chmod(0o755)
        (partial / "model.onnx").write_bytes(model)
        (partial / "metadata.json").write_text(json.dumps(metadata, indent=2) + "\n", encoding="utf-8")
        partial.rename(folder / str(version))
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return version


def set_live(registry: Path, tenant: str, version: int) -> None:
    """Names the version that answers. Without this file the highest version does."""
    folder = tenant_folder(registry, tenant)
    if version not in versions(registry, tenant):
        raise FileNotFoundError(f"{tenant} has no version {version}")
    partial = folder / f".live-{os.getpid()}"
    partial.write_text(str(version), encoding="utf-8")
    partial.replace(folder / "live")
