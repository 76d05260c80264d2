"""`status`: deployments, replicas, processes and their memory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.table import Table

from launcher import local_http
from launcher.cluster import processes, serve_api
from launcher.cluster.instance import Instance, command
from launcher.cluster.processes import Process
from launcher.cluster.ray_cluster import Cluster
from launcher.cluster.serve_api import Application
from launcher.console import console, say

_MIB = 2**20


@dataclass(frozen=True)
class ProcessUse:
    """A process and what it is for."""

    role: str
    pid: int
    pss_bytes: int | None
    is_jvm: bool


@dataclass(frozen=True)
class Status:
    """One look at an instance."""

    instance: str
    base_url: str
    dashboard_url: str
    direct_url: str | None
    grpc_address: str | None
    running: bool
    applications: tuple[Application, ...]
    processes: tuple[ProcessUse, ...]

    @property
    def is_ready(self) -> bool:
        return bool(self.applications) and all(application.is_ready for application in self.applications)

    def pss_of(self, jvms: bool) -> int:
        return sum(use.pss_bytes or 0 for use in self.processes if use.is_jvm == jvms)

    def to_json(self) -> dict[str, Any]:
        totals = {"replica_jvms_pss_bytes": self.pss_of(jvms=True), "ray_pss_bytes": self.pss_of(jvms=False)}
        return asdict(self) | {"ready": self.is_ready, "totals": totals}


def look(instance: Instance) -> Status:
    record = instance.read()
    there = Cluster(instance).processes()
    if record is None or not there:
        return Status(instance.name, "", "", None, None, False, (), ())
    try:
        found = tuple(serve_api.applications(record.ports.dashboard_url))
    except local_http.NoAnswerError:
        found = ()
    uses = tuple(use_of(process, found) for process in there)
    ports = record.ports
    urls = (ports.base_url, ports.dashboard_url, ports.direct_url, ports.grpc_address)
    return Status(instance.name, *urls, True, found, uses)


def use_of(process: Process, applications: Sequence[Application]) -> ProcessUse:
    replica = next(
        (d.name for a in applications for d in a.deployments for r in d.replicas if r.pid == process.pid),
        None,
    )
    role = replica or ("spare Java worker" if is_jvm(process) else role_of(process))
    return ProcessUse(role, process.pid, processes.pss_bytes(process.pid), is_jvm(process))


def is_jvm(process: Process) -> bool:
    return process.program == "java"


def role_of(process: Process) -> str:
    """A short name for a process of Ray's own, from its arguments or the title that it gave itself."""
    first, *others = process.arguments or ("",)
    if first.startswith("ray"):
        return first.split()[0]
    if "-m" in others[:-1]:
        return others[others.index("-m") + 1]
    if "-c" in others:
        return "ray dashboard helper"
    scripts = [Path(argument).name for argument in others if argument.endswith(".py")]
    return scripts[0] if scripts else Path(first).name


def show(status: Status) -> None:
    if not status.running:
        say(f"instance {status.instance} is not running. Start it with: {command(status.instance, 'up')}")
        return
    use = {u.pid: u for u in status.processes}
    for application in status.applications:
        say(f"application {application.name}: {application.status} {serve_api.reason(application.message)}".rstrip())
        table = Table("deployment", "status", "replicas", "state", "pid", "PSS MiB", box=None)
        for deployment in application.deployments:
            for number, replica in enumerate(deployment.replicas or ()):
                head = (
                    (deployment.name, deployment.status, f"{deployment.running}/{deployment.target}")
                    if number == 0
                    else ("", "", "")
                )
                memory = use.get(replica.pid or 0)
                table.add_row(*head, replica.state, str(replica.pid or "-"), _mib(memory.pss_bytes if memory else None))
            if not deployment.replicas:
                table.add_row(deployment.name, deployment.status, f"0/{deployment.target}", "-", "-", "-")
        console.print(table)
    replicas = {r.pid for a in status.applications for d in a.deployments for r in d.replicas}
    table = Table("other process", "pid", "PSS MiB", box=None)
    for other in status.processes:
        if other.pid not in replicas:
            table.add_row(other.role, str(other.pid), _mib(other.pss_bytes))
    console.print(table)
    say(
        f"JVMs together {_mib(status.pss_of(jvms=True))} MiB PSS,"
        f" Ray's own processes {_mib(status.pss_of(jvms=False))} MiB"
    )
    direct = "" if status.direct_url is None else f"   direct {status.direct_url}/score"
    grpc = "" if status.grpc_address is None else f"   gRPC {status.grpc_address}"
    say(f"score {status.base_url}/score{direct}{grpc}   dashboard {status.dashboard_url}/#/serve")


def _mib(count: int | None) -> str:
    return "-" if count is None else f"{count / _MIB:.0f}"
