"""The image of the one process: its linter, and what its steps make, carried out without a daemon or base images."""

from __future__ import annotations

import json
import os
import re
import signal
import urllib.request
from pathlib import Path

import chroots
import pytest
import yaml
from dockerfile import instructions
from linting import assert_nothing_found
from standalone_image import Stage, make, running
from waiting import await_that

from launcher.build import application_jar
from launcher.cluster import ports
from launcher.project import Project

HOME = "opt/many-models"
SECONDS = 60


@pytest.fixture(scope="session")
def stages(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Stage]:
    chroots.require(tmp_path_factory.mktemp("probe"))
    application_jar.build(Project(repository))
    return make(repository, tmp_path_factory.mktemp("standalone"))


@pytest.fixture(scope="session")
def image(stages: dict[str, Stage]) -> Stage:
    return stages[""]


def status(url: str, body: object = None) -> int:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(url, data, {"Content-Type": "application/json"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as error:
        return error.code
    except OSError:
        return 0


def test_linter_has_nothing_to_say(repository: Path) -> None:
    assert_nothing_found("hadolint", repository, "--no-color", "deploy/standalone/Dockerfile")


def test_the_daemon_gets_what_is_copied_and_nothing_else(repository: Path) -> None:
    folder = repository / "deploy" / "standalone"
    copied = [rest.split() for name, rest in instructions(folder / "Dockerfile") if name == "COPY"]
    sources = [source for words in copied if not words[0].startswith("--from") for source in words[:-1]]
    first, *others = (folder / "Dockerfile.dockerignore").read_text().splitlines()
    assert first == "*"
    assert others == [f"!{source}" for source in sources]
    assert all((repository / source).exists() for source in sources)


def test_bases_can_be_named_by_digest(repository: Path) -> None:
    made = instructions(repository / "deploy" / "standalone" / "Dockerfile")
    assert [rest for name, rest in made if name == "FROM"] == ["${BUILD} AS build", "${BASE}"]
    assert [rest.partition("=")[0] for name, rest in made if name == "ARG"] == ["BUILD", "BASE"]


@pytest.mark.jar
def test_only_what_is_needed_stays(image: Stage) -> None:
    files = {str(path.relative_to(image.root / HOME)) for path in (image.root / HOME).rglob("*") if path.is_file()}
    machine = os.uname().machine
    netty = {"x86_64": "x86_64", "aarch64": "aarch_64"}[machine]
    assert files == {
        "classes.jsa",
        "jvm.options",
        "many-models.jar",
        f"native/libnetty_transport_native_epoll_{netty}.so",
        "native/libonnxruntime.so",
        "native/libonnxruntime4j_jni.so",
    }


@pytest.mark.jar
def test_first_process_is_java_and_the_pod_may_give_it_other_arguments(image: Stage, repository: Path) -> None:
    assert image.entrypoint[0] == "java"
    assert image.command == ["serve"]
    config = yaml.safe_load((repository / "deploy" / "standalone" / "config" / "kustomization.yaml").read_text())
    (arguments,) = [
        each["value"] for each in yaml.safe_load(config["patches"][0]["patch"]) if each["path"].endswith("/args")
    ]
    assert arguments[0] == "serve"


@pytest.mark.jar
def test_image_and_pod_agree_on_user_port_and_folders(image: Stage, repository: Path) -> None:
    deployment = yaml.safe_load((repository / "deploy" / "standalone" / "deployment.yaml").read_text())
    pod = deployment["spec"]["template"]["spec"]
    container = pod["containers"][0]
    security = pod["securityContext"]
    assert image.user == f"{security['runAsUser']}:{security['runAsGroup']}"
    assert int(image.user.split(":")[0]) > 0
    assert image.ports == [str(each["containerPort"]) for each in container["ports"]]
    assert set(image.volumes) <= {each["mountPath"] for each in container["volumeMounts"]}
    assert image.folder in image.volumes


@pytest.mark.jar
def test_serves_from_a_read_only_root_and_ends_by_sigterm(image: Stage, tmp_path: Path) -> None:
    log, port = tmp_path / "log", ports.pick()
    url = f"http://127.0.0.1:{port}"
    with running(image, {"MANY_MODELS_DIRECT_PORT": str(port)}, log) as container:
        await_that(
            "it is ready", lambda: status(f"{url}/-/ready") == 200 or container.outer.poll() is not None, SECONDS
        )
        assert container.outer.poll() is None, log.read_text()
        inside = Path(f"/proc/{container.pid}")
        assert (inside / "comm").read_text() == "java\n"
        assert re.search(r"^NSpid:\t\d+\t1$", (inside / "status").read_text(), re.MULTILINE)
        # Every address of the machine, not only the one that Java takes for loopback.
        assert status(f"http://127.0.0.2:{port}/-/healthz") == 200
        assert status(f"{url}/score", {"tenant": "nobody", "data": [[1]]}) == 404
        maps = (inside / "maps").read_text()
        for library in ("libonnxruntime.so", "libonnxruntime4j_jni.so", "libnetty_transport_native_epoll_"):
            assert f"/{HOME}/native/{library}" in maps
        assert f"/{HOME}/classes.jsa" in maps
        assert not [path for path in (inside / "root" / "tmp").rglob("*") if path.suffix == ".so"]
        os.kill(container.pid, signal.SIGTERM)
        assert container.outer.wait(SECONDS) == 128 + signal.SIGTERM
    assert "WARNING" not in log.read_text()


@pytest.mark.jar
def test_serves_without_epoll_by_javas_own_nio(image: Stage, tmp_path: Path) -> None:
    log, port = tmp_path / "log", ports.pick()
    settings = {"MANY_MODELS_DIRECT_PORT": str(port), "JDK_JAVA_OPTIONS": "-Dio.netty.transport.noNative=true"}
    with running(image, settings, log) as container:
        await_that("it is ready", lambda: status(f"http://127.0.0.1:{port}/-/ready") == 200, SECONDS)
        assert "epoll" not in Path(f"/proc/{container.pid}/maps").read_text()
        assert status(f"http://127.0.0.1:{port}/score", {"tenant": "nobody", "data": [[1]]}) == 404


@pytest.mark.jar
def test_most_classes_come_from_the_archive(image: Stage, tmp_path: Path) -> None:
    log, port = tmp_path / "log", ports.pick()
    # On: the JVM ends when it cannot use the archive. Commands are not in it: Java 17 takes no class as old as picocli.
    options = "-Xshare:on -Xlog:class+load:file=/var/lib/many-models/loaded"
    with running(image, {"MANY_MODELS_DIRECT_PORT": str(port), "JDK_JAVA_OPTIONS": options}, log) as container:
        await_that("it is ready", lambda: status(f"http://127.0.0.1:{port}/-/ready") == 200, SECONDS)
        loaded = container.at("/var/lib/many-models/loaded").read_text().splitlines()
    ours = [line for line in loaded if " io.manymodels." in line and "Lambda" not in line]
    assert len(ours) > 200
    assert sum("shared objects file" in line for line in ours) > 0.9 * len(ours)
