"""Makes src/test/resources/onnx/*.onnx: tiny models, each with one property that a loader has to get right.

Run by hand after a change (needs the package onnx): python src/test/python/models/make_onnx_models.py
"""

from __future__ import annotations

from pathlib import Path

from onnx import ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

FOLDER = Path(__file__).resolve().parents[2] / "resources" / "onnx"
FLOAT, DOUBLE, INT32, INT64 = TensorProto.FLOAT, TensorProto.DOUBLE, TensorProto.INT32, TensorProto.INT64
BOOL, STRING, FLOAT16 = TensorProto.BOOL, TensorProto.STRING, TensorProto.FLOAT16
Shape = list[str | int | None]


def tensor(name: str, kind: int, shape: Shape) -> ValueInfoProto:
    return helper.make_tensor_value_info(name, kind, shape)


def model(
    nodes: list[NodeProto],
    inputs: list[ValueInfoProto],
    outputs: list[ValueInfoProto],
    constants: list[TensorProto] | None = None,
    opset: int = 17,
) -> ModelProto:
    graph = helper.make_graph(nodes, "test", inputs, outputs, constants or [])
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid("ai.onnx.ml", 3), helper.make_opsetid("test", 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=8, producer_name="many-models-test")


def one_to_one(node: str, kind: int, shape: Shape) -> ModelProto:
    """x -> one operator -> y, of the same type and shape."""
    return model([helper.make_node(node, ["x"], ["y"])], [tensor("x", kind, shape)], [tensor("y", kind, shape)])


def row_sum() -> ModelProto:
    axes = helper.make_tensor("axes", INT64, [1], [1])
    node = helper.make_node("ReduceSum", ["x", "axes"], ["y"], keepdims=0)
    return model([node], [tensor("x", FLOAT, ["n", 3])], [tensor("y", FLOAT, ["n"])], [axes])


def sum_of_everything() -> ModelProto:
    """Answers one number however many rows it is given."""
    node = helper.make_node("ReduceSum", ["x"], ["sum"], keepdims=1)
    shape = helper.make_tensor("shape", INT64, [1], [1])
    reshape = helper.make_node("Reshape", ["sum", "shape"], ["y"])
    return model([node, reshape], [tensor("x", FLOAT, ["n", 2])], [tensor("y", FLOAT, ["m"])], [shape])


def positive() -> ModelProto:
    zero = helper.make_tensor("zero", FLOAT, [1], [0.0])
    node = helper.make_node("Greater", ["x", "zero"], ["y"])
    return model([node], [tensor("x", FLOAT, ["n", 1])], [tensor("y", BOOL, ["n", 1])], [zero])


def colour() -> ModelProto:
    node = helper.make_node(
        "LabelEncoder",
        ["x"],
        ["y"],
        domain="ai.onnx.ml",
        keys_int64s=[0, 1],
        values_strings=["red", "green"],
        default_string="other",
    )
    return model([node], [tensor("x", INT64, ["n", 1])], [tensor("y", STRING, ["n", 1])])


def probabilities_by_name() -> ModelProto:
    """A list of maps, as scikit-learn's converters make it unless told otherwise."""
    node = helper.make_node("ZipMap", ["x"], ["y"], domain="ai.onnx.ml", classlabels_int64s=[0, 1])
    entry = helper.make_map_type_proto(INT64, helper.make_tensor_type_proto(FLOAT, []))
    output = helper.make_value_info("y", helper.make_sequence_type_proto(entry))
    return model([node], [tensor("x", FLOAT, ["n", 2])], [output])


def column(index: int) -> ModelProto:
    """Picks a column; one that is not there fails only when it runs."""
    indices = helper.make_tensor("indices", INT64, [1], [index])
    node = helper.make_node("Gather", ["x", "indices"], ["y"], axis=1)
    return model([node], [tensor("x", FLOAT, ["n", 3])], [tensor("y", FLOAT, ["n", 1])], [indices])


def two_inputs() -> ModelProto:
    node = helper.make_node("Add", ["x", "z"], ["y"])
    return model([node], [tensor("x", FLOAT, ["n", 2]), tensor("z", FLOAT, ["n", 2])], [tensor("y", FLOAT, ["n", 2])])


def unknown_operator() -> ModelProto:
    node = helper.make_node("NoSuchOperator", ["x"], ["y"], domain="test")
    return model([node], [tensor("x", FLOAT, ["n", 2])], [tensor("y", FLOAT, ["n", 2])])


