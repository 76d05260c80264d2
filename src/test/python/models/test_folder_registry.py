"""Publishing into a folder registry, and the example that brings a model of one's own."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import bring_your_own
import make_models
from folder_registry import publish, set_live, versions


def test_versions_count_up_from_one(tmp_path: Path) -> None:
    assert versions(tmp_path, "shop") == []
    assert [publish(tmp_path, "shop", b"model", "a model") for _ in range(3)] == [1, 2, 3]
    (tmp_path / "shop" / "notes").mkdir()
    (tmp_path / "shop" / "007").mkdir()
    assert versions(tmp_path, "shop") == [1, 2, 3]


def test_a_version_never_changes(tmp_path: Path) -> None:
    publish(tmp_path, "shop", b"first", "a model", version=4)
    with pytest.raises(FileExistsError, match="version 4"):
        publish(tmp_path, "shop", b"second", "a model", version=4)
    assert (tmp_path / "shop" / "4" / "model.onnx").read_bytes() == b"first"


@pytest.mark.parametrize("version", [0, -1])
def test_versions_are_positive(tmp_path: Path, version: int) -> None:
    with pytest.raises(ValueError, match="positive"):
        publish(tmp_path, "shop", b"model", "a model", version=version)


@pytest.mark.parametrize("tenant", ["", ".", "../x", ".hidden", "a/b", "a b", "a\n", "ä", "x" * 129])
def test_hostile_names_are_refused(tmp_path: Path, tenant: str) -> None:
    with pytest.raises(ValueError, match="tenant name"):
        publish(tmp_path, tenant, b"model", "a model")
    with pytest.raises(ValueError, match="tenant name"):
        set_live(tmp_path, tenant, 1)
    assert list(tmp_path.iterdir()) == []


def test_nothing_is_left_behind_when_publishing_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(self: Path, target: Path) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Path, "rename", fail)
    with pytest.raises(OSError, match="disk full"):
        publish(tmp_path, "shop", b"model", "a model")
    assert list((tmp_path / "shop").iterdir()) == []


def test_live_names_an_existing_version(tmp_path: Path) -> None:
    publish(tmp_path, "shop", b"model", "a model")
    set_live(tmp_path, "shop", 1)
    assert (tmp_path / "shop" / "live").read_text(encoding="utf-8") == "1"
    with pytest.raises(FileNotFoundError, match="no version 2"):
        set_live(tmp_path, "shop", 2)
    assert sorted(entry.name for entry in (tmp_path / "shop").iterdir()) == ["1", "live"]


def test_bring_your_own_model(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.argv", ["bring_your_own.py", "my-tenant", "--registry", str(tmp_path), "--live"])
    bring_your_own.main()
    assert "published my-tenant version 1" in capsys.readouterr().out
    folder = tmp_path / "my-tenant"
    model = (folder / "1" / "model.onnx").read_bytes()
    metadata = json.loads((folder / "1" / "metadata.json").read_text(encoding="utf-8"))
    assert (metadata["tenant"], metadata["version"], metadata["size"]) == ("my-tenant", 1, len(model))
    assert (folder / "live").read_text(encoding="utf-8") == "1"
    answer = make_models.run_onnx(model, np.array([[6.3, 3.3, 6.0, 2.5], [5.0, 2.0, 3.5, 1.0]]))
    assert answer.tolist() == ["large", "small"]


def test_bring_your_own_refuses_a_bad_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.argv", ["bring_your_own.py", "../x", "--registry", str(tmp_path)])
    with pytest.raises(SystemExit):
        bring_your_own.main()
