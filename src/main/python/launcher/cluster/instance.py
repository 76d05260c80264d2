"""An instance: one cluster with its ports, state and registry, known by its name. Several can run side by side."""

from __future__ import annotations

import hashlib
import json
import os
import re
import shutil
from contextlib import AbstractContextManager
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from launcher.cluster.ports import Ports
from launcher.locking import exclusive
from launcher.project import Project

DEFAULT_NAME = "default"
_NAME = re.compile(r"[a-z][a-z0-9-]{0,7}")


def is_instance_name(name: str) -> bool:
    """Short, for it is part of the paths of sockets."""
    return _NAME.fullmatch(name) is not None


def command(instance: str, words: str) -> str:
    """The command line by which the user runs the command on the instance of this name."""
    return f"./many-models {words}" + ("" if instance == DEFAULT_NAME else f" --instance {instance}")


@dataclass(frozen=True)
class Deployed:
    """Digests of the code and configuration that were started last: a difference says what has to be done again."""

    code: str
    environment: str
    application: str


@dataclass(frozen=True)
class Record:
    """The record that is kept of a started instance."""

    ports: Ports
    head_pid: int | None = None
    deployed: Deployed | None = None

    def to_json(self) -> str:
        return json.dumps(asdict(self), indent=2) + "\n"

    @staticmethod
    def from_json(text: str) -> Record:
        values = json.loads(text)
        deployed = values["deployed"]
        return Record(Ports(**values["ports"]), values["head_pid"], Deployed(**deployed) if deployed else None)

    def with_deployed(self, deployed: Deployed | None) -> Record:
        return replace(self, deployed=deployed)


@dataclass(frozen=True)
class Instance:
    """The files of an instance."""

    project: Project
    name: str

    @property
    def folder(self) -> Path:
        return self.project.runtime / "instances" / self.name

    def command(self, words: str) -> str:
        """See the function of this name."""
        return command(self.name, words)

    @property
    def state(self) -> Path:
        return self.folder / "state"

    @property
    def ray_temp(self) -> Path:
        return self.project.ray_temp(self.name)

    @property
    def session_logs(self) -> Path:
        return self.ray_temp / "session_latest" / "logs"

    @property
    def head_log(self) -> Path:
        return self.folder / "ray-start.log"

    @property
    def _file(self) -> Path:
        return self.folder / "instance.json"

    @property
    def node_cache(self) -> Path:
        """Where the replicas share artifacts: in memory where the system has a folder for that."""
        shared_memory = Path("/dev/shm")  # noqa: S108 - a folder of its own below it, which only the user may open
        name = f"many-models-{os.getuid()}-{self.project.key()}-{self.name}"
        return shared_memory / name if os.access(shared_memory, os.W_OK) else self.folder / "node-cache"

    def empty_node_cache(self) -> None:
        """Gives the memory back; to be called when nothing of the instance runs."""
        shutil.rmtree(self.node_cache, ignore_errors=True)

    def registry(self) -> Path:
        """The folder with the models unless another is named: the instance's own copy, else the project's registry."""
        own = self.folder / "models"
        return own if own.is_dir() else self.project.registry

    @property
    def _remembered(self) -> Path:
        return self.folder / "registry"

    def remembered_registry(self) -> str | None:
        """The URI of the registry that was served last; None when it was the instance's own."""
        try:
            return self._remembered.read_text(encoding="utf-8").strip() or None
        except FileNotFoundError:
            return None

    def remember_registry(self, uri: str | None) -> None:
        if uri is None:
            self._remembered.unlink(missing_ok=True)
        else:
            self.folder.mkdir(parents=True, exist_ok=True)
            self._remembered.write_text(f"{uri}\n", encoding="utf-8")

    def state_for(self, registry: str | None) -> Path:
        """Where pins are kept while this registry is served (None: the instance's own): each has its own pool."""
        if registry is None:
            return self.state
        return self.folder / "states" / hashlib.sha256(registry.encode()).hexdigest()[:16]

    def rayservice(self) -> Path:
        """The configuration: the instance's own where there is one, else the project's."""
        own = self.folder / "rayservice.yaml"
        return own if own.is_file() else self.project.rayservice

    def read(self) -> Record | None:
        try:
            return Record.from_json(self._file.read_text())
        except FileNotFoundError:
            return None
        except (ValueError, KeyError, TypeError):
            # Written by another version of the launcher, or cut short.
            return None

    def write(self, record: Record) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(".new")
        fresh.write_text(record.to_json())
        fresh.replace(self._file)

    def remove_record(self) -> None:
        self._file.unlink(missing_ok=True)

    def forget(self) -> None:
        """Removes all that is kept of the instance: pins, own models, logs."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.ray_temp.parent, ignore_errors=True)

    def locked(self) -> AbstractContextManager[None]:
        """Only one command at a time changes an instance."""
        return exclusive(self.folder / "lock", f"instance {self.name}")
