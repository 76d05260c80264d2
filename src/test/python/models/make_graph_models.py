"""Makes src/test/resources/onnx/graph/*.onnx: tiny models, each with one property of a graph that is read or rewritten.

Run by hand after a change (needs the package onnx): python src/test/python/models/make_graph_models.py
"""

from __future__ import annotations

from typing import Any

from make_onnx_models import BOOL, DOUBLE, FLOAT, FOLDER, INT32, INT64, STRING, Shape, tensor
from onnx import FunctionProto, ModelProto, NodeProto, TensorProto, ValueInfoProto, helper

ML, MICROSOFT = "ai.onnx.ml", "com.microsoft"
ANY: Shape = [None, None]
GRIN, BLANK, FISH = "\U0001f600", "\U0001f610", "\U00020bb7"


def node(operator: str, inputs: str, outputs: str = "y", domain: str = "", **settings: Any) -> NodeProto:
    return helper.make_node(operator, inputs.split(","), outputs.split(","), domain=domain, **settings)


def learned(operator: str, inputs: str = "x", outputs: str = "y", **settings: Any) -> NodeProto:
    return node(operator, inputs, outputs, ML, **settings)


def numbers(name: str, *dims: int) -> TensorProto:
    """A constant of 0.5, 1.5, 2.5 and so on."""
    size = 1
    for dimension in dims:
        size *= dimension
    return helper.make_tensor(name, FLOAT, dims, [index + 0.5 for index in range(size)])


def whole(name: str, *values: int) -> TensorProto:
    return helper.make_tensor(name, INT64, [len(values)], values)


def texts(name: str, *values: str) -> TensorProto:
    encoded: list[Any] = [value.encode() for value in values]
    return helper.make_tensor(name, STRING, [len(values)], encoded)


def open_value(name: str, kind: int) -> ValueInfoProto:
    """Of any number of dimensions."""
    return helper.make_tensor_value_info(name, kind, None)


def graph(
    nodes: list[NodeProto],
    inputs: list[ValueInfoProto],
    outputs: list[ValueInfoProto] | None = None,
    constants: list[TensorProto] | None = None,
    ir: int = 10,
    opset: int = 21,
    ml: int = 3,
    functions: list[FunctionProto] | None = None,
) -> ModelProto:
    made = helper.make_graph(nodes, "test", inputs, outputs or [open_value("y", FLOAT)], constants or [])
    opsets = [helper.make_opsetid("", opset), helper.make_opsetid(ML, ml), helper.make_opsetid(MICROSOFT, 1)]
    if functions:
        opsets.append(helper.make_opsetid("local", 1))
    return helper.make_model(made, opset_imports=opsets, ir_version=ir, functions=functions)


def width(*nodes: NodeProto, constants: list[TensorProto] | None = None, shape: Shape | None = ANY, **how: Any) -> Any:
    """Takes rows of numbers whose width the input does not say."""
    value = open_value("x", FLOAT) if shape is None else tensor("x", FLOAT, shape)
    return graph(list(nodes), [value], constants=constants, **how)


def trees(*features: int) -> dict[str, Any]:
    """Settings of a tree for each feature, that only looks whether it is below 0."""
    count = len(features)
    return {
        "nodes_treeids": [tree for tree in range(count) for _ in range(3)],
        "nodes_nodeids": [0, 1, 2] * count,
        "nodes_featureids": [part for feature in features for part in (feature, 0, 0)],
        "nodes_values": [0.0] * 3 * count,
        "nodes_modes": ["BRANCH_LT", "LEAF", "LEAF"] * count,
        "nodes_truenodeids": [1, 0, 0] * count,
        "nodes_falsenodeids": [2, 0, 0] * count,
    }


def regressor(*features: int, name: str = "x", to: str = "y") -> NodeProto:
    count = len(features)
    leaves: dict[str, Any] = {
        "target_treeids": [tree for tree in range(count) for _ in range(2)],
        "target_nodeids": [1, 2] * count,
        "target_ids": [0, 0] * count,
        "target_weights": [1.0, 2.0] * count,
        "n_targets": 1,
    }
    return learned("TreeEnsembleRegressor", name, to, **trees(*features), **leaves)


