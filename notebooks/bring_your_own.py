"""Bring your own model: train with scikit-learn, write ONNX, put it in the registry.

    python notebooks/bring_your_own.py my-tenant --registry registry

A second run adds version 2. Without a file `live` the highest version answers; --live makes the new one live.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

from folder_registry import publish, set_live


def train() -> bytes:
    """Is the sepal large or small? Learnt from all four measures; the answer is a string."""
    rows = load_iris().data.astype(np.float32)
    large = rows[:, 0] * rows[:, 1] > 17.5
    model = LogisticRegression(max_iter=1000).fit(rows, np.where(large, "large", "small"))
    # The first output is the prediction. Without zipmap the second one is a plain table of probabilities.
    onnx = to_onnx(model, rows[:1], options={"zipmap": False}, target_opset={"": 15, "ai.onnx.ml": 3})
    return bytes(onnx.SerializeToString())


def main() -> None:
    parser = argparse.ArgumentParser(description="trains a small iris model and publishes it for a tenant")
    parser.add_argument("tenant")
    parser.add_argument("--registry", type=Path, default=Path("registry"))
    parser.add_argument("--live", action="store_true", help="make the new version live")
    arguments = parser.parse_args()
    try:
        version = publish(arguments.registry, arguments.tenant, train(), "sepal size by logistic regression")
    except ValueError as refused:
        parser.error(str(refused))
    if arguments.live:
        set_live(arguments.registry, arguments.tenant, version)
    print(f"published {arguments.tenant} version {version} in {arguments.registry}")
    print(f"""now ask it: ./many-models score {arguments.tenant} '[[6.3, 3.3, 6.0, 2.5], [5.0, 2.0, 3.5, 1.0]]'""")


if __name__ == "__main__":
    main()
