"""The registry folder of a run: what is in it at the start, and how faults change it."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import zipfile
from dataclasses import dataclass
from pathlib import Path

from launcher.build.java_main import class_path, java_command, java_environment
from launcher.build.toolchain import find_jdk
from launcher.chaos import layout
from launcher.errors import LauncherError
from launcher.project import Project

_POISON = {
    "unloadable": b"fail",
    "throwing": b"throw",
    "slow": b"slow 30000",
    "heavy": b"heavy 2048",
    "large": b"large 2048",
}
_LOADER = "io.manymodels.tools.chaos.PoisonLoader"
_CREATED = "2026-11-26T00:00:00Z"
MISSING_VERSION = layout.VERSIONS + 5
"""The version that a half-written model is published as."""


@dataclass(frozen=True)
class Registry:
    """The folder."""

    folder: Path

    def make(self, project: Project) -> None:
        """Every tenant in all its versions, the first one live; and the poisoned ones."""
        for version in range(1, layout.VERSIONS + 1):
            self._fleet(project, version)
        for number in range(1, layout.TENANTS + 1):
            self.go_live(number, 1)
        for name, content in _POISON.items():
            self._put(layout.POISONED[name], 1, content, "poison")
        self.half_write(layout.POISONED["half-written"])

    def _fleet(self, project: Project, version: int) -> None:
        options = ["--tenants", str(layout.TENANTS), "--kind", "version", "--version", str(version)]
        java = find_jdk(os.environ).java
        command = java_command(java, class_path(project), "fleet", [str(self.folder), *options], os.environ)
        result = subprocess.run(command, capture_output=True, text=True, check=False, env=java_environment(os.environ))
        if result.returncode != 0:
            raise LauncherError(f"the models were not made: {result.stderr.strip()[-300:]}")

    def go_live(self, number: int, version: int) -> None:
        """As `models promote` does."""
        fresh = self.folder / layout.tenant(number) / ".new-live-chaos"
        fresh.write_text(str(version))
        fresh.replace(fresh.with_name("live"))

    def half_write(self, number: int) -> None:
        """A version whose metadata promise more bytes than there are."""
        # No other model has these bytes: with its digest they would be found in a tier.
        whole = f"half of {layout.tenant(number)}".encode() * 100
        self._put(number, MISSING_VERSION, whole, "onnx")
        (self.folder / layout.tenant(number) / str(MISSING_VERSION) / "model.onnx").write_bytes(
            whole[: len(whole) // 2]
        )

    def _put(self, number: int, version: int, content: bytes, model_format: str) -> None:
        put(self.folder, layout.tenant(number), version, content, model_format)

    def hide(self) -> None:
        """Nobody can read it any more; for root, to whom permissions mean nothing, it has to go away."""
        self.folder.rename(self._hidden)

    def show(self) -> None:
        if self._hidden.exists():
            self._hidden.rename(self.folder)

    @property
    def _hidden(self) -> Path:
        return self.folder.with_name(self.folder.name + ".away")


def put(folder: Path, tenant: str, version: int, content: bytes, model_format: str) -> None:
    """Publishes what `models publish` would refuse."""
    place = folder / tenant / str(version)
    place.mkdir(parents=True, exist_ok=True)
    (place / f"model.{model_format}").write_bytes(content)
    metadata = {
        "tenant": tenant,
        "version": version,
        "sha256": hashlib.sha256(content).hexdigest(),
        "size": len(content),
        "created": _CREATED,
        "format": model_format,
    }
    (place / "metadata.json").write_text(json.dumps(metadata))


def poison_jar(folder: Path) -> Path:
    """Has replicas find the loader of poisoned models, which is in the application's jar but named nowhere else."""
    jar = folder / "poison.jar"
    with zipfile.ZipFile(jar, "w") as archive:
        archive.writestr("META-INF/services/io.manymodels.inference.ModelLoader", f"{_LOADER}\n")
    return jar