def classifier(labels: list[str], to: str = "label,probabilities") -> NodeProto:
    """Of rows of two numbers."""
    settings: dict[str, Any] = {
        "coefficients": [1.0, 0.0] * len(labels),
        "intercepts": [float(i) for i in range(len(labels))],
    }
    return learned("LinearClassifier", "x", to, classlabels_strings=labels, post_transform="SOFTMAX", **settings)


def ids(*nodes: NodeProto) -> ModelProto:
    """Takes rows of a table by numbers of which the file does not say how many dimensions they have."""
    return graph(list(nodes), [open_value("x", INT64)], constants=[numbers("table", 5, 3)], opset=17)


def widths() -> dict[str, ModelProto]:
    support: dict[str, Any] = {"kernel_type": "RBF", "kernel_params": [0.5, 0.0, 3.0], "rho": [0.25]}
    vectors: dict[str, Any] = {"support_vectors": [float(i) for i in range(8)], "coefficients": [1.0, -1.0]}
    tree: dict[str, Any] = {
        "nodes_splits": helper.make_tensor("s", FLOAT, [1], [0.0]),
        "nodes_modes": helper.make_tensor("m", 2, [1], [1]),
    }
    leaves: dict[str, Any] = {"leaf_targetids": [0, 0], "leaf_weights": helper.make_tensor("w", FLOAT, [2], [1.0, 2.0])}
    sides: dict[str, Any] = {
        "nodes_truenodeids": [0],
        "nodes_trueleafs": [1],
        "nodes_falsenodeids": [1],
        "nodes_falseleafs": [1],
    }
    distance = helper.make_graph(
        [node("Identity", "in", "out"), node("Sub", "in,point", "d"), node("ReduceSumSquare", "d", "far", keepdims=0)],
        "distance",
        [open_value("in", FLOAT), open_value("point", FLOAT)],
        [open_value("out", FLOAT), open_value("far", FLOAT)],
    )
    transposed = node("Transpose", "w", "t", perm=[1, 0])
    constant = helper.make_node("Constant", [], ["w"], value=numbers("v", 6, 2))
    return {
        "scaler": width(learned("Scaler", offset=[1.0, 2.0, 3.0], scale=[1.0, 1.0, 1.0])),
        "imputer": width(learned("Imputer", imputed_value_floats=[1.0, 2.0, 3.0], replaced_value_float=float("nan"))),
        "regressor": width(learned("LinearRegressor", coefficients=[1.0] * 6, intercepts=[0.0, 0.0], targets=2)),
        "classifier": width(
            learned(
                "LinearClassifier",
                "x",
                "l,y",
                coefficients=[1.0] * 12,
                intercepts=[0.0] * 3,
                classlabels_ints=[1, 2, 3],
            )
        ),
        "classifier_binary": width(
            learned("LinearClassifier", "x", "l,y", coefficients=[1.0] * 4, intercepts=[0.0], classlabels_ints=[0, 1])
        ),
        "svm_regressor": width(learned("SVMRegressor", n_supports=2, **support, **vectors)),
        "svm_linear": width(
            learned("SVMRegressor", n_supports=0, kernel_type="LINEAR", rho=[0.0], coefficients=[1.0] * 5)
        ),
        "svm_classifier": width(
            learned(
                "SVMClassifier", "x", "l,y", classlabels_ints=[0, 1], vectors_per_class=[1, 1], **support, **vectors
            )
        ),
        "trees": width(regressor(4, 1)),
        "tree_ensemble": width(
            learned("TreeEnsemble", nodes_featureids=[4], tree_roots=[0], n_targets=1, **tree, **leaves, **sides), ml=5
        ),
        "extractor": width(
            learned("ArrayFeatureExtractor", "x,i", "a"),
            learned("ArrayFeatureExtractor", "x,j", "b"),
            node("Concat", "a,b", axis=1),
            constants=[whole("i", 0, 2), whole("j", 1, 3)],
        ),
        "vectorizer": width(learned("FeatureVectorizer", inputdimensions=[5])),
        "gemm": width(node("Gemm", "x,w"), constants=[numbers("w", 6, 2)]),
        "gemm_transposed": width(node("Gemm", "x,w", transB=1), constants=[numbers("w", 2, 6)]),
        "matmul": width(node("MatMul", "x,w"), constants=[numbers("w", 6, 2)]),
        "matmul_list": width(node("MatMul", "x,w"), constants=[numbers("w", 6)]),
        "compress": width(
            node("Compress", "x,c", axis=1), constants=[helper.make_tensor("c", BOOL, [4], [1, 0, 0, 1])]
        ),
        "scan": width(
            node("Mul", "w,two", "c"),
            helper.make_node("Scan", ["x", "c"], ["same", "y"], body=distance, num_scan_inputs=1),
            constants=[numbers("w", 2, 4), helper.make_tensor("two", FLOAT, [1], [2.0])],
        ),
        "matmul_transposed": width(transposed, node("MatMul", "x,t"), constants=[numbers("w", 2, 6)]),
        "matmul_constant": width(constant, node("MatMul", "x,w")),
        "matmul_integer": width(
            node("DynamicQuantizeLinear", "x", "q,s,z"),
            node("MatMulInteger", "q,w,z", "i"),
            node("Cast", "i", to=FLOAT),
            constants=[helper.make_tensor("w", TensorProto.INT8, [6, 2], [1] * 12)],
        ),
        "steps_before": width(
            node("Cast", "x", "a", to=FLOAT),
            node("Identity", "a", "b"),
            learned("Normalizer", "b", "c", norm="L2"),
            node("Mul", "c,two", "d"),
            node("MatMul", "d,w"),
            constants=[numbers("w", 6, 2), helper.make_tensor("two", FLOAT, [], [2.0])],
        ),
        "split": width(node("Split", "x,sizes", "a,y", axis=1), constants=[whole("sizes", 2, 3)]),
        "difference": width(node("Sub", "x,c"), constants=[numbers("c", 1, 4)]),
        "reshape": width(node("Reshape", "x,shape"), constants=[whole("shape", -1, 1, 4)]),
        "layer_norm": width(node("LayerNormalization", "x,s"), constants=[numbers("s", 4)]),
        "distances": width(node("CDist", "x,c", domain=MICROSOFT, metric="euclidean"), constants=[numbers("c", 2, 4)]),
        "trees_and_matmul": width(
            regressor(4, to="a"), node("MatMul", "x,w", "b"), node("Add", "a,b"), constants=[numbers("w", 6, 1)]
        ),
        "one_column_of_four": width(
            node("Sub", "x,c", "a"),
            node("MatMul", "x,w", "b"),
            node("Add", "a,b"),
            constants=[numbers("c", 1, 4), numbers("w", 1, 1)],
        ),
        "any_width": width(node("Neg", "x")),
        "channels": width(node("Conv", "x,w"), constants=[numbers("w", 2, 3, 1, 1)], shape=["n", "c", "h", "w"]),
        "grouped_channels": width(
            node("Conv", "x,w", group=2), constants=[numbers("w", 2, 3, 1, 1)], shape=["n", "c", "h", "w"]
        ),
        "norm_channels": width(
            node("BatchNormalization", "x,a,b,c,d"),
            constants=[numbers(name, 3) for name in "abcd"],
            shape=["n", "c", "h", "w"],
        ),
        "recurrent": width(
            node("GRU", "x,w,r", "y", hidden_size=2),
            constants=[numbers("w", 1, 6, 3), numbers("r", 1, 6, 2)],
            shape=["s", "n", "f"],
        ),
        "any_named_width": width(node("Mul", "x,c"), constants=[numbers("c", 4)], shape=["n", None]),
        "one_of_a_series": width(node("Gather", "x,i", axis=1), constants=[whole("i", 1)], shape=["n", "t"]),
        "named_matmul": width(node("MatMul", "x,w"), constants=[numbers("w", 6, 2)], shape=["n", "f"]),
        "no_shape_ids": ids(node("Gather", "table,x")),
        "no_shape_sequences": ids(node("Gather", "table,x", "a"), node("ReduceMean", "a", axes=[1], keepdims=0)),
        "no_shape_ids_and_mask": ids(
            node("Gather", "table,x", "a"), node("Cast", "x", "m", to=FLOAT), node("Add", "a,m")
        ),
        "no_shape_gemm": width(node("Gemm", "x,w"), constants=[numbers("w", 6, 2)], shape=None),
        "no_shape_conv": width(node("Conv", "x,w"), constants=[numbers("w", 2, 3, 1, 1)], shape=None),
        "no_shape": width(node("Neg", "x"), shape=None),
    }