def as_half() -> ModelProto:
    node = helper.make_node("Cast", ["x"], ["y"], to=FLOAT16)
    return model([node], [tensor("x", FLOAT, ["n", 1])], [tensor("y", FLOAT16, ["n", 1])])


def elsewhere(location: str) -> TensorProto:
    """Asks the runtime to read a file of the machine that loads the model."""
    weights = TensorProto(name="weights", data_type=FLOAT, dims=[2], data_location=TensorProto.EXTERNAL)
    weights.external_data.add(key="location", value=location)
    return weights


def weights_elsewhere(location: str) -> ModelProto:
    node = helper.make_node("Add", ["x", "weights"], ["y"])
    return model([node], [tensor("x", FLOAT, ["n", 2])], [tensor("y", FLOAT, ["n", 2])], [elsewhere(location)])


def constant_elsewhere(location: str) -> ModelProto:
    constant = helper.make_node("Constant", [], ["weights"], value=elsewhere(location))
    node = helper.make_node("Add", ["x", "weights"], ["y"])
    return model([constant, node], [tensor("x", FLOAT, ["n", 2])], [tensor("y", FLOAT, ["n", 2])])


def branch_elsewhere(location: str) -> ModelProto:
    node = helper.make_node("Identity", ["weights"], ["out"])
    branch = helper.make_graph([node], "branch", [], [tensor("out", FLOAT, [2])], [elsewhere(location)])
    choice = helper.make_node("If", ["yes"], ["chosen"], then_branch=branch, else_branch=branch)
    add = helper.make_node("Add", ["x", "chosen"], ["y"])
    yes = helper.make_tensor("yes", BOOL, [], [1])
    return model([choice, add], [tensor("x", FLOAT, ["n", 2])], [tensor("y", FLOAT, ["n", 2])], [yes])


def cube() -> ModelProto:
    axes = helper.make_tensor("axes", INT64, [1], [2])
    node = helper.make_node("Unsqueeze", ["x", "axes"], ["y"])
    return model([node], [tensor("x", FLOAT, ["n", 2])], [tensor("y", FLOAT, ["n", 2, 1])], [axes])


HUGE = 2**28


def with_huge(nodes: list[NodeProto], constants: list[TensorProto] | None = None) -> ModelProto:
    """The row's sum, plus the sum of the tensor "huge" that the nodes make."""
    axes = helper.make_tensor("axes", INT64, [1], [1])
    rest = [
        helper.make_node("ReduceSum", ["huge"], ["sum"], keepdims=0),
        helper.make_node("ReduceSum", ["x", "axes"], ["row"], keepdims=1),
        helper.make_node("Add", ["row", "sum"], ["y"]),
    ]
    inputs, outputs = [tensor("x", FLOAT, ["n", 2])], [tensor("y", FLOAT, ["n", 1])]
    return model([*nodes, *rest], inputs, outputs, [axes, *(constants or [])])


def huge_by(operator: str, *inputs: str, raw: bool = False) -> ModelProto:
    one = helper.make_tensor("one", FLOAT, [1], [1.0])
    data = HUGE.to_bytes(8, "little") if raw else [HUGE]
    shape = helper.make_tensor("shape", INT64, [1], data, raw=raw)
    return with_huge([helper.make_node(operator, inputs, ["huge"])], [one, shape])


