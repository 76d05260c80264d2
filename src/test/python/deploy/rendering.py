"""deploy/ as kustomize renders it for the example in deploy/README.md."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


def example_of(page: Path, folder: str) -> str:
    """The kustomization of a reader's folder in the page."""
    found = re.findall(rf"```yaml\n# {folder}/kustomization\.yaml.*?\n(.*?)```", page.read_text(), re.DOTALL)
    assert len(found) == 1
    return str(found[0])


@dataclass(frozen=True)
class Rendering:
    """A copy of deploy/, with folders of a reader beside it."""

    kubectl: Path
    root: Path
    example: str

    @staticmethod
    def of(repository: Path, kubectl: Path, root: Path) -> Rendering:
        shutil.copytree(repository / "deploy", root / "many-models" / "deploy")
        example = example_of(repository / "deploy" / "README.md", "my-cluster")
        assert "sizes/small" in example
        return Rendering(kubectl, root, example)

    def size(self, size: str) -> str:
        """The example with a size; no size: deploy/ alone."""
        if not size:
            return self._render(self.root / "many-models" / "deploy")
        return self.folder(f"my-cluster-{size}", self.example.replace("sizes/small", f"sizes/{size}"))

    def folder(self, name: str, kustomization: str, *files: Path) -> str:
        """What a kustomization of a folder beside the checkout makes, with copies of the files in it."""
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        for file in files:
            shutil.copy(file, folder)
        (folder / "kustomization.yaml").write_text(kustomization)
        return self._render(folder)

    def standalone(self, config: bool = True) -> str:
        """The example of deploy/standalone, with the shipped configuration; without: deploy/standalone alone."""
        here = self.root / "many-models" / "deploy"
        if not config:
            return self._render(here / "standalone")
        example = example_of(here / "standalone" / "README.md", "my-service")
        return self.folder("my-service", example, here / "rayservice.yaml")

    def _render(self, folder: Path) -> str:
        result = subprocess.run(
            [str(self.kubectl), "kustomize", str(folder)], capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stdout