def maps(name: str, key: int, value: int) -> ValueInfoProto:
    entry = helper.make_map_type_proto(key, helper.make_tensor_type_proto(value, []))
    return helper.make_value_info(name, helper.make_sequence_type_proto(entry))


def outputs() -> dict[str, ModelProto]:
    rows, labels = tensor("x", FLOAT, ["n", 2]), ["no", "yes"]
    zip_map = learned("ZipMap", "probabilities", classlabels_strings=labels)
    both = [tensor("label", STRING, ["n"]), tensor("probabilities", FLOAT, ["n", 2]), maps("y", STRING, FLOAT)]
    only_ml = graph([classifier(labels), zip_map], [rows], both[2:])
    del only_ml.opset_import[0]
    of_doubles = graph(
        [learned("ZipMap", classlabels_int64s=[7, 8])], [tensor("x", DOUBLE, ["n", 2])], [maps("y", INT64, DOUBLE)]
    )
    chain = [classifier(labels), learned("Normalizer", "probabilities", "a", norm="L1"), node("Cast", "a", to=DOUBLE)]
    split = node("SplitToSequence", "x", axis=0)
    lists = helper.make_tensor_sequence_value_info("y", FLOAT, None)
    unsigned = [TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64]
    return {
        "maps_and_tensor": graph([classifier(labels), zip_map], [rows], both),
        "maps_without_opset": only_ml,
        "maps_of_doubles": of_doubles,
        "map_of_one_row": graph(
            [learned("ZipMap", classlabels_int64s=[7, 8])], [tensor("x", FLOAT, [2])], [maps("y", INT64, FLOAT)]
        ),
        "maps_with_a_label_too_many": graph(
            [learned("ZipMap", classlabels_int64s=[7, 8, 9])], [rows], [maps("y", INT64, FLOAT)]
        ),
        "classes_at_a_distance": graph(chain, [rows], [tensor("label", STRING, [1]), tensor("y", DOUBLE, None)]),
        "forest_of_doubles": graph(
            [regressor(0, 1)], [tensor("x", DOUBLE, ["n", 2])], [tensor("y", DOUBLE, ["n", 1])], ml=3
        ),
        "lists": graph([split], [rows], [lists]),
        "unsigned_outputs": graph(
            [node("Cast", "x", f"y{kind}", to=kind) for kind in unsigned],
            [rows],
            [tensor(f"y{kind}", kind, ["n", 2]) for kind in unsigned],
        ),
        "no_output_type": graph([node("Neg", "x")], [rows], [helper.make_empty_tensor_value_info("y")]),
    }


