"""A checkout of its own for iac/azure.sh, with stubs of the programs that it calls first on PATH."""

from __future__ import annotations

import importlib.util
import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

STUB = Path(__file__).with_name("stub_cloud.py")
PROGRAMS = ("az", "kubectl", "helm", "mvn")


@dataclass
class Checkout:
    """What a run leaves: the calls of the last run, and what the stubs keep."""

    root: Path
    calls: list[list[str]] = field(default_factory=list)
    said: str = ""

    def run(self, *arguments: str, stdin: str = "", fail: str = "") -> subprocess.CompletedProcess[str]:
        log = self.root / "stub" / "calls.jsonl"
        log.unlink(missing_ok=True)
        path = os.pathsep.join([str(self.root / "bin"), os.environ["PATH"]])
        result = subprocess.run(
            [str(self.root / "iac" / "azure.sh"), *arguments],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env={"PATH": path, "STUB_FOLDER": str(self.root / "stub"), "STUB_FAIL": fail, "HOME": str(self.root)},
        )
        self.calls = [json.loads(line) for line in log.read_text().splitlines()] if log.exists() else []
        return result

    def state(self) -> dict[str, Any]:
        found: dict[str, Any] = json.loads((self.root / "stub" / "state.json").read_text())
        return found

    def work(self) -> Path:
        return self.root / ".runtime" / "azure" / "many-models"

    def parameters(self, **changes: str) -> Path:
        """A file with some parameters changed."""
        text = (self.root / "iac" / "parameters.env").read_text()
        for name, value in changes.items():
            text, count = re.subn(rf"^{name}=.*$", lambda _, line=f"{name}={value}": line, text, flags=re.MULTILINE)
            assert count == 1, name
        file = self.root / "changed.env"
        file.write_text(text)
        return file


@pytest.fixture
def checkout(repository: Path, tmp_path: Path) -> Checkout:
    """Of which nothing was made yet."""
    root = tmp_path / "checkout"
    for name in ("iac", "deploy", "src/main/python/manymodels"):
        shutil.copytree(repository / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    (root / "stub").mkdir()
    (root / "bin").mkdir()
    for program in [*(root / "bin" / each for each in PROGRAMS), root / "many-models"]:
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I -S "{STUB}" {program.name} "$@"\n')
        program.chmod(0o755)
    return Checkout(root)


@pytest.fixture(scope="session")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture
def made(checkout: Checkout, kept: Path) -> Checkout:
    """After an `up`, whose calls are in it; that run is made once for all tests."""
    if not (kept / "stub").exists():
        result = checkout.run("up")
        assert result.returncode == 0, result.stderr
        shutil.copytree(checkout.root / ".runtime", kept / ".runtime")
        shutil.copytree(checkout.root / "stub", kept / "stub")
        (kept / "said").write_text(result.stdout + result.stderr)
    shutil.copytree(kept / ".runtime", checkout.root / ".runtime", dirs_exist_ok=True)
    shutil.copytree(kept / "stub", checkout.root / "stub", dirs_exist_ok=True)
    calls = (kept / "stub" / "calls.jsonl").read_text().splitlines()
    return Checkout(checkout.root, [json.loads(line) for line in calls], (kept / "said").read_text())


@pytest.fixture(scope="session")
def azure_arguments() -> ModuleType:
    """The judge beside this file; not an import, because the tests are no package."""
    spec = importlib.util.spec_from_file_location("azure_arguments", Path(__file__).with_name("azure_arguments.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