def huge_constant_shape() -> ModelProto:
    shape = helper.make_node("Constant", [], ["shape"], value_ints=[2, HUGE // 2])
    return with_huge([shape, helper.make_node("ConstantOfShape", ["shape"], ["huge"])])


def huge_sparse(initializer: bool) -> ModelProto:
    values = helper.make_tensor("huge", FLOAT, [1], [1.0])
    places = helper.make_tensor("places", INT64, [1], [5])
    sparse = helper.make_sparse_tensor(values, places, [HUGE])
    if not initializer:
        return with_huge([helper.make_node("Constant", [], ["huge"], sparse_value=sparse)])
    made = with_huge([])
    made.graph.sparse_initializer.append(sparse)
    return made


def endless_loop() -> ModelProto:
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Identity", ["in"], ["out"])],
        "body",
        [tensor("i", INT64, []), tensor("go", BOOL, []), tensor("in", FLOAT, [1])],
        [tensor("go_on", BOOL, []), tensor("out", FLOAT, [1])],
    )
    times = helper.make_tensor("times", INT64, [], [2**62])
    true = helper.make_tensor("true", BOOL, [], [True])
    one = helper.make_tensor("one", FLOAT, [1], [1.0])
    return with_huge([helper.make_node("Loop", ["times", "true", "one"], ["huge"], body=body)], [times, true, one])


def loop_of_row() -> ModelProto:
    """As many turns of a loop as the largest number of the rows: a request can ask for as long a run as it likes."""
    body = helper.make_graph(
        [helper.make_node("Identity", ["go"], ["go_on"]), helper.make_node("Add", ["in", "step"], ["out"])],
        "body",
        [tensor("i", INT64, []), tensor("go", BOOL, []), helper.make_tensor_value_info("in", FLOAT, None)],
        [tensor("go_on", BOOL, []), helper.make_tensor_value_info("out", FLOAT, None)],
        [helper.make_tensor("step", FLOAT, [1], [1.0])],
    )
    nodes = [
        helper.make_node("ReduceMax", ["x"], ["largest"], keepdims=0),
        helper.make_node("Cast", ["largest"], ["turns"], to=INT64),
        helper.make_node("Loop", ["turns", "", "x"], ["y"], body=body),
    ]
    return model(nodes, [tensor("x", FLOAT, ["n", 1])], [tensor("y", FLOAT, ["n", 1])])


def integer_division() -> ModelProto:
    """Rows [a, b] -> a / b. The smallest integer by -1 has no answer, and x86 processors trap on it: SIGFPE.

    A row of zeros is divided by one, so that a trial prediction succeeds.
    """
    nodes = [
        helper.make_node("Gather", ["x", "first"], ["a"], axis=1),
        helper.make_node("Gather", ["x", "second"], ["b"], axis=1),
        helper.make_node("Equal", ["b", "zero"], ["is_zero"]),
        helper.make_node("Where", ["is_zero", "one", "b"], ["divisor"]),
        helper.make_node("Div", ["a", "divisor"], ["y"]),
    ]
    values = {"first": 0, "second": 1, "zero": 0, "one": 1}
    constants = [helper.make_tensor(name, INT64, [1], [value]) for name, value in values.items()]
    return model(nodes, [tensor("x", INT64, ["n", 2])], [tensor("y", INT64, ["n", 1])], constants)


def models() -> dict[str, ModelProto]:
    return {
        "row_sum": row_sum(),
        "echo_double": one_to_one("Identity", DOUBLE, ["n", 2]),
        "echo_int64": one_to_one("Identity", INT64, ["n", 2]),
        "echo_int32": one_to_one("Identity", INT32, ["n", 1]),
        "echo_any_width": one_to_one("Identity", FLOAT, ["n", "f"]),
        "echo_one_row": one_to_one("Identity", FLOAT, [1, 2]),
        "positive": positive(),
        "colour": colour(),
        "reciprocal": one_to_one("Reciprocal", FLOAT, ["n", 1]),
        "sum_of_everything": sum_of_everything(),
        "probabilities_by_name": probabilities_by_name(),
        "missing_column": column(7),
        "two_inputs": two_inputs(),
        "image_input": one_to_one("Identity", FLOAT, ["n", 3, 8, 8]),
        "text_input": one_to_one("Identity", STRING, ["n", 2]),
        "cube_output": cube(),
        "half_output": as_half(),
        "no_output": model([helper.make_node("Identity", ["x"], ["y"])], [tensor("x", FLOAT, ["n", 2])], []),
        "unknown_operator": unknown_operator(),
        "future_opset": model(
            [helper.make_node("Identity", ["x"], ["y"])],
            [tensor("x", FLOAT, ["n", 2])],
            [tensor("y", FLOAT, ["n", 2])],
            opset=999,
        ),
        "weights_in_pom": weights_elsewhere("pom.xml"),
        "constant_in_pom": constant_elsewhere("pom.xml"),
        "branch_in_pom": branch_elsewhere("pom.xml"),
        "weights_in_etc": weights_elsewhere("/etc/hostname"),
        "huge_fill": huge_by("ConstantOfShape", "shape"),
        "huge_expand": huge_by("Expand", "one", "shape", raw=True),
        "huge_tile": huge_by("Tile", "one", "shape"),
        "huge_constant_shape": huge_constant_shape(),
        "huge_random": with_huge([helper.make_node("RandomNormal", [], ["huge"], shape=[HUGE])]),
        "huge_sparse_weights": huge_sparse(initializer=True),
        "huge_sparse_constant": huge_sparse(initializer=False),
        "endless_loop": endless_loop(),
        "loop_of_row": loop_of_row(),
        "integer_division": integer_division(),
        "weights_above": weights_elsewhere("../../../../../../../../etc/hostname"),
    }


def main() -> None:
    FOLDER.mkdir(parents=True, exist_ok=True)
    for name, made in models().items():
        (FOLDER / f"{name}.onnx").write_bytes(made.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
