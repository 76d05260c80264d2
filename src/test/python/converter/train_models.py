"""Trains a model with each library, and writes it as people do, with what the library answers for some rows.

    PYTHON train_models.py FOLDER

PYTHON has the libraries. FOLDER/models gets the models, FOLDER/answers.json what they answer, by name.
"""

from __future__ import annotations

import json
import pickle
import sys
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import catboost
import joblib
import lightgbm
import mlflow
import numpy as np
import pandas as pd
import skops.io
import xgboost
from mlflow.models import infer_signature
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

ROWS = 300
ASKED = 12
chance = np.random.default_rng(7)
NUMBERS = ["seats", "hours"]
TEXTS = ["plan", "region"]


def customers() -> tuple[pd.DataFrame, np.ndarray]:
    """Numbers and texts, some of them missing, and who leaves."""
    table = pd.DataFrame(
        {
            "customer": [f"c{number}" for number in range(ROWS)],
            "plan": chance.choice(["basic", "pro", "team"], ROWS),
            "region": chance.choice(["north", "süd", "east"], ROWS),
            "seats": chance.integers(1, 50, ROWS).astype(float),
            "hours": np.round(chance.normal(20, 5, ROWS), 2),
        }
    ).astype({"plan": object, "region": object})
    score = table.hours + 5 * (table.plan == "pro") + chance.normal(size=ROWS)
    return table, np.where(score > 22, "stays", "leaves")


def preprocessing(impute: bool) -> ColumnTransformer:
    texts = [SimpleImputer(strategy="most_frequent")] if impute else []
    return ColumnTransformer(
        [
            ("numbers", make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), NUMBERS),
            ("texts", make_pipeline(*texts, OneHotEncoder(handle_unknown="ignore")), TEXTS),
        ]
    )


class Written:
    """Writes models into a folder, and remembers what they answer."""

    def __init__(self, folder: Path) -> None:
        self.models = folder / "models"
        self.models.mkdir()
        self.answers: dict[str, Any] = {}

    def add(self, name: str, save: Callable[[Any], Any], asked: Any, *outputs: Any) -> None:
        """Saved as models/name; its outputs are for the asked rows. Cells that pandas has as NaN are null."""
        save(self.models / name)
        table = asked if isinstance(asked, pd.DataFrame) else pd.DataFrame(asked)
        rows = [[None if cell != cell else cell for cell in row] for row in table.astype(object).to_numpy().tolist()]
        stem = name.split("/")[0].partition(".")[0]
        columns = [str(column) for column in table.columns] if isinstance(asked, pd.DataFrame) else None
        listed = [np.asarray(output).tolist() for output in outputs]
        self.answers[stem] = {"columns": columns, "rows": rows, "outputs": listed}

    def joblib(self, name: str, model: Any, asked: Any, *methods: str) -> None:
        outputs = [getattr(model, method)(asked) for method in methods]
        self.add(f"{name}.joblib", lambda file: joblib.dump(model, file), asked, *outputs)


def sklearn_models(written: Written) -> None:
    table, leaves = customers()
    gaps = table.copy()
    gaps.loc[chance.random(ROWS) < 0.2, "seats"] = np.nan
    gaps.loc[chance.random(ROWS) < 0.2, "plan"] = np.nan
    used = [*TEXTS, *NUMBERS]
    imputed = make_pipeline(preprocessing(impute=True), LogisticRegression()).fit(gaps, leaves)
    churn = make_pipeline(preprocessing(impute=False), LogisticRegression()).fit(table, leaves)
    asked = table[used].head(ASKED)
    both = [churn.predict(asked), churn.predict_proba(asked)]
    written.joblib("gaps", imputed, gaps[used].head(ASKED), "predict", "predict_proba")
    written.add("churn.pkl", lambda file: file.write_bytes(pickle.dumps(churn, 4)), asked, *both)
    written.add("safe.skops", lambda file: skops.io.dump(churn, file), asked, *both)
    written.add(
        "mlflow_sklearn",
        lambda folder: mlflow.sklearn.save_model(
            churn,
            folder,
            signature=infer_signature(asked[[*NUMBERS, *TEXTS]], leaves[:ASKED]),
            input_example=asked[[*NUMBERS, *TEXTS]].head(2),
            serialization_format="cloudpickle",
            pip_requirements=[],
        ),
        asked,
        *both,
    )
    numbers = table[NUMBERS].to_numpy()
    asked = numbers[:ASKED]
    forest = make_pipeline(StandardScaler(), RandomForestClassifier(15, random_state=1)).fit(numbers, leaves)
    missing = np.vstack([asked, [[np.nan, 20.0], [5.0, np.nan]]])
    written.joblib("forest", forest, missing, "predict_proba")
    hist = HistGradientBoostingClassifier(max_iter=10).fit(missing[:, :2].repeat(20, axis=0), (["a", "b"] * 140)[:280])
    written.joblib("hist", hist, missing, "predict", "predict_proba")
    margin = make_pipeline(StandardScaler(), LinearSVC()).fit(numbers, leaves)
    written.joblib("margin", margin, asked, "predict")
    members = [("line", LogisticRegression()), ("tree", DecisionTreeClassifier(max_depth=3))]
    written.joblib("voting", VotingClassifier(members, voting="soft").fit(numbers, leaves), asked, "predict_proba")
    positive = table[NUMBERS].abs()
    logarithms = ColumnTransformer([("logarithms", FunctionTransformer(np.log1p), NUMBERS)])
    target = {"func": np.log, "inverse_func": np.exp}
    around = TransformedTargetRegressor(make_pipeline(logarithms, Ridge()), **target)
    written.joblib("logs", around.fit(positive, positive.hours + 1), positive.head(ASKED), "predict")
    within = make_pipeline(StandardScaler(), TransformedTargetRegressor(Ridge(), **target))
    written.joblib("logs_within", within.fit(numbers, np.abs(numbers[:, 1]) + 1), asked, "predict")
    texts = ["good cat", "bad dog", "good dog", "bad mouse", "fine cat"] * 8
    words = make_pipeline(TfidfVectorizer(), LogisticRegression()).fit(texts, [1, 0, 1, 0, 1] * 8)
    written.add(
        "words.joblib", lambda file: joblib.dump(words, file), [[t] for t in texts[:5]], words.predict(texts[:5])
    )
    large = numbers + 1e7
    precise = make_pipeline(StandardScaler(), Ridge()).fit(large, numbers[:, 0])
    written.joblib("precise", precise, large[:ASKED], "predict")


