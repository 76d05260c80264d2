"""What a bench needs beside the product's jar: bench/pom.xml pins it, Maven fetches it, .runtime keeps it."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

from launcher.build.toolchain import Maven
from launcher.console import step
from launcher.errors import LauncherError
from launcher.project import Project


def of(project: Project, profile: str) -> list[Path]:
    """The jars of a profile of bench/pom.xml, fetched if the file has changed since."""
    folder = project.runtime / "bench" / f"libraries-{profile}"
    pom = project.root / "bench" / "pom.xml"
    netty = netty_version((project.root / "pom.xml").read_text())
    wanted = f"netty {netty}\n{pom.read_text()}"
    stamp = folder / "stamp"
    if not (stamp.is_file() and stamp.read_text() == wanted):
        shutil.rmtree(folder, ignore_errors=True)
        purpose = f"fetching the libraries of bench {profile}"
        with step(purpose, purpose.replace("fetching", "fetched")):
            options = ["-B", "-ntp", "-f", str(pom), f"-P{profile}", f"-Dnetty.version={netty}"]
            goal = ["dependency:copy-dependencies", f"-DoutputDirectory={folder}"]
            Maven.find(project).run([*options, *goal], project.runtime / "bench" / f"{profile}.log", purpose)
        stamp.write_text(wanted)
    return sorted(folder.glob("*.jar"))


def netty_version(pom: str) -> str:
    """The version that the product uses."""
    found = re.search(r"<netty\.version>([^<]+)</netty\.version>", pom)
    if found is None:
        raise LauncherError("pom.xml does not say which version of Netty it takes")
    return found.group(1)
