"""What goes into a diagnosis, and where it is found."""

from __future__ import annotations

import re
import time
import urllib.parse
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from launcher import asking, local_http, status
from launcher.cluster import logs, processes
from launcher.cluster.instance import Instance
from launcher.cluster.processes import Process
from launcher.cluster.ray_cluster import Cluster
from launcher.diagnosis import machine
from launcher.diagnosis.archive import Archive
from launcher.diagnosis.redaction import Redaction, secrets_of, shown
from launcher.errors import LauncherError

_SECONDS = 10.0
_ANSWERS = {
    "answers/status.json": "/status",
    "answers/metrics.txt": "/metrics",
    "answers/decisions.json": "/placement?since=0&limit=5000",
    "answers/ready.txt": "/-/ready",
}
_SERVE_LOGS = ("serve/*.log", "raylet.*", "gcs_server.*", "haproxy*", "dashboard.log")
_ABOUT = """A diagnosis of Many Models Serving, made {when} of {what}.

answers/        what the application said on GET /status, /metrics, /placement and /-/ready
configuration/  the configuration file, and the variables of the processes
processes.json  what runs
logs/           the ends of the logs
versions.json, machine.json

Secrets that were found have become (removed), those in variables (set). There are names of tenants and models, and of
paths and hosts. Of requests there is only what an access log has, if one was configured.

Missing:
{missing}
"""


@dataclass(frozen=True)
class Target:
    """What is diagnosed. url, config, log_files: what the user named."""

    instance: Instance
    url: str | None
    config: Path | None
    log_files: tuple[Path, ...]

    @property
    def runs_on_ray(self) -> bool:
        return self.url is None and self.instance.read() is not None

    @property
    def base_url(self) -> str:
        record = self.instance.read() if self.url is None else None
        return self.url or (record.ports.base_url if record is not None else asking.SERVE_URL)

    def processes(self) -> list[Process]:
        if self.runs_on_ray:
            return Cluster(self.instance).processes()
        return [process for process in processes.all_processes() if _serves(process)]

    def configuration(self) -> Path | None:
        return self.config or (self.instance.rayservice() if self.runs_on_ray else None)

    def logs(self) -> dict[str, Path]:
        """Files by their names in the archive, those that matter most first."""
        found = {f"logs/{number}-{file.name}": file for number, file in enumerate(self.log_files)}
        if self.url is None:
            folder = self.instance.session_logs
            workers = [file for file in folder.glob("*") if logs.pid_in(file.name) is not None]
            others = [file for pattern in _SERVE_LOGS for file in sorted(folder.glob(pattern))]
            for file in (*sorted(workers, key=_changed, reverse=True), *others, self.instance.head_log):
                inside = file.relative_to(folder) if file.is_relative_to(folder) else Path(file.name)
                found[f"logs/{inside}"] = file
        return {name: file for name, file in found.items() if file.is_file() and file.stat().st_size > 0}


def _serves(process: Process) -> bool:
    """Whether it is the application in one process."""
    jar = any(Path(argument).name == "many-models.jar" for argument in process.arguments)
    return process.program == "java" and jar and "serve" in process.arguments


def _changed(file: Path) -> float:
    try:
        return file.stat().st_mtime
    except OSError:
        return 0.0


def collect(target: Target, file: Path, environment: Mapping[str, str]) -> list[str]:
    """Writes the zip file; returns what it lacks, and why."""
    running = target.processes()
    environments = {process.pid: _environment_of(process) for process in running}
    secrets = set().union(*(secrets_of(each) for each in (environment, *environments.values())))
    headers = asking.credentials(environment)
    with Archive(file, Redaction(secrets)) as archive:
        for name, path in _ANSWERS.items():
            archive.add(name, partial(_answer, target.base_url + path, headers))
        config = target.configuration()
        if config is not None:
            archive.add(f"configuration/{config.name}", lambda: config.read_text(encoding="utf-8"))
        archive.add("configuration/command-variables.json", lambda: shown(environment))
        archive.add("configuration/process-variables.json", lambda: _distinct(environments))
        archive.add("processes.json", lambda: _described(target, running))
        archive.add("versions.json", lambda: machine.versions(target.instance.project, environment))
        archive.add("machine.json", lambda: machine.about(target.instance.project))
        for name, log in target.logs().items():
            archive.add_log(name, log)
        if not target.logs():
            archive.missing.append("logs: none found; name those of `serve` with --log")
        missing = list(archive.missing)
        archive.add("README.txt", lambda: _about(target, missing))
    return missing


def _about(target: Target, missing: Iterable[str]) -> str:
    what = f"instance {target.instance.name}" if target.runs_on_ray else target.base_url
    return _ABOUT.format(when=time.strftime("%Y-%m-%d %H:%M:%S %z"), what=what, missing="\n".join(missing) or "nothing")


def _answer(url: str, headers: Mapping[str, str]) -> str:
    if urllib.parse.urlsplit(url).scheme not in ("http", "https"):
        raise LauncherError(f"{url} is no http or https URL")
    answer = local_http.call("GET", url, timeout_seconds=_SECONDS, headers=headers)
    return answer.text if answer.status == 200 else f"{answer.status}\n{answer.text}"


def _environment_of(process: Process) -> dict[str, str]:
    try:
        entries = (Path("/proc") / str(process.pid) / "environ").read_bytes().decode(errors="replace").split("\0")
    except OSError:
        return {}
    return dict(entry.split("=", 1) for entry in entries if "=" in entry)


def _distinct(environments: Mapping[int, Mapping[str, str]]) -> list[dict[str, Any]]:
    """Each set of variables once, with the processes that have it."""
    groups: dict[str, tuple[list[int], dict[str, str]]] = {}
    for pid, each in environments.items():
        variables = shown(each)
        groups.setdefault(repr(variables), ([], variables))[0].append(pid)
    return [{"pids": pids, "variables": variables} for pids, variables in groups.values()]


def _described(target: Target, running: Iterable[Process]) -> object:
    if target.runs_on_ray:
        return status.look(target.instance).to_json()
    return [
        {"pid": process.pid, "pss_bytes": processes.pss_bytes(process.pid), "arguments": _plain(process.arguments)}
        for process in running
    ]


def _plain(arguments: Iterable[str]) -> list[str]:
    """Without what a user has put into a system property by its name, such as -Dmy.password=x."""
    return [re.sub(r"(?i)^(-D[^=]*(?:password|secret|token|key)[^=]*)=.*", r"\1=(removed)", each) for each in arguments]
