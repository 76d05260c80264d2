"""The resources of deploy/ as kustomize renders them, in the way that deploy/README.md shows."""

from __future__ import annotations

import re
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from launcher.kubernetes_tools import KubernetesTools

Resource = dict[str, Any]


@pytest.fixture(scope="session")
def rendered(
    repository: Path, tools: KubernetesTools, tmp_path_factory: pytest.TempPathFactory
) -> Callable[[str], str]:
    """What `kubectl kustomize` makes of the example in the README with a size; no size: deploy/ alone."""
    root = tmp_path_factory.mktemp("kustomize")
    shutil.copytree(repository / "deploy", root / "many-models" / "deploy")
    readme = (repository / "deploy" / "README.md").read_text()
    example = re.findall(r"```yaml\n# my-cluster/kustomization\.yaml.*?\n(.*?)```", readme, re.DOTALL)
    assert len(example) == 1

    def render(size: str) -> str:
        folder = root / "many-models" / "deploy"
        if size:
            folder = root / f"my-cluster-{size}"
            folder.mkdir(exist_ok=True)
            assert "sizes/small" in example[0]
            (folder / "kustomization.yaml").write_text(example[0].replace("sizes/small", f"sizes/{size}"))
        result = subprocess.run(
            [str(tools.kubectl), "kustomize", str(folder)], capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stdout

    return render


@pytest.fixture(scope="session", params=["", "small", "large"], ids=["as-it-is", "small", "large"])
def resources(request: pytest.FixtureRequest, rendered: Callable[[str], str]) -> list[Resource]:
    """All of them, in each size."""
    return list(yaml.safe_load_all(rendered(request.param)))


@pytest.fixture(scope="session")
def service(resources: list[Resource]) -> Resource:
    """The RayService."""
    found = [each for each in resources if each["kind"] == "RayService"]
    assert len(found) == 1
    return found[0]
