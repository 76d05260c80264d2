"""Where the project's files lie."""

from __future__ import annotations

import hashlib
import os
import re
from dataclasses import dataclass
from pathlib import Path

from launcher.errors import LauncherError

_PLAIN_PATH = re.compile(r"[A-Za-z0-9._/+-]+")
_RAY_PIN = re.compile(r"^ray(?:\[[^]]*])?==([0-9][^\s\\;]*)", re.MULTILINE)
# Paths of sockets have at most 107 characters, 64 of which Ray appends to its temp folder.
_RAY_TEMP_ROOTS = (Path("/tmp/ray"), Path(f"/tmp/ray-{os.getuid()}"))  # noqa: S108 - where Ray itself is


@dataclass(frozen=True)
class Project:
    """A checkout of the project. All paths are absolute; nothing is read before it is asked for."""

    root: Path

    @staticmethod
    def here() -> Project:
        return Project(Path(__file__).resolve().parents[4])

    @property
    def runtime(self) -> Path:
        return self.root / ".runtime"

    @property
    def venv(self) -> Path:
        return self.runtime / "venv"

    @property
    def python(self) -> Path:
        return self.venv / "bin" / "python"

    @property
    def jar(self) -> Path:
        return self.root / "target" / "many-models.jar"

    @property
    def native_libraries(self) -> Path:
        return self.runtime / "native"

    @property
    def rayservice(self) -> Path:
        return self.root / "deploy" / "rayservice.yaml"

    @property
    def models(self) -> Path:
        """The demo's models: a sample that nobody writes to."""
        return self.root / "models"

    @property
    def registry(self) -> Path:
        """The default registry, outside of version control. The first `up` makes it a copy of the sample."""
        return self.root / "registry"

    @property
    def demo(self) -> Path:
        return self.root / "deploy" / "demo" / "tenants.yaml"

    @property
    def python_sources(self) -> Path:
        return self.root / "src" / "main" / "python"

    @property
    def ray_package(self) -> Path:
        return self.venv / "lib" / "python3.11" / "site-packages" / "ray"

    @property
    def ray_jars(self) -> Path:
        return self.ray_package / "jars"

    def ray_version(self) -> str:
        return pinned_ray_version((self.root / "requirements.txt").read_text())

    def key(self) -> str:
        """Tells this checkout from others on the machine."""
        return hashlib.sha256(os.fsencode(self.root)).hexdigest()[:6]

    def ray_temp(self, instance: str) -> Path:
        """Ray's temp folder of an instance: short, no other project's, in a folder that other users may not enter."""
        return ray_temp_root() / f"mm-{self.key()}-{instance}" / "ray"

    def plain(self) -> Project:
        """The same project under a path that Ray, Java options and file: URIs take as it is.

        That is the checkout itself unless its path has a blank or another special character; then it is a link in Ray's
        temp folder.
        """
        if _PLAIN_PATH.fullmatch(str(self.root)):
            return self
        link = ray_temp_root() / f"mm-{self.key()}-project"
        if not link.is_symlink() or link.resolve() != self.root:
            link.parent.mkdir(parents=True, exist_ok=True)
            fresh = link.with_name(f"{link.name}.{os.getpid()}")
            fresh.symlink_to(self.root)
            fresh.replace(link)
        return Project(link)


def pinned_ray_version(requirements: str) -> str:
    """The version of Ray in the text of a requirements file."""
    pins = _RAY_PIN.findall(requirements)
    if len(pins) != 1:
        raise LauncherError(f"requirements.txt must pin ray exactly once (ray[serve]==X.Y.Z), found {len(pins)} pins")
    return str(pins[0])


def ray_temp_root() -> Path:
    """Ray's usual temp folder, or one of our own where another user of the machine owns it."""
    for folder in _RAY_TEMP_ROOTS:
        if not folder.exists() or os.access(folder, os.W_OK | os.X_OK):
            return folder
    raise LauncherError(
        f"cannot write to {' or '.join(map(str, _RAY_TEMP_ROOTS))}, where Ray keeps its sockets and logs"
    )