def inputs() -> dict[str, ModelProto]:
    rows = tensor("x", FLOAT, ["n", 2])
    factor, word = helper.make_tensor("factor", FLOAT, [], [0.5]), texts("word", GRIN, "b")
    kinds = [TensorProto.UINT16, TensorProto.UINT32, TensorProto.UINT64]
    branch = helper.make_graph([node("Cast", f"x{kinds[0]}", "t", to=DOUBLE)], "branch", [], [open_value("t", DOUBLE)])
    casts = [node("Cast", f"x{kind}", f"c{kind}", to=DOUBLE) for kind in kinds[1:]]
    choice = helper.make_node("If", ["yes"], [f"c{kinds[0]}"], then_branch=branch, else_branch=branch)
    half = helper.make_tensor("half", TensorProto.FLOAT16, [2], [0.5, 1.5])
    listed = [numbers(f"w{index}", 1) for index in range(20)]
    adds = [node("Add", f"{'x' if index == 0 else f's{index}'},w{index}", f"s{index + 1}") for index in range(20)]
    strange = {
        "map_input": helper.make_value_info(
            "x", helper.make_map_type_proto(STRING, helper.make_tensor_type_proto(FLOAT, []))
        ),
        "list_input": helper.make_tensor_sequence_value_info("x", FLOAT, None),
        "optional_value_input": helper.make_value_info(
            "x", helper.make_optional_type_proto(helper.make_tensor_type_proto(FLOAT, []))
        ),
        "complex_input": tensor("x", TensorProto.COMPLEX64, ["n"]),
        "float8_input": tensor("x", TensorProto.FLOAT8E4M3FN, ["n"]),
        "int4_input": tensor("x", TensorProto.INT4, ["n"]),
    }
    made = {name: graph([node("Identity", "x")], [value]) for name, value in strange.items()}
    substitutes = {"imputed_value_floats": [0.5, 1.5]}
    for name, marker in {"imputer_of_doubles": float("nan"), "imputer_of_doubles_that_are_zero": 0.0}.items():
        imputer = learned("Imputer", "a", "y", replaced_value_float=marker, **substitutes)
        value, answer = tensor("x", DOUBLE, ["n", 2]), tensor("y", DOUBLE, ["n", 2])
        made[name] = graph([node("Identity", "x", "a"), imputer], [value], [answer])
    made["complex_output"] = graph([node("Identity", "x")], [rows], [tensor("y", TensorProto.COMPLEX128, ["n"])])
    return made | {
        "optional_inputs": graph(
            [
                node("Mul", "x,factor", "a"),
                node("Mul", "a,weight", "y"),
                node("Identity", "word", "said"),
                node("Cast", "half", "h", to=FLOAT),
                node("Identity", "count", "counted"),
            ],
            [
                rows,
                tensor("factor", FLOAT, []),
                tensor("word", STRING, [2]),
                open_value("half", TensorProto.FLOAT16),
                tensor("count", TensorProto.UINT16, [1]),
            ],
            [
                tensor("y", FLOAT, ["n", 2]),
                tensor("said", STRING, [2]),
                tensor("h", FLOAT, [2]),
                tensor("counted", TensorProto.UINT16, [1]),
            ],
            [factor, word, half, helper.make_tensor("count", TensorProto.UINT16, [1], [65535]), numbers("weight", 2)],
        ),
        "weights_listed_of_old": graph(
            [node("Mul", "x,factor", "a"), node("MatMul", "a,w")],
            [rows, tensor("factor", FLOAT, []), tensor("w", FLOAT, [2, 1])],
            [tensor("y", FLOAT, ["n", 1])],
            [factor, numbers("w", 2, 1)],
            ir=3,
            opset=8,
            ml=1,
        ),
        "twenty_weights_listed": graph(
            [*adds, node("Identity", "s20")],
            [rows, *(tensor(weight.name, FLOAT, [1]) for weight in listed)],
            None,
            listed,
        ),
        "unsigned_inputs": graph(
            [choice, *casts, node("Sum", ",".join(f"c{kind}" for kind in kinds))],
            [tensor(f"x{kind}", kind, ["n"]) for kind in kinds],
            [tensor("y", DOUBLE, ["n"])],
            [helper.make_tensor("yes", BOOL, [], [True])],
        ),
        "named_beyond": graph([node("Neg", GRIN, FISH)], [tensor(GRIN, FLOAT, ["n"])], [tensor(FISH, FLOAT, ["n"])]),
    }


