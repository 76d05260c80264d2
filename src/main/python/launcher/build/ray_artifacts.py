"""Puts Ray's Java classes, which come with the Python wheel only, into the local Maven repository.

The wheel has one jar for what Maven knows as three artifacts. It is split by package so that no class is on a class
path twice.
"""

from __future__ import annotations

import hashlib
import os
import re
import shlex
import zipfile
from collections.abc import Mapping
from pathlib import Path
from xml.etree import ElementTree

from launcher.build.toolchain import Maven
from launcher.errors import LauncherError
from launcher.project import Project

GROUP = "io.ray"
# Every artifact with those it depends on.
ARTIFACTS: Mapping[str, tuple[str, ...]] = {
    "ray-api": (),
    "ray-runtime": ("ray-api",),
    "ray-serve": ("ray-api", "ray-runtime"),
}
_PACKAGES = (("io/ray/api/", "ray-api"), ("io/ray/serve/", "ray-serve"))
# What describes the one jar and is wrong in three.
_LEFT_OUT = frozenset({"META-INF/MANIFEST.MF", "META-INF/INDEX.LIST", "module-info.class"})
_INSTALL_PLUGIN = "3.1.4"
_FAST_COMPRESSION = 1
_MAVEN_NAMESPACE = "http://maven.apache.org/POM/4.0.0"


def install(project: Project, maven: Maven) -> bool:
    """Installs the artifacts and writes .mvn/maven.config; False when that was done before and is still there."""
    version = project.ray_version()
    write_maven_config(project.root, version)
    wheel_jar = project.ray_jars / "ray_dist.jar"
    if not wheel_jar.is_file():
        raise LauncherError(f"{wheel_jar} is missing: remove {project.venv} and run ./many-models setup again")
    stamp = project.runtime / "stamps" / "ray-artifacts"
    mark = f"{version} {wheel_jar.stat().st_size} {hashlib.sha256(Path(__file__).read_bytes()).hexdigest()}"
    if stamp.is_file() and _still_true(stamp.read_text(), mark, version):
        return False
    work = project.runtime / "ray-artifacts"
    work.mkdir(parents=True, exist_ok=True)
    split(wheel_jar, work)
    for artifact in ARTIFACTS:
        (work / f"{artifact}.pom").write_text(pom(artifact, version))
    (work / "pom.xml").write_text(installing_pom(version))
    maven.run(
        ["-B", "-ntp", "-f", str(work / "pom.xml"), "validate"], project.runtime / "setup.log", "installing io.ray"
    )
    for artifact in ARTIFACTS:
        (work / f"{artifact}.jar").unlink()
    stamp.parent.mkdir(parents=True, exist_ok=True)
    repository = local_repository(os.environ)
    stamp.write_text(f"{mark}\n{repository if _installed(repository, version) else ''}")
    return True


def _still_true(stamp: str, mark: str, version: str) -> bool:
    """Whether nothing changed since the stamp was written; if Maven's repository was not found, the stamp has to do."""
    stamped, _, repository = stamp.partition("\n")
    return stamped == mark and (not repository or _installed(Path(repository), version))


def write_maven_config(root: Path, version: str) -> None:
    """Tells every `mvn` in the project which Ray it is built against."""
    config = root / ".mvn" / "maven.config"
    text = f"-Dray.version={version}\n"
    if not config.is_file() or config.read_text() != text:
        config.parent.mkdir(exist_ok=True)
        config.write_text(text)


def artifact_of(entry: str) -> str | None:
    """The artifact that an entry of the wheel's jar belongs to; None for what belongs to none."""
    if entry.endswith("/") or entry in _LEFT_OUT:
        return None
    return next((artifact for prefix, artifact in _PACKAGES if entry.startswith(prefix)), "ray-runtime")


def split(wheel_jar: Path, into: Path) -> None:
    """Writes one jar for each artifact."""
    with zipfile.ZipFile(wheel_jar) as source:
        jars = {
            artifact: zipfile.ZipFile(
                into / f"{artifact}.jar", "w", zipfile.ZIP_DEFLATED, compresslevel=_FAST_COMPRESSION
            )
            for artifact in ARTIFACTS
        }
        for jar in jars.values():
            jar.writestr("META-INF/MANIFEST.MF", "Manifest-Version: 1.0\r\nMulti-Release: true\r\n\r\n")
        seen: set[str] = set()
        for entry in source.infolist():
            artifact = artifact_of(entry.filename)
            if artifact is not None and entry.filename not in seen:
                seen.add(entry.filename)
                jars[artifact].writestr(entry.filename, source.read(entry))
        for jar in jars.values():
            jar.close()


def pom(artifact: str, version: str) -> str:
    dependencies = "".join(
        f"<dependency><groupId>{GROUP}</groupId><artifactId>{name}</artifactId><version>{version}</version></dependency>"
        for name in ARTIFACTS[artifact]
    )
    return _project(artifact, version, "jar", f"<dependencies>{dependencies}</dependencies>")


def installing_pom(version: str) -> str:
    """A project whose validate phase installs the artifacts: one Maven run for all of them."""
    executions = "".join(
        f"<execution><id>{artifact}</id><phase>validate</phase><goals><goal>install-file</goal></goals>"
        f"<configuration><file>${{project.basedir}}/{artifact}.jar</file><pomFile>${{project.basedir}}/{artifact}.pom</pomFile>"
        "</configuration></execution>"
        for artifact in ARTIFACTS
    )
    plugin = (
        "<plugin><groupId>org.apache.maven.plugins</groupId><artifactId>maven-install-plugin</artifactId>"
        f"<version>{_INSTALL_PLUGIN}</version><executions>{executions}</executions></plugin>"
    )
    return _project("ray-artifacts", version, "pom", f"<build><plugins>{plugin}</plugins></build>")


def _project(artifact: str, version: str, packaging: str, body: str) -> str:
    return (
        f'<project xmlns="{_MAVEN_NAMESPACE}"><modelVersion>4.0.0</modelVersion><groupId>{GROUP}</groupId>'
        f"<artifactId>{artifact}</artifactId><version>{version}</version><packaging>{packaging}</packaging>{body}</project>\n"
    )


def local_repository(environment: Mapping[str, str]) -> Path:
    """Where Maven keeps artifacts, as far as options, the user's settings and the default tell."""
    options = shlex.split(f"{environment.get('MAVEN_OPTS', '')} {environment.get('MAVEN_ARGS', '')}")
    for option in reversed(options):
        found = re.fullmatch(r"-Dmaven\.repo\.local=(.+)", option)
        if found:
            return Path(found.group(1))
    settings = Path.home() / ".m2" / "settings.xml"
    configured = _configured_repository(settings.read_text()) if settings.is_file() else None
    return configured or Path.home() / ".m2" / "repository"


def _configured_repository(settings: str) -> Path | None:
    for element in ElementTree.fromstring(settings).iter():  # noqa: S314 - the user's own file
        if element.tag.rpartition("}")[2] == "localRepository" and element.text:
            return Path(element.text.strip().replace("${user.home}", str(Path.home())))
    return None


def _installed(repository: Path, version: str) -> bool:
    return all((repository / "io" / "ray" / name / version / f"{name}-{version}.jar").is_file() for name in ARTIFACTS)
