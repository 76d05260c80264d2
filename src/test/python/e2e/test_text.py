"""Text outside of ASCII, through the real ./many-models, in every kind of locale."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

TEXT = "Prognose für Köln 🍺"


@pytest.mark.jar
@pytest.mark.parametrize("locale", ["C", "POSIX", "C.UTF-8", "xx_XX.ISO-8859-1"])
def test_description_and_path_arrive_as_they_were_given(repository: Path, tmp_path: Path, locale: str) -> None:
    file, registry = tmp_path / "Köln 🍺.onnx", tmp_path / "Größe"
    shutil.copy(repository / "models" / "tenant1" / "1" / "model.onnx", file)
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("LC_", "MANY_MODELS_"))}
    words = ["models", "publish", "t", str(file), "--registry", str(registry), "--description", TEXT, "--no-wait"]
    done = subprocess.run(
        [repository / "many-models", *words],
        env=kept | {"LC_ALL": locale},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    metadata = json.loads((registry / "t" / "1" / "metadata.json").read_text(encoding="utf-8"))
    assert metadata["description"] == TEXT


@pytest.mark.jar
def test_bytes_that_are_no_text_are_refused(repository: Path, tmp_path: Path) -> None:
    model = repository / "models" / "tenant1" / "1" / "model.onnx"
    words: list[str | bytes | Path] = ["models", "publish", "t", model, "--registry", tmp_path / "r"]
    done = subprocess.run(
        [repository / "many-models", *words, "--description", b"K\xf6ln"],
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    assert done.returncode == 2
    assert "is not plain ASCII and not UTF-8" in done.stderr
    assert not (tmp_path / "r").exists()
