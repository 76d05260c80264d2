"""What a file or folder holds, by its first bytes. Needs nothing but the standard library, and reads no model."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

PICKLE = "pickle"
JOBLIB = "joblib"
SKOPS = "skops"
XGBOOST = "xgboost"
LIGHTGBM = "lightgbm"
CATBOOST = "catboost"
TORCH = "torch"
MLFLOW = "mlflow"
ONNX = "onnx"

# Reading these runs whatever code the file names.
RUNS_CODE = frozenset({PICKLE, JOBLIB, TORCH, MLFLOW})
ML_MODEL = "MLmodel"
EXAMPLE_SUFFIX = ".example.json"
_HEAD_BYTES = 4096
_PICKLE_PROTOCOLS = range(2, 6)
# Of joblib's compressors: zlib, gzip, bz2, xz, lzma, lz4.
_COMPRESSED = (
    *(b"\x78\x01", b"\x78\x5e", b"\x78\x9c", b"\x78\xda"),
    *(b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"\x5d\x00\x00", b"\x04\x22\x4d\x18"),
)
_USUAL_ENDINGS = frozenset(
    {".pkl", ".pickle", ".joblib", ".skops", ".ubj", ".cbm", ".pt", ".pth", ".model", ".bin", ".sav", ".dat"}
)


@dataclass(frozen=True)
class Found:
    """A model: the name of what is made of it, where it is, and its format; None is one that nothing reads."""

    name: str
    path: Path
    format: str | None


def format_of(path: Path) -> str | None:
    """The format of a file or of an MLflow folder; None when it is none of those that can be converted."""
    if path.is_dir():
        return MLFLOW if (path / ML_MODEL).is_file() else None
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if head.startswith(b"PK\x03\x04"):
        return _format_of_zip(path)
    if head.startswith(b"CBM1"):
        return CATBOOST
    if head.startswith((b"tree\n", b"tree\r\n")):
        return LIGHTGBM
    if _is_xgboost(head):
        return XGBOOST
    if head[:1] == b"\x80" and head[1:2] and head[1] in _PICKLE_PROTOCOLS:
        # torch.save before 1.6 began with this number, pickled.
        return TORCH if b"\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." in head else PICKLE
    if head.startswith(_COMPRESSED):
        return JOBLIB
    if path.suffix.lower() == ".onnx" and head[:1] == b"\x08":
        return ONNX
    # Protocols 0 and 1 have no mark of their own.
    return PICKLE if path.suffix.lower() in (".pkl", ".pickle") and head[:1] in (b"c", b"(", b"]", b"}") else None


def _format_of_zip(path: Path) -> str | None:
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except (zipfile.BadZipFile, OSError):
        return None
    if "schema.json" in names:
        return SKOPS
    return TORCH if any(name.endswith(("/data.pkl", "/constants.pkl")) for name in names) else None


def _is_xgboost(head: bytes) -> bool:
    """As JSON, or as UBJSON, whose objects begin with the length of their first key."""
    text = head.lstrip()
    if text.startswith(b"{") and b'"learner"' in head:
        return True
    return (head[:1] == b"{" and b"learner" in head[:64]) or (head[:2] == b"{L" and b"learner" in head)


def models_in(folder: Path) -> tuple[list[Found], list[Path]]:
    """The models of a folder by name, and the files that are none.

    Taken are `<name>.<anything>`, `<name>/MLmodel` and `<name>/<version>/model/MLmodel`, of which the highest version.
    Names that start with a dot, examples and reports are passed over.
    """
    found: list[Found] = []
    others: list[Path] = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith(".") or path.name.endswith(EXAMPLE_SUFFIX):
            continue
        if path.is_dir():
            model = _mlflow_folder(path)
            if model is not None:
                found.append(Found(path.name, model, MLFLOW))
        elif path.is_file():
            kind = format_of(path)
            if kind is not None or path.suffix.lower() in _USUAL_ENDINGS:
                found.append(Found(path.stem, path, kind))
            else:
                others.append(path)
    return found, others


def _mlflow_folder(tenant: Path) -> Path | None:
    if format_of(tenant):
        return tenant
    versions = [each for each in tenant.iterdir() if each.name.isascii() and each.name.isdecimal()]
    models = [each / "model" for each in sorted(versions, key=lambda each: int(each.name))]
    return next((each for each in reversed(models) if each.is_dir() and format_of(each)), None)


def example_beside(found: Found) -> Path | None:
    """The rows that lie beside the model as <name>.example.json."""
    if found.path.is_dir() and found.path.name != found.name:
        return None
    file = found.path.parent / f"{found.name}{EXAMPLE_SUFFIX}"
    return file if file.is_file() else None


def says_nothing(path: Path) -> str:
    """Why a file or folder cannot be converted, and what to do instead."""
    known = "pickle, joblib, skops, XGBoost (JSON, UBJ), LightGBM (text), CatBoost (.cbm), PyTorch, an MLflow folder"
    if path.is_dir():
        return f"there is no {ML_MODEL} and no model; convert takes {known}"
    with path.open("rb") as file:
        head = file.read(_HEAD_BYTES)
    if not head:
        return "the file is empty"
    if head.startswith(b"\x89HDF"):
        return "this is an HDF5 file, as of Keras; export it there: model.export('model.onnx', format='onnx')"
    if head[:1] == b"{" and _is_json(path):
        return "this is JSON, and not of an XGBoost model"
    return f"the first bytes are of no format that convert takes: {known}"


def _is_json(path: Path) -> bool:
    try:
        json.loads(path.read_bytes())
    except ValueError:
        return False
    return True
