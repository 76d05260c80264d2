"""Building the control plane, with a go of ours."""

from pathlib import Path

import pytest

from launcher.errors import LauncherError
from launcher.kubernetes import control_plane, kubernetes_tools
from launcher.project import Project

GO_MOD = """module io.manymodels/control-plane
require (
	github.com/ray-project/kuberay/ray-operator v{operator} // indirect
	k8s.io/component-base v0.35.4
	k8s.io/kubernetes v1.35.4
)
"""
# Makes what is asked for and counts its calls.
GO = """#!/bin/sh
echo "$@" >> {calls}
case "$1" in
  build) while [ "$1" != "-o" ]; do shift; done; echo '#!/bin/sh' > "$2"; chmod +x "$2" ;;
  list) echo '{{"Dir": "{module}"}}' ;;
esac
"""


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    project = Project(tmp_path / "project")
    folder = project.root / "src" / "test" / "go" / "control-plane"
    folder.mkdir(parents=True)
    (folder / "go.mod").write_text(GO_MOD.format(operator=kubernetes_tools.KUBERAY_VERSION))
    (folder / "main.go").write_text("package main\n")
    for name in control_plane._OPERATOR_CONFIG:
        file = tmp_path / "module" / "config" / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text("kind: Role\n")
    (tmp_path / "bin").mkdir()
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:/usr/bin:/bin")
    return project


def go(tmp_path: Path, text: str = GO) -> None:
    program = tmp_path / "bin" / "go"
    program.write_text(text.format(calls=tmp_path / "calls", module=tmp_path / "module"))
    program.chmod(0o755)


def calls(tmp_path: Path) -> list[str]:
    return (tmp_path / "calls").read_text().splitlines()


def test_it_is_built_once_for_the_same_sources(project: Project, tmp_path: Path) -> None:
    go(tmp_path)
    built = control_plane.provide(project)
    assert built.are_there()
    assert len(calls(tmp_path)) == 3
    assert "version.gitVersion=v1.35.4" in calls(tmp_path)[0]
    assert "gitMinor=35" in calls(tmp_path)[0]
    assert control_plane.provide(project) == built
    assert len(calls(tmp_path)) == 3
    (project.root / "src" / "test" / "go" / "control-plane" / "main.go").write_text("package main // other\n")
    control_plane.provide(project)
    assert len(calls(tmp_path)) == 6


def test_operator_is_the_one_whose_types_are_used(project: Project, tmp_path: Path) -> None:
    go(tmp_path)
    file = project.root / "src" / "test" / "go" / "control-plane" / "go.mod"
    file.write_text(GO_MOD.format(operator="1.5.1"))
    with pytest.raises(LauncherError, match="has another operator than"):
        control_plane.provide(project)


def test_what_go_says_is_told(project: Project, tmp_path: Path) -> None:
    go(tmp_path, "#!/bin/sh\necho 'go.mod requires go >= 1.25' >&2\nexit 1\n")
    with pytest.raises(LauncherError, match=r"go build failed \(go.mod requires go >= 1.25\).*Get Go 1.25"):
        control_plane.provide(project)
    assert not control_plane.of(project).are_there()
