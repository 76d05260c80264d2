"""deploy/ as kustomize renders it for the example in deploy/README.md."""

from __future__ import annotations

import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Rendering:
    """A copy of deploy/, with folders of a reader beside it."""

    kubectl: Path
    root: Path
    example: str

    @staticmethod
    def of(repository: Path, kubectl: Path, root: Path) -> Rendering:
        shutil.copytree(repository / "deploy", root / "many-models" / "deploy")
        readme = (repository / "deploy" / "README.md").read_text()
        example = re.findall(r"```yaml\n# my-cluster/kustomization\.yaml.*?\n(.*?)```", readme, re.DOTALL)
        assert len(example) == 1
        assert "sizes/small" in example[0]
        return Rendering(kubectl, root, example[0])

    def size(self, size: str) -> str:
        """The example with a size; no size: deploy/ alone."""
        if not size:
            return self._render(self.root / "many-models" / "deploy")
        return self.folder(f"my-cluster-{size}", self.example.replace("sizes/small", f"sizes/{size}"))

    def folder(self, name: str, kustomization: str) -> str:
        """What a kustomization of a folder beside the checkout makes."""
        folder = self.root / name
        folder.mkdir(exist_ok=True)
        (folder / "kustomization.yaml").write_text(kustomization)
        return self._render(folder)

    def _render(self, folder: Path) -> str:
        result = subprocess.run(
            [str(self.kubectl), "kustomize", str(folder)], capture_output=True, text=True, check=False
        )
        assert result.returncode == 0, result.stderr
        return result.stdout
