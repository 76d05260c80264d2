"""The packages of the launcher import downwards only, and no two modules import each other in a circle."""

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

# From the lowest up; a module of no package is on the layer of its own name.
LAYERS = [
    {"bootstrap", "errors", "locking", "project", "console", "local_http", "folding", "markdown"},
    {"build"},
    {"cluster"},
    {"kubernetes"},
    {"models", "one_process", "scoring", "explaining", "status", "first_score", "up", "options", "passed_on", "stages"}
    | {"converter_python", "converting", "clients", "asking"},
    {"chaos", "diagnosis", "fuzzing", "top"},
    {"testing"},
    {"cli", "__main__"},
]
MAX_LINES = 300
# Runs on any Python, before the others can be imported.
ALONE = "bootstrap"


@pytest.fixture(scope="module")
def imports(repository: Path) -> dict[str, set[str]]:
    """The modules of the launcher that each of them imports, such as cluster.ports."""
    root = repository / "src" / "main" / "python" / "launcher"
    files = {_name(root, file): file for file in root.rglob("*.py") if file.name != "__init__.py"}
    return {name: _imported(file) & files.keys() for name, file in files.items()}


def _name(root: Path, file: Path) -> str:
    return ".".join(file.relative_to(root).with_suffix("").parts)


def _imported(file: Path) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "launcher":
            inner = node.module.split(".")[1:]
            found.add(".".join(inner))
            found |= {".".join([*inner, alias.name]) for alias in node.names}
    return found


def _layer(module: str) -> int:
    return next(i for i, names in enumerate(LAYERS) if module.split(".")[0] in names)


def test_every_module_is_on_a_layer_and_imports_none_above(imports: dict[str, set[str]]) -> None:
    assert imports[ALONE] == set()
    upwards = {
        f"{module} -> {other}"
        for module, others in imports.items()
        if module != ALONE
        for other in others
        if _layer(other) > _layer(module)
    }
    assert upwards == set()


def test_no_file_is_longer_than_one_can_read(repository: Path) -> None:
    files = (repository / "src" / "main" / "python").rglob("*.py")
    long = {file.name: lines for file in files if (lines := len(file.read_text().splitlines())) > MAX_LINES}
    assert long == {}


def test_no_circles(imports: dict[str, set[str]]) -> None:
    assert len(list(TopologicalSorter(imports).static_order())) == len(imports)
    assert "cluster.ports" in imports["cluster.instance"], "the imports are seen"