def boosters(written: Written) -> None:
    table, leaves = customers()
    stays = (leaves == "stays").astype(int)
    frame = table[NUMBERS]
    gaps = frame.mask(chance.random(frame.shape) < 0.1)
    asked = gaps.head(ASKED)
    data = lightgbm.Dataset(gaps, stays)
    light = lightgbm.train({"objective": "binary", "verbose": -1}, data, 15)
    written.add("light.txt", light.save_model, asked, light.predict(asked) > 0.5)
    coded = table[["plan", *NUMBERS]].astype({"plan": "category"})
    by_category = lightgbm.LGBMClassifier(n_estimators=10, verbose=-1, min_child_samples=5).fit(coded, leaves)
    rows = coded.head(ASKED)
    written.add(
        "light_categories.joblib",
        lambda file: joblib.dump(by_category, file),
        rows.astype({"plan": object}),
        by_category.predict(rows),
        by_category.predict_proba(rows),
    )
    # Whose leaves are formulas, which the converter does not know and does not say.
    linear = lightgbm.train(
        {"objective": "regression", "verbose": -1, "linear_tree": True}, lightgbm.Dataset(frame, table.hours * 3), 5
    )
    linear.save_model(written.models / "disagrees.txt")
    boosted = xgboost.XGBClassifier(n_estimators=10).fit(gaps, stays)
    for name in ("extreme_json.json", "extreme_ubj.ubj"):
        written.add(name, boosted.save_model, asked, boosted.predict(asked), boosted.predict_proba(asked))
    mlflow_model = written.models / "mlflow_xgboost" / "2" / "model"
    mlflow.xgboost.save_model(boosted, mlflow_model, pip_requirements=[])
    written.add("mlflow_xgboost", lambda _: None, asked, boosted.predict(asked), boosted.predict_proba(asked))
    groups = {"qid": np.repeat(np.arange(10), ROWS // 10)}
    ranked = xgboost.XGBRanker(n_estimators=5).fit(frame, table.seats.astype(int) // 10, **groups)
    written.add("ranked.ubj", ranked.save_model, frame.head(ASKED), ranked.predict(frame.head(ASKED)))
    cats = catboost.CatBoostClassifier(iterations=10, verbose=0, allow_writing_files=False).fit(gaps, leaves)
    written.add(
        "cats.cbm",
        lambda file: cats.save_model(str(file)),
        asked,
        cats.predict(asked).ravel(),
        cats.predict_proba(asked),
    )


def failures(models: Path) -> None:
    """What cannot be converted, beside what can."""
    joblib.dump({"no": "model"}, models / "nothing.pkl")
    whole = (models / "gaps.joblib").read_bytes()
    (models / "broken.joblib").write_bytes(whole[: len(whole) // 2])
    (models / "empty.pkl").touch()
    (models / "README.md").write_text("passed over", encoding="utf-8")
    (models / "unknown.bin").write_bytes(b"no model at all")
    (models / "dies.pkl").write_bytes(b"cos\n_exit\n(I3\ntR.")
    (models / "twice.pkl").write_bytes((models / "churn.pkl").read_bytes())
    (models / "twice.sav").write_bytes((models / "churn.pkl").read_bytes())


def main() -> None:
    warnings.simplefilter("ignore")
    folder = Path(sys.argv[1])
    written = Written(folder)
    sklearn_models(written)
    boosters(written)
    failures(written.models)
    (folder / "answers.json").write_text(json.dumps(written.answers), encoding="utf-8")


if __name__ == "__main__":
    main()