def of_text(
    *nodes: NodeProto, kind: int = STRING, constants: list[TensorProto] | None = None, **how: Any
) -> ModelProto:
    """Takes a list of texts."""
    return graph(list(nodes), [tensor("x", STRING, ["n"])], [open_value("y", kind)], constants, **how)


def text() -> dict[str, ModelProto]:
    words = [GRIN, BLANK, FISH, "a", "a\0b"]
    encoder = learned("LabelEncoder", "x", "e", keys_strings=words[:2], values_strings=["1", BLANK])
    branch = helper.make_graph([encoder], "branch", [], [open_value("e", STRING)])
    choice = helper.make_node("If", ["yes"], ["y"], then_branch=branch, else_branch=branch)
    yes = helper.make_tensor("yes", BOOL, [], [True])
    word = helper.make_node("Constant", [], ["c"], value_string=GRIN)
    called = helper.make_function(
        "local", "Exclaim", ["x"], ["y"], [word, node("StringConcat", "x,c")], [helper.make_opsetid("", 21)]
    )
    lower = node("StringNormalizer", "x", case_change_action="LOWER", is_case_sensitive=0, stopwords=["the", FISH])
    token: dict[str, Any] = {"mark": 0, "mincharnum": 1, "pad_value": "#", "separators": [""]}
    pool: dict[str, Any] = {
        "mode": "TF",
        "min_gram_length": 1,
        "max_gram_length": 1,
        "max_skip_count": 0,
        "ngram_counts": [0],
    }
    tokens = node("Tokenizer", "x", domain=MICROSOFT, **token)
    inner = node("Tokenizer", "x", "t", MICROSOFT, **token)
    tokens_branch = helper.make_graph([inner], "branch", [], [open_value("t", STRING)])
    split_choice = helper.make_node("If", ["yes"], ["y"], then_branch=tokens_branch, else_branch=tokens_branch)
    return {
        "text_codes": of_text(
            learned("LabelEncoder", keys_strings=words, values_int64s=[1, 2, 3, 4, 5], default_int64=-1), kind=INT64
        ),
        "text_labels": of_text(
            learned(
                "LabelEncoder", keys_strings=["0", "1", "2", "3", "4"], values_strings=words, default_string=BLANK * 2
            )
        ),
        "text_tensors": of_text(
            learned(
                "LabelEncoder",
                keys_tensor=texts("k", *words),
                values_tensor=texts("v", *reversed(words)),
                default_tensor=texts("d", "?"),
            ),
            ml=4,
        ),
        "text_category": of_text(
            learned("CategoryMapper", cats_strings=words, cats_int64s=[1, 2, 3, 4, 5], default_int64=-1),
            kind=INT64,
            ml=1,
        ),
        "text_one_hot": of_text(learned("OneHotEncoder", cats_strings=words, zeros=1), kind=FLOAT, ml=1),
        "text_pool": of_text(
            node("TfIdfVectorizer", "x", ngram_indexes=[0, 1, 2, 3, 4], pool_strings=words, **pool), kind=FLOAT
        ),
        "text_equal": of_text(node("Equal", "x,c"), kind=BOOL, constants=[texts("c", GRIN)]),
        "text_split": of_text(node("StringSplit", "x", "y,counts", delimiter=GRIN)),
        "text_nested": of_text(choice, constants=[yes]),
        "text_function": of_text(node("Exclaim", "x", domain="local"), functions=[called]),
        "text_lower": of_text(lower),
        "text_lower_c": of_text(node("StringNormalizer", "x", case_change_action="LOWER", locale="C")),
        "text_lower_turkish": of_text(node("StringNormalizer", "x", case_change_action="LOWER", locale="tr_TR.UTF-8")),
        "text_tokens": of_text(tokens),
        "text_pattern": of_text(node("RegexFullMatch", "x", pattern="."), kind=BOOL),
        "text_sorted": of_text(node("Unique", "x", sorted=1)),
        "text_unsorted": of_text(node("Unique", "x", sorted=0)),
        "text_hash": of_text(node("MurmurHash3", "x", domain=MICROSOFT, positive=0), kind=INT32),
        "text_constant_into_tokens": of_text(
            node("StringConcat", "x,c", "a"),
            node("Identity", "a", "b"),
            node("Tokenizer", "b", domain=MICROSOFT, **token),
            constants=[texts("c", GRIN)],
        ),
        "text_beside_category": graph(
            [tokens, learned("LabelEncoder", "z", "code", keys_strings=[GRIN], values_int64s=[7])],
            [tensor("x", STRING, ["n"]), tensor("z", STRING, ["n"])],
            [open_value("y", STRING), tensor("code", INT64, ["n"])],
        ),
        "text_nested_tokens": graph(
            [split_choice],
            [tensor("x", STRING, ["n"]), tensor("z", STRING, ["n"])],
            [open_value("y", STRING)],
            [yes],
        ),
        "text_nested_constant_and_tokens": of_text(split_choice, constants=[yes, texts("unused", GRIN)]),
        "text_padded_beyond": of_text(node("Tokenizer", "x", domain=MICROSOFT, **(token | {"pad_value": GRIN}))),
        "text_labels_beside_tokens": graph(
            [tokens, node("Identity", "c", "z")],
            [tensor("x", STRING, ["n"])],
            [open_value("y", STRING), open_value("z", STRING)],
            [texts("c", GRIN)],
        ),
    }


