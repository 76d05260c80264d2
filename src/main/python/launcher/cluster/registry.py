"""Which registry an instance serves, and the demo's, which a fresh checkout begins with."""

from __future__ import annotations

import os
import re
import shutil
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from launcher.cluster.instance import Instance
from launcher.errors import BadInputError
from launcher.project import Project

OPTION = "--registry"
VARIABLE = "MANY_MODELS_REGISTRY"
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:")


@dataclass(frozen=True)
class Registry:
    """A registry by its URI, and by what it was chosen: an option, a variable, or a text for people."""

    uri: str
    chosen_by: str

    @property
    def identity(self) -> str:
        """The same for all spellings of a folder."""
        return self.uri if self.folder is None else self.folder.resolve().as_uri()

    @property
    def folder(self) -> Path | None:
        """Where a registry in a folder lies; None for others."""
        parts = urllib.parse.urlsplit(self.uri)
        return Path(urllib.parse.unquote(parts.path)) if parts.scheme == "file" and parts.path else None


def choose(instance: Instance, option: str | None, user: Mapping[str, str]) -> Registry:
    """The registry of the option, else of the environment, else the one the instance served last, else its own."""
    if option:
        return Registry(uri_of(option), OPTION)
    if named := user.get(VARIABLE, "").strip():
        return Registry(named, VARIABLE)
    remembered = instance.remembered_registry()
    if remembered is not None:
        return Registry(remembered, f"the last run of instance {instance.name}")
    return Registry(own(instance), "default")


def own(instance: Instance) -> str:
    """The URI of the registry that an instance serves when none is named."""
    return instance.registry().as_uri()


def uri_of(text: str) -> str:
    """A URI as it is; anything else is the path of a folder."""
    return text if _SCHEME.match(text) else Path(os.path.abspath(Path(text).expanduser())).as_uri()  # noqa: PTH100


def is_own(instance: Instance, registry: Registry) -> bool:
    """Whether it is the instance's own registry, to which the demo's configuration belongs."""
    return registry.folder is not None and registry.folder.resolve() == instance.registry().resolve()


def seed(project: Project) -> bool:
    """Makes the default registry a copy of the demo's models unless it is there. Whether it was made."""
    if project.registry.exists():
        return False
    fresh = project.root / f".registry.{os.getpid()}"
    shutil.rmtree(fresh, ignore_errors=True)
    try:
        shutil.copytree(project.models, fresh, ignore=shutil.ignore_patterns(".*"))
        fresh.rename(project.registry)
    except OSError:
        if not project.registry.is_dir():
            raise
        # Another instance was first.
        return False
    finally:
        shutil.rmtree(fresh, ignore_errors=True)
    return True


def require(registry: Registry) -> None:
    """Raises BadInputError when it is a folder that is not there."""
    if registry.folder is not None and not registry.folder.is_dir():
        raise BadInputError(
            f"{registry.folder} is not a folder (registry chosen by {registry.chosen_by});"
            f" make it, or name another with {OPTION}"
        )


def tenants_in(registry: Registry) -> frozenset[str]:
    """The names that a registry in a folder has on its top level; none for other registries."""
    folder = registry.folder
    return frozenset(each.name for each in folder.iterdir()) if folder is not None and folder.is_dir() else frozenset()
