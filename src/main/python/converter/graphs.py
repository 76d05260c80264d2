"""What is put right in a graph that a converter has made."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
import onnx
from onnx import TensorProto, helper

from converter.table import Column

# Old on purpose: any ONNX Runtime since 1.10 reads them.
OPSET = 15
ML_OPSET = 3
OPSETS = {"": OPSET, "ai.onnx.ml": ML_OPSET}
# In the file's own properties; see docs/models.md.
MISSING_PROPERTY = "manymodels.missing"
_FLOATS = (TensorProto.FLOAT, TensorProto.DOUBLE)


def without_zip_map(model: onnx.ModelProto) -> onnx.ModelProto:
    """The same graph with probabilities as one table instead of a map a row."""
    graph = model.graph
    outputs = {value.name: value for value in graph.output}
    for node in [node for node in graph.node if node.op_type == "ZipMap" and node.output[0] in outputs]:
        source, name = node.input[0], node.output[0]
        graph.node.remove(node)
        for other in graph.node:
            _rename(other.input, source, name)
            _rename(other.output, source, name)
        classes = next(len(each.strings or each.ints) for each in node.attribute if each.name.startswith("classlabels"))
        table = helper.make_tensor_value_info(name, TensorProto.FLOAT, ["rows", classes])
        outputs[name].CopyFrom(table)
    return model


def _rename(names: Sequence[str], old: str, new: str) -> None:
    for at, name in enumerate(names):
        if name == old:
            names[at] = new  # type: ignore[index] # a repeated field


def with_free_rows(model: onnx.ModelProto) -> onnx.ModelProto:
    """Any number of rows: converters write a fixed one where they do not know better."""
    for value in [*model.graph.input, *model.graph.output]:
        shape = value.type.tensor_type.shape
        if shape.dim:
            shape.dim[0].Clear()
            shape.dim[0].dim_param = "rows"
    return model


def with_coded_columns(model: onnx.ModelProto, columns: Sequence[Column]) -> onnx.ModelProto:
    """One input a column in front of a matrix of numbers; a column with codes takes its values, which are looked up.

    As LightGBM does with a DataFrame: the number of a category is its place, and one that is not known is missing.
    """
    (matrix,) = model.graph.input
    nodes, inputs, parts = [], [], []
    for at, column in enumerate(columns):
        texts = column.codes and any(isinstance(value, str) for value in column.values)
        kind = TensorProto.STRING if texts else TensorProto.FLOAT
        inputs.append(helper.make_tensor_value_info(column.name, kind, ["rows", 1]))
        parts.append(column.name)
        if column.codes:
            keys = (
                {"keys_strings": list(column.values)} if texts else {"keys_floats": [float(v) for v in column.values]}
            )
            codes = [float(place) for place in range(len(column.values))]
            parts[-1] = f"code_of_column_{at}"
            nodes.append(
                helper.make_node(
                    "LabelEncoder",
                    [column.name],
                    [parts[-1]],
                    domain="ai.onnx.ml",
                    **keys,
                    values_floats=codes,
                    default_float=float("nan"),
                )
            )
    nodes.append(helper.make_node("Concat", parts, [matrix.name], axis=1))
    nodes += model.graph.node
    del model.graph.node[:], model.graph.input[:]
    model.graph.node.extend(nodes)
    model.graph.input.extend(inputs)
    return with_opsets(model, {"": 11, "ai.onnx.ml": 2})


def with_opsets(model: onnx.ModelProto, least: Mapping[str, int]) -> onnx.ModelProto:
    """At least these versions of the operators; those of trees are the same in all that converters write."""
    named = {each.domain: each for each in model.opset_import}
    for domain, version in least.items():
        if domain not in named:
            model.opset_import.append(helper.make_opsetid(domain, version))
        elif named[domain].version < version:
            named[domain].version = version
    return model


class LastSteps:
    """Adds nodes behind the first output of a graph, in the precision of its numbers."""

    def __init__(self, model: onnx.ModelProto) -> None:
        self._graph = model.graph
        self._kind = model.graph.output[0].type.tensor_type.elem_type
        self._names = 0

    def name(self, text: str) -> str:
        self._names += 1
        return f"last_{text}_{self._names}"

    def constant(self, value: np.ndarray) -> str:
        name = self.name("constant")
        self._graph.initializer.append(helper.make_tensor(name, self._kind, value.shape, value.ravel().tolist()))
        return name

    def node(self, operator: str, sources: Sequence[str], target: str) -> None:
        self._graph.node.append(helper.make_node(operator, list(sources), [target]))

    def add(self, nodes: Callable[[Any, str, str], None]) -> None:
        """What the nodes make of the first output takes its place."""
        output = self._graph.output[0].name
        before = self.name("output")
        for node in self._graph.node:
            _rename(node.input, output, before)
            _rename(node.output, output, before)
        nodes(self, before, output)


def with_missing_in_trees(model: onnx.ModelProto, trees: Sequence[Any]) -> onnx.ModelProto:
    """Sends a missing value down the branch where scikit-learn sends it, which the converter leaves out.

    trees: those of scikit-learn, of which each one of the graph is found again by its branches.
    """
    left = {tuple(int(child) for child in tree.children_right if child > 0): tree for tree in trees}
    for node in model.graph.node if left else ():
        if not node.op_type.startswith("TreeEnsemble"):
            continue
        lists = {each.name: each.ints for each in node.attribute}
        places = list(zip(lists["nodes_treeids"], lists["nodes_nodeids"], strict=True))
        branches: dict[int, list[int]] = {}
        for (tree, _), child in zip(places, lists["nodes_falsenodeids"], strict=True):
            branches.setdefault(tree, []).extend([child] if child > 0 else [])
        found = {tree: left.get(tuple(children)) for tree, children in branches.items()}
        states = {tree: each.__getstate__()["nodes"] for tree, each in found.items() if each is not None}
        if all("missing_go_to_left" in state.dtype.names for state in states.values()) and len(states) == len(branches):
            to_left = [int(states[tree]["missing_go_to_left"][place]) for tree, place in places]
            del lists["nodes_missing_value_tracks_true"][:]
            lists["nodes_missing_value_tracks_true"].extend(to_left)
    return model


def with_single_precision_trees(model: onnx.ModelProto, single: onnx.ModelProto) -> onnx.ModelProto:
    """The trees of the other graph, which has them in single precision, behind what is done in double before them.

    That is what scikit-learn and XGBoost do: they scale in double, and split in single precision.
    """
    graph = model.graph
    trees = [node for node in single.graph.node if node.op_type.startswith("TreeEnsemble")]
    ours = [node for node in graph.node if node.op_type.startswith("TreeEnsemble")]
    outputs = {value.name: value for value in graph.output}
    copied = {node.input[0]: node.output[0] for node in graph.node if node.op_type == "Identity"}
    for at, (node, other) in enumerate(zip(ours, trees, strict=True)):
        del node.attribute[:]
        node.attribute.extend(other.attribute)
        narrow, scores = f"single_{at}", node.output[-1]
        place = list(graph.node).index(node)
        cast = helper.make_node("Cast", [node.input[0]], [narrow], to=TensorProto.FLOAT)
        node.input[0] = narrow
        graph.node.insert(place, cast)
        final = copied.get(scores, scores)
        if final in outputs:
            outputs[final].type.tensor_type.elem_type = TensorProto.FLOAT
        else:
            node.output[-1] = f"scores_{at}"
            wide = helper.make_node("Cast", [node.output[-1]], [scores], to=TensorProto.DOUBLE)
            graph.node.insert(place + 2, wide)
    return model


def with_missing(model: onnx.ModelProto, substitutes: Mapping[str, str]) -> onnx.ModelProto:
    """States in the file which text stands for a missing value, by column."""
    if substitutes:
        entry = model.metadata_props.add()
        entry.key, entry.value = MISSING_PROPERTY, json.dumps(dict(substitutes), ensure_ascii=False)
    return model


def without_unused(model: onnx.ModelProto) -> onnx.ModelProto:
    """Without constants that nobody reads, of each of which ONNX Runtime logs a warning."""
    used = {name for node in model.graph.node for name in node.input} | {value.name for value in model.graph.output}
    kept = [constant for constant in model.graph.initializer if constant.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    return model


def with_a_locale(model: onnx.ModelProto) -> onnx.ModelProto:
    """Lower-cases texts by a locale that each Linux has, where this machine has not the usual one, en_US.UTF-8."""
    nodes = [node for node in model.graph.node if node.op_type == "StringNormalizer"]
    try:
        if nodes:
            session_of(model)
    except Exception as error:  # ONNX Runtime has no class for it
        if "locale" not in str(error):
            raise
        for node in nodes:
            kept = [each for each in node.attribute if each.name != "locale"]
            del node.attribute[:]
            node.attribute.extend([*kept, helper.make_attribute("locale", "C.UTF-8")])
    return model


def session_of(model: onnx.ModelProto) -> Any:
    """A session of ONNX Runtime that says nothing."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.log_severity_level = 4
    return onnxruntime.InferenceSession(model.SerializeToString(), options, providers=["CPUExecutionProvider"])


def run(model: onnx.ModelProto, feed: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """All outputs by ONNX Runtime; raises what it raises."""
    session = session_of(model)
    names = [output.name for output in session.get_outputs()]
    return dict(zip(names, session.run(names, dict(feed)), strict=True))