def words() -> dict[str, ModelProto]:
    """Counts of the words "red" and "fish", as skl2onnx writes them, and what looks at more of a text."""

    def counted(*before: NodeProto, tokens: str = "low", **settings: Any) -> list[NodeProto]:
        token: dict[str, Any] = {"mark": 0, "mincharnum": 1, "pad_value": "#"} | settings
        count = node(
            "TfIdfVectorizer",
            "t",
            mode="TF",
            min_gram_length=1,
            max_gram_length=1,
            max_skip_count=0,
            ngram_counts=[0],
            ngram_indexes=[0, 1],
            pool_strings=["red", "fish"],
        )
        return [*before, node("Tokenizer", tokens, "t", domain=MICROSOFT, **token), count]

    low = node("StringNormalizer", "x", "low", case_change_action="LOWER", locale="C")
    kept = node("StringNormalizer", "x", "low", locale="C", stopwords=["red"])
    ascii_words = {"tokenexp": "[a-zA-Z0-9_]+"}
    rows = [tensor("x", STRING, ["n"])]
    code = learned("LabelEncoder", "x", "code", keys_strings=[GRIN], values_int64s=[7])
    numbered, copied = tensor("code", INT64, ["n"]), tensor("low", STRING, ["n"])
    branch = helper.make_graph([node("Identity", "x", "b")], "branch", [], [open_value("b", STRING)])
    choice = helper.make_node("If", ["yes"], ["chosen"], then_branch=branch, else_branch=branch)
    return {
        "words": graph(counted(low, **ascii_words), rows),
        "words_of_two": graph(counted(tokens="x", tokenexp="\\b\\w\\w+\\b"), rows),
        "words_of_any": graph(counted(low, tokenexp="."), rows),
        "words_of_others": graph(counted(low, tokenexp="[^ ]+"), rows),
        "words_between": graph(counted(low, separators=[" "]), rows),
        "words_after_stop_words": graph(counted(kept, **ascii_words), rows),
        "words_and_text": graph(counted(low, **ascii_words), rows, [open_value("y", FLOAT), copied]),
        "words_and_category": graph(counted(low, code, **ascii_words), rows, [open_value("y", FLOAT), numbered]),
        "words_and_branch": graph(
            counted(low, choice, **ascii_words),
            rows,
            [open_value("y", FLOAT), open_value("chosen", STRING)],
            [helper.make_tensor("yes", BOOL, [], [True])],
        ),
    }


