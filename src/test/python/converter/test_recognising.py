"""Formats by their first bytes, and what a folder holds."""

from __future__ import annotations

import bz2
import gzip
import lzma
import pickle
import zipfile
import zlib
from pathlib import Path

import pytest

from converter import recognising
from converter.recognising import Found, example_beside, format_of, models_in, says_nothing

MODEL = {"any": "object"}
PACKED = [zlib.compress, gzip.compress, bz2.compress, lzma.compress]


def written(folder: Path, name: str, content: bytes) -> Path:
    file = folder / name
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    return file


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_pickles_of_every_protocol(tmp_path: Path, protocol: int) -> None:
    assert format_of(written(tmp_path, "m.pkl", pickle.dumps(MODEL, protocol))) == recognising.PICKLE


@pytest.mark.parametrize("pack", PACKED)
def test_compressed_joblib_files(tmp_path: Path, pack: object) -> None:
    assert callable(pack)
    assert format_of(written(tmp_path, "m.joblib", pack(pickle.dumps(MODEL)))) == recognising.JOBLIB


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"tree\nversion=v4\n", recognising.LIGHTGBM),
        (b"tree\r\nversion=v4\r\n", recognising.LIGHTGBM),
        (b"CBM1\x08\x00", recognising.CATBOOST),
        (b'{"learner":{"attributes":{}', recognising.XGBOOST),
        (b'{\n  "version": [3, 2, 0],\n  "learner": {', recognising.XGBOOST),
        (b"{L\x00\x00\x00\x00\x00\x00\x00\x07learner{", recognising.XGBOOST),
        (b'{"columns": ["a"], "data": [[1]]}', None),
        (b"a,b,c\n1,2,3\n", None),
        (b"", None),
        (b"\x80\x09", None),
        (b"PK\x03\x04 and no more", None),
        (b"\x89HDF\r\n\x1a\n", None),
    ],
)
def test_formats_by_first_bytes(tmp_path: Path, content: bytes, expected: str | None) -> None:
    """Whatever the name says."""
    assert format_of(written(tmp_path, "model.anything", content)) == expected


@pytest.mark.parametrize(
    ("member", "expected"),
    [
        ("schema.json", recognising.SKOPS),
        ("archive/data.pkl", recognising.TORCH),
        ("code/constants.pkl", recognising.TORCH),
        ("xl/workbook.xml", None),
    ],
)
def test_zips_by_what_they_hold(tmp_path: Path, member: str, expected: str | None) -> None:
    with zipfile.ZipFile(tmp_path / "m", "w") as archive:
        archive.writestr(member, "")
    assert format_of(tmp_path / "m") == expected


def test_models_of_a_folder(tmp_path: Path) -> None:
    written(tmp_path, "b.pkl", pickle.dumps(MODEL))
    written(tmp_path, "a.txt", b"tree\n")
    written(tmp_path, "a.example.json", b"{}")
    written(tmp_path, "c/MLmodel", b"")
    for version in ("9", "10", "latest"):
        written(tmp_path, f"d/{version}/model/MLmodel", b"")
    written(tmp_path, "e/notes/x.pkl", pickle.dumps(MODEL))
    written(tmp_path, "broken.joblib", b"nothing")
    written(tmp_path, ".hidden.pkl", pickle.dumps(MODEL))
    written(tmp_path, "notes.txt", b"nothing")
    found, others = models_in(tmp_path)
    assert [(each.name, str(each.path.relative_to(tmp_path)), each.format) for each in found] == [
        ("a", "a.txt", recognising.LIGHTGBM),
        ("b", "b.pkl", recognising.PICKLE),
        ("broken", "broken.joblib", None),
        ("c", "c", recognising.MLFLOW),
        ("d", "d/10/model", recognising.MLFLOW),
    ]
    assert others == [tmp_path / "notes.txt"]


def test_example_lies_beside(tmp_path: Path) -> None:
    model = written(tmp_path, "a.txt", b"tree\n")
    assert example_beside(Found("a", model, recognising.LIGHTGBM)) is None
    example = written(tmp_path, "a.example.json", b"{}")
    assert example_beside(Found("a", model, recognising.LIGHTGBM)) == example


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "the file is empty"),
        (b"\x89HDF\r\n\x1a\n", "export it there: model.export("),
        (b'{"a": 1}', "this is JSON, and not of an XGBoost model"),
        (b"?", "the first bytes are of no format that convert takes: pickle, joblib"),
    ],
)
def test_other_files_are_told_the_way(tmp_path: Path, content: bytes, told: str) -> None:
    assert told in says_nothing(written(tmp_path, "x", content))


def test_folder_without_models_is_told_what_is_taken(tmp_path: Path) -> None:
    assert says_nothing(tmp_path).startswith("there is no MLmodel and no model; convert takes pickle")
