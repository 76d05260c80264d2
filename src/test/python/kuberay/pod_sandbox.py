"""Pods without containers: processes of this machine in namespaces of their own.

A pod has an address on a bridge, so that its ports are its own, and each container its process numbers and its mounts:
/tmp, /run and a copy of /etc of its own, the volumes of the pod. It sees all other files of the machine: there are no
images. There are no limits of memory and CPU either, and all run as who runs the tests.
"""

from __future__ import annotations

import contextlib
import os
import shlex
import shutil
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

GATEWAY = "10.99.0.1"
"""Where the machine itself, with API server and Redis, is for pods."""
KUBERNETES_SERVICE = "10.100.0.1"
_BRIDGE = "pods"


def make_network() -> None:
    """Of this process's own network namespace."""
    for command in (
        ["link", "set", "lo", "up"],
        ["link", "add", _BRIDGE, "type", "bridge"],
        ["address", "add", f"{GATEWAY}/16", "dev", _BRIDGE],
        ["address", "add", f"{KUBERNETES_SERVICE}/32", "dev", _BRIDGE],
        ["link", "set", _BRIDGE, "up"],
    ):
        subprocess.run(["ip", *command], check=True)


@dataclass
class Container:
    """A process with all its descendants."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def exit_code(self) -> int | None:
        return self.process.poll()

    def signal(self, number: signal.Signals) -> None:
        """To its first process."""
        if number == signal.SIGKILL:
            self.process.kill()
            return
        with contextlib.suppress(OSError):
            os.kill(self.first_pid(), number)

    def first_pid(self) -> int:
        """As the machine sees it; OSError where there is none."""
        children = Path(f"/proc/{self.process.pid}/task/{self.process.pid}/children").read_text().split()
        if not children:
            raise ProcessLookupError(self.name)
        return int(children[0])

    def command_inside(self, command: Sequence[str]) -> list[str]:
        return ["nsenter", "--target", str(self.first_pid()), "--net", "--mount", "--pid", "--", *command]


@dataclass
class Sandbox:
    """Network and folders of one pod, which its containers share."""

    number: int
    folder: Path
    _mounted: list[Path] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.address = f"10.99.{1 + self.number // 250}.{1 + self.number % 250}"
        self.etc = self.folder / "etc"
        self.folder.mkdir(parents=True)
        shutil.copytree("/etc", self.etc, symlinks=True, ignore=_unreadable)
        script = "ip link set lo up && echo ready && exec sleep infinity"
        self._pause = subprocess.Popen(["unshare", "--net", "sh", "-c", script], stdout=subprocess.PIPE)
        assert self._pause.stdout is not None
        assert self._pause.stdout.readline() == b"ready\n"
        inside = ["nsenter", "--target", str(self._pause.pid), "--net", "ip"]
        veth = f"pod{self.number}"
        for command in (
            ["ip", "link", "add", veth, "type", "veth", "peer", "name", "eth0", "netns", str(self._pause.pid)],
            ["ip", "link", "set", veth, "master", _BRIDGE, "up"],
            [*inside, "address", "add", f"{self.address}/16", "dev", "eth0"],
            [*inside, "link", "set", "eth0", "up"],
            [*inside, "route", "add", "default", "via", GATEWAY],
        ):
            subprocess.run(command, check=True)

    def volume(self, name: str) -> Path:
        return self.folder / "volumes" / name

    def mounted(self, name: str) -> None:
        """Says that the volume has to be unmounted in the end."""
        self._mounted.append(self.volume(name))

    def start(
        self,
        name: str,
        command: Sequence[str],
        environment: Mapping[str, str],
        volumes: Sequence[tuple[str, str, bool]],
    ) -> Container:
        """A container; volumes are name, where, whether read-only."""
        own = self.folder / name
        for folder in (own / "tmp", own / "home"):
            folder.mkdir(parents=True, exist_ok=True)
        bind = "mount --bind"
        lines = [f"{bind} {self.etc} /etc", "mount -t tmpfs tmpfs /run", f"{bind} {own / 'tmp'} /tmp"]
        for volume, target, read_only in volumes:
            lines += [f"mkdir -p {shlex.quote(target)}", f"{bind} {self.volume(volume)} {shlex.quote(target)}"]
            if read_only:
                lines.append(f"mount -o remount,bind,ro {shlex.quote(target)}")
        script = "\n".join(["set -e", *lines, f"cd {own / 'home'}", 'exec "$@"'])
        log = self.folder / f"{name}.log"
        with log.open("ab") as output:
            process = subprocess.Popen(
                [
                    *["nsenter", "--target", str(self._pause.pid), "--net"],
                    *["unshare", "--mount", "--pid", "--fork", "--kill-child", "--mount-proc"],
                    *["sh", "-c", script, "sh", *command],
                ],
                env={**environment, "HOME": str(own / "home"), "HOSTNAME": self.folder.name},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        return Container(name, process, log)

    def remove(self) -> None:
        """Its containers are gone already. Logs stay."""
        self._pause.kill()
        self._pause.wait()
        for folder in self._mounted:
            subprocess.run(["umount", "--lazy", str(folder)], check=True)
        shutil.rmtree(self.etc, ignore_errors=True)


def _unreadable(folder: str, names: list[str]) -> list[str]:
    """What shutil.copytree leaves out: files that may not be read, and what is neither file nor folder nor link."""
    paths = [Path(folder, name) for name in names]
    return [p.name for p in paths if not p.is_symlink() and not ((p.is_file() or p.is_dir()) and os.access(p, os.R_OK))]