def best() -> dict[str, ModelProto]:
    """The best two numbers of each row with one above 0: there may be no such row."""
    each = [node("Gather", "x,picked", "a", axis=0), node("TopK", "a,k", "v,i")]
    constants = [helper.make_tensor("zero", FLOAT, [], [0.0]), whole("k", 2), whole("last", 1), whole("first", 0)]
    any_row = [
        node("ReduceMax", "x,last", "m", keepdims=0),
        node("Greater", "m,zero", "g"),
        node("NonZero", "g", "z"),
        node("Squeeze", "z,first", "picked"),
    ]
    rows = [tensor("x", FLOAT, ["n", 4])]
    outputs = [open_value("v", FLOAT), open_value("i", INT64)]
    called = helper.make_function(
        "local", "Best", ["a", "k"], ["v", "i"], [node("TopK", "a,k", "v,i")], [helper.make_opsetid("", 21)]
    )
    return {
        "best_of_rows": graph([*any_row, *each], rows, outputs, constants),
        "best_in_a_function": graph(
            [*any_row, each[0], node("Best", "a,k", "v,i", domain="local")],
            rows,
            outputs,
            constants,
            functions=[called],
        ),
        "best_of_all": graph([node("TopK", "x,k", "v,i")], rows, outputs, [whole("k", 2)]),
    }


