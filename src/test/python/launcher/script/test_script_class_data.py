"""The class data that ./many-models makes, with the real jar and the real Java."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from launcher.build import application_jar
from launcher.project import Project

FROM_OURS = re.compile(r"(\S+) source: shared objects file \(top\)")


@pytest.fixture(scope="module")
def root(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A checkout whose `serve` has been started once."""
    built = Project(repository)
    application_jar.build(built)
    # Without a blank in the path: Java 17 does not share classes of jars that have one.
    root = tmp_path_factory.mktemp("checkout")
    (root / "target").mkdir(parents=True)
    for name in ("many-models", "pom.xml", "src/main/shell", "deploy/standalone", "src/main/java", "models"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).symlink_to(repository / name)
    # A link would lead the script to the repository.
    (root / "many-models").unlink()
    shutil.copy2(repository / "many-models", root / "many-models")
    shutil.copyfile(built.jar, root / "target" / "many-models.jar")
    with subprocess.Popen(
        [str(root / "many-models"), "serve", "--port", "0"],
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if line.startswith("  stop "):
                process.send_signal(signal.SIGTERM)
        said = process.communicate(timeout=60)[1].splitlines()
    assert process.returncode == 128 + signal.SIGTERM
    assert [line for line in said if "-INFO-" not in line] == [
        "many-models: preparing class data, once ...",
        f"many-models: made {root}/registry, a copy of the demo's models",
    ]
    return root


def environment(**more: str) -> dict[str, str]:
    ours = {name: value for name, value in os.environ.items() if not name.startswith("MANY_MODELS_")}
    return ours | {"MANY_MODELS_DRAIN_S": "0"} | more


def classes_from_ours(root: Path, log: Path) -> set[str]:
    """Those that a command takes out of our archive; nothing is said about it."""
    result = subprocess.run(
        [str(root / "many-models"), "models", "list"],
        env=environment(MANY_MODELS_JAVA_OPTIONS=f"-Xlog:class+load:file={log}"),
        capture_output=True,
        text=True,
        check=False,
    )
    assert (result.returncode, result.stderr) == (0, "")
    assert result.stdout.startswith("tenant1 ")
    return set(FROM_OURS.findall(log.read_text()))


def test_class_data_has_what_serving_loads(root: Path, tmp_path: Path) -> None:
    shared = classes_from_ours(root, tmp_path / "log")
    assert "io.manymodels.cli.Main" in shared
    assert "HTTP/1.1 200 OK" in (root / ".runtime" / "class-data.log").read_text().splitlines()


def test_libraries_are_unpacked(root: Path) -> None:
    names = {file.name for file in (root / "target" / "native").iterdir()}
    assert any("onnxruntime4j_jni" in name for name in names)


@pytest.mark.parametrize("content", [b"", b"no archive", None])
def test_class_data_that_is_broken_or_of_another_jar_is_no_news(
    root: Path, tmp_path: Path, content: bytes | None
) -> None:
    copy = tmp_path / "copy"
    shutil.copytree(root, copy, symlinks=True)
    archive = copy / "target" / "many-models.jsa"
    if content is not None:
        archive.chmod(0o644)
        archive.write_bytes(content)
    # Of None: the archive names the jar by the path that it had.
    assert classes_from_ours(copy, tmp_path / "log") == set()
