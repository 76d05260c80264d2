"""The recipes of the sample models: 30 tenants, no two alike, all trained on scikit-learn's iris data.

A recipe says what is learnt from which columns by which estimator. Every recipe has its own seed, which draws
its own training sample, so that two tenants with the same kind of model still answer differently. The seeds are
the first ones (in steps of 1000 from the tenant's number) whose answers are unlike every other tenant's and do not
hang on a rounding error.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    BaggingClassifier,
    ExtraTreesClassifier,
    ExtraTreesRegressor,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    RandomForestClassifier,
    VotingClassifier,
)
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.naive_bayes import GaussianNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler
from sklearn.svm import SVC, SVR
from sklearn.tree import DecisionTreeClassifier

SEPAL_LENGTH, SEPAL_WIDTH, PETAL_LENGTH, PETAL_WIDTH = range(4)
ALL = (SEPAL_LENGTH, SEPAL_WIDTH, PETAL_LENGTH, PETAL_WIDTH)
SPECIES_NUMBER = "species number"
SPECIES_NAME = "species name"


@dataclass(frozen=True)
class Recipe:
    """target is SPECIES_NUMBER, SPECIES_NAME, or the columns that a regressor predicts."""

    tenant: str
    description: str
    seed: int
    estimator: Callable[[int], Any]
    target: str | tuple[int, ...] = SPECIES_NUMBER
    inputs: tuple[int, ...] = ALL
    version: int = 1
    double: bool = False

    @property
    def is_classifier(self) -> bool:
        return isinstance(self.target, str)


def _scaled(estimator: Any) -> Any:
    return make_pipeline(StandardScaler(), estimator)


def _classifiers() -> list[Recipe]:
    name = SPECIES_NAME
    return [
        Recipe("tenant1", "logistic regression", 1, lambda s: LogisticRegression(max_iter=2000)),
        Recipe("tenant2", "random forest of 15", 2, lambda s: RandomForestClassifier(15, max_depth=4, random_state=s)),
        Recipe("tenant2", "linear discriminant analysis", 102, lambda s: LinearDiscriminantAnalysis(), name, version=2),
        Recipe("tenant3", "decision tree", 1103, lambda s: DecisionTreeClassifier(max_depth=2, random_state=s), name),
        Recipe("tenant3", "gradient boosting, 12 rounds", 3,
               lambda s: GradientBoostingClassifier(n_estimators=12, max_depth=2, random_state=s), version=2),
        Recipe("tenant4", "one gradient boosting against the rest for each species", 1004,
               lambda s: OneVsRestClassifier(GradientBoostingClassifier(n_estimators=8, max_depth=2, random_state=s))),
        Recipe("tenant5", "neural network, 8 units", 5,
               lambda s: _scaled(MLPClassifier((8,), learning_rate_init=0.02, max_iter=150, random_state=s))),
        Recipe("tenant6", "support vectors, radial kernel", 6, lambda s: _scaled(SVC(C=2.0, random_state=s))),
        Recipe("tenant7", "5 nearest neighbours", 7, lambda s: KNeighborsClassifier(5)),
        Recipe("tenant8", "naive Bayes", 8, lambda s: GaussianNB()),
        Recipe("tenant9", "linear discriminant analysis", 4009, lambda s: LinearDiscriminantAnalysis()),
        Recipe("tenant11", "logistic regression, weak", 7011,
               lambda s: LogisticRegression(C=0.05, max_iter=2000), name),
        Recipe("tenant12", "extra trees, 20", 12,
               lambda s: ExtraTreesClassifier(20, max_depth=5, random_state=s)),
        Recipe("tenant13", "random forest of 7", 1013,
               lambda s: RandomForestClassifier(7, max_depth=3, random_state=s), name),
        Recipe("tenant14", "support vectors, linear kernel", 14, lambda s: SVC(kernel="linear", random_state=s)),
        Recipe("tenant15", "9 nearest neighbours after scaling", 15,
               lambda s: _scaled(KNeighborsClassifier(9))),
        Recipe("tenant16", "two principal components, then logistic regression", 16,
               lambda s: make_pipeline(PCA(2), LogisticRegression(max_iter=2000))),
        Recipe("tenant17", "vote of naive Bayes and logistic regression", 17,
               lambda s: VotingClassifier([("b", GaussianNB()), ("l", LogisticRegression(C=0.2))], voting="soft",
                                          flatten_transform=False)),
        Recipe("tenant19", "decision tree", 19, lambda s: DecisionTreeClassifier(max_depth=4, random_state=s)),
        Recipe("tenant21", "neural network, 6 and 6 units", 21,
               lambda s: _scaled(MLPClassifier((6, 6), learning_rate_init=0.02, max_iter=120, random_state=s)),
               name),
        Recipe("tenant25", "logistic regression in double precision", 1025,
               lambda s: LogisticRegression(C=10.0, max_iter=5000), double=True),
        Recipe("tenant28", "bagged trees, 8", 28,
               lambda s: BaggingClassifier(DecisionTreeClassifier(max_depth=3), 8, random_state=s)),
        Recipe("tenant29", "logistic regression on squares and products", 29,
               lambda s: make_pipeline(PolynomialFeatures(2), StandardScaler(), LogisticRegression(max_iter=2000))),
    ]  # fmt: skip


def _regressors() -> list[Recipe]:
    width = (PETAL_WIDTH,)
    others = (SEPAL_LENGTH, SEPAL_WIDTH, PETAL_LENGTH)
    return [
        Recipe("tenant10", "petal width by linear regression", 10, lambda s: LinearRegression(), width, others),
        Recipe("tenant18", "petal width by ridge regression", 18, lambda s: Ridge(5.0), width, others),
        Recipe("tenant20", "petal width by extra trees, 12", 20,
               lambda s: ExtraTreesRegressor(12, max_depth=5, random_state=s), width, others),
        Recipe("tenant22", "petal width by gradient boosting, 25 rounds", 22,
               lambda s: GradientBoostingRegressor(n_estimators=25, max_depth=2, random_state=s), width, others),
        Recipe("tenant23", "both sepal measures by linear regression", 23, lambda s: LinearRegression(),
               (SEPAL_LENGTH, SEPAL_WIDTH), (PETAL_LENGTH, PETAL_WIDTH)),
        Recipe("tenant24", "both petal measures by support vectors", 24,
               lambda s: MultiOutputRegressor(_scaled(SVR(C=2.0))),
               (PETAL_LENGTH, PETAL_WIDTH), (SEPAL_LENGTH, SEPAL_WIDTH)),
        Recipe("tenant26", "petal width by 7 nearest neighbours", 3026,
               lambda s: KNeighborsRegressor(7), width, others),
        Recipe("tenant27", "petal length by support vectors", 27, lambda s: _scaled(SVR(C=3.0, epsilon=0.2)),
               (PETAL_LENGTH,), (SEPAL_LENGTH, SEPAL_WIDTH, PETAL_WIDTH)),
        Recipe("tenant30", "petal width by a neural network, 6 units", 30,
               lambda s: _scaled(MLPRegressor("squared_error", (6,), learning_rate_init=0.02, max_iter=150,
                                              random_state=s)),
               width, others),
    ]  # fmt: skip


def recipes() -> list[Recipe]:
    """Every version of every tenant, ordered by tenant number and version."""
    return sorted(_classifiers() + _regressors(), key=lambda r: (int(r.tenant.removeprefix("tenant")), r.version))


def live_versions() -> dict[str, int | None]:
    """What each tenant's file `live` says. tenant2 stays on its older version; tenant3 has no such file."""
    chosen: dict[str, int | None] = {recipe.tenant: 1 for recipe in recipes()}
    chosen["tenant3"] = None
    return chosen