def calls() -> dict[str, ModelProto]:
    """Calls of the file's own functions, each with more than the function has."""
    opsets = [helper.make_opsetid("", 21), helper.make_opsetid("local", 1)]
    negated = helper.make_function("local", "Negated", ["x"], ["y"], [node("Neg", "x")], opsets[:1])
    outer = helper.make_function("local", "Outer", ["x"], ["y"], [node("Negated", "x,x", domain="local")], opsets)
    nested = helper.make_graph([node("Negated", "x,x", "t", domain="local")], "branch", [], [open_value("t", FLOAT)])
    rows = [tensor("x", FLOAT, ["n", 2])]
    yes = [helper.make_tensor("yes", BOOL, [], [True])]
    return {
        "call": graph([node("Negated", "x", domain="local")], rows, functions=[negated]),
        "call_with_more_inputs": graph([node("Negated", "x,x", domain="local")], rows, functions=[negated]),
        "call_with_more_outputs": graph([node("Negated", "x", "y,z", domain="local")], rows, functions=[negated]),
        "call_in_a_branch": graph(
            [helper.make_node("If", ["yes"], ["y"], then_branch=nested, else_branch=nested)],
            rows,
            constants=yes,
            functions=[negated],
        ),
        "call_in_a_function": graph([node("Outer", "x", domain="local")], rows, functions=[negated, outer]),
    }


def newest() -> dict[str, ModelProto]:
    """Version numbers above those of ONNX Runtime for Java."""
    called = helper.make_function("local", "Minus", ["x"], ["y"], [node("Neg", "x")], [helper.make_opsetid("", 28)])
    rows = [tensor("x", FLOAT, ["n", 2])]
    return {
        "newest_versions": graph(
            [node("Minus", "x", domain="local")],
            rows,
            [tensor("y", FLOAT, ["n", 2])],
            ir=14,
            opset=28,
            functions=[called],
        ),
        "future_versions": graph([node("Neg", "x")], rows, [tensor("y", FLOAT, ["n", 2])], ir=15, opset=29),
    }


def elsewhere(name: str, kind: int, dims: list[int], **entries: str) -> TensorProto:
    kept = TensorProto(name=name, data_type=kind, dims=dims, data_location=TensorProto.EXTERNAL)
    for key, value in entries.items():
        kept.external_data.add(key=key, value=value)
    return kept


def external() -> dict[str, ModelProto]:
    """Adds 1 and 2 (at byte 4 of weights/a.bin), 3 and 4 (b.bin) and 5 and 6 (b.bin, byte 8) to rows of two numbers."""
    first = elsewhere("first", FLOAT, [2], location="weights/a.bin", offset="4", length="8", checksum="0")
    second = helper.make_node("Constant", [], ["second"], value=elsewhere("", FLOAT, [2], location="b.bin", length="8"))
    third = elsewhere("third", FLOAT, [2], location="b.bin", offset="8")
    branch = helper.make_graph([node("Identity", "third", "t")], "branch", [], [open_value("t", FLOAT)], [third])
    choice = helper.make_node("If", ["yes"], ["c"], then_branch=branch, else_branch=branch)
    yes = helper.make_tensor("yes", BOOL, [], [True])
    nodes = [second, choice, node("Sum", "x,first,second,c")]
    return {
        "in_other_files": graph(nodes, [tensor("x", FLOAT, ["n", 2])], [tensor("y", FLOAT, ["n", 2])], [first, yes])
    }


def main() -> None:
    folder = FOLDER / "graph"
    folder.mkdir(parents=True, exist_ok=True)
    for name, made in (
        widths() | outputs() | inputs() | text() | words() | best() | calls() | newest() | external()
    ).items():
        (folder / f"{name}.onnx").write_bytes(made.SerializeToString(deterministic=True))


if __name__ == "__main__":
    main()
