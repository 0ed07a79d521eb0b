"""Writes the graph of an int8 BERT encoder for ONNX Runtime: tokens in, one vector of length 1 a text out.

The graph holds no weights: they are ranges of model.safetensors, so the folder has one set of weights for both
runtimes. Products are of int8 weights with activations made uint8 on the fly (dynamic quantisation), columns with
large numbers in parts (nlu.training.outliers). There is no mask: the texts of a batch have the same number of tokens.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import NodeProto, TensorProto, helper, numpy_helper

from nlu.training.int8_weights import EMBEDDINGS, EMBEDDINGS_NORM, POSITIONS

CONTRIB = "com.microsoft"  # ONNX Runtime's own fused operations
OPSET, IR_VERSION = 23, 11  # the first with Attention
# How many parts each column of a product's input is laid in, by the product's name ("layer.0.output").
Parts = Mapping[str, NDArray[np.int64]]
ONNX_TYPES = {"F32": TensorProto.FLOAT, "I8": TensorProto.INT8}


@dataclass(slots=True)
class _Graph:
    """Nodes in order, named after what they make, and the few constants beside the weights."""

    nodes: list[NodeProto] = field(default_factory=list)
    constants: list[TensorProto] = field(default_factory=list)

    def add(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output

    def constant(self, name: str, values: NDArray[np.float32] | NDArray[np.int32] | NDArray[np.int64]) -> str:
        self.constants.append(numpy_helper.from_array(values, name))
        return name


def write_graph(weights: Path, target: Path, parts: Parts, layers: int, heads: int, epsilon: float) -> None:
    """Makes `target` over the tensors of the safetensors file that lies beside it."""
    tensors, hidden = _external_tensors(weights)
    graph = _Graph()
    hidden_states = _embed(graph, epsilon)
    for layer in range(layers):
        hidden_states = _layer(graph, layer, hidden_states, parts, heads, epsilon)
    # A sum does as well as a mean over the tokens, as the length is made 1 anyway.
    total = graph.add("ReduceSum", [hidden_states, graph.constant("axis_1", np.array([1]))], "total", keepdims=0)
    graph.add("LpNormalization", [total], "vectors", axis=-1, p=2)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [helper.make_tensor_value_info("input_ids", TensorProto.INT64, ["batch", "tokens"])],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", hidden])],
            [*tensors, *graph.constants],
        ),
        opset_imports=[helper.make_opsetid("", OPSET), helper.make_opsetid(CONTRIB, 1)],
        ir_version=IR_VERSION,
    )
    onnx.save(model, target)


def _external_tensors(weights: Path) -> tuple[list[TensorProto], int]:
    """Every tensor of the file as a reference into it, and the vector's size."""
    data = weights.read_bytes()
    header_size = int.from_bytes(data[:8], "little")
    header = json.loads(data[8 : 8 + header_size])
    tensors = []
    for name, entry in header.items():
        if name == "__metadata__":
            continue
        start, end = entry["data_offsets"]
        tensor = TensorProto(name=name, dims=entry["shape"], data_type=ONNX_TYPES[entry["dtype"]])
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", weights.name), ("offset", 8 + header_size + start), ("length", end - start)):
            tensor.external_data.add(key=key, value=str(value))
        tensors.append(tensor)
    return tensors, int(header[POSITIONS]["shape"][1])


def _embed(graph: _Graph, epsilon: float) -> str:
    """Word rows (int8 times the row's scale) plus positions, normalised."""
    rows = graph.add("Gather", [f"{EMBEDDINGS}.weight", "input_ids"], "rows")
    floats = graph.add("Cast", [rows], "float_rows", to=TensorProto.FLOAT)
    scales = graph.add("Gather", [f"{EMBEDDINGS}.scale", "input_ids"], "row_scales")
    columns = graph.add("Unsqueeze", [scales, graph.constant("axis_2", np.array([2]))], "row_scale_columns")
    words = graph.add("Mul", [floats, columns], "words")
    length = graph.add("Shape", ["input_ids"], "length", start=1)
    start = graph.constant("axis_0", np.array([0]))
    positions = graph.add("Slice", [POSITIONS, start, length, start], "positions")
    summed = graph.add("Add", [words, positions], "embedded")
    norm = [f"{EMBEDDINGS_NORM}.weight", f"{EMBEDDINGS_NORM}.bias"]
    return graph.add("LayerNormalization", [summed, *norm], "embeddings", axis=-1, epsilon=epsilon)


def _layer(graph: _Graph, number: int, hidden: str, parts: Parts, heads: int, epsilon: float) -> str:
    layer = f"layer.{number}"
    attended = _attention(graph, f"{layer}.attention", hidden, parts, heads)
    output = f"{layer}.attention_output"
    attended = _product(graph, output, attended, f"{output}.weight", f"{output}.scale", f"{output}.bias")
    hidden = _add_and_norm(graph, f"{layer}.attention_norm", attended, hidden, epsilon)
    narrow = _feed_forward(graph, f"{layer}.intermediate", f"{layer}.output", hidden, parts)
    return _add_and_norm(graph, f"{layer}.output_norm", narrow, hidden, epsilon)


def _attention(graph: _Graph, name: str, hidden: str, parts: Parts, heads: int) -> str:
    shared, rows = _share_out(graph, name, hidden, parts[name])
    weight = _repeated(graph, f"{name}.weight", rows, axis=0)
    joined = _product(graph, name, shared, weight, f"{name}.scale", f"{name}.bias")
    three = [f"{name}.{each}" for each in ("query", "key", "value")]
    graph.nodes.append(helper.make_node("Split", [joined], three, axis=-1, num_outputs=len(three)))
    return graph.add("Attention", three, f"{name}.attended", q_num_heads=heads, kv_num_heads=heads)


def _feed_forward(graph: _Graph, first: str, second: str, hidden: str, parts: Parts) -> str:
    """Wider, Gelu, narrow again; the columns the second product wants copies of are made as often by the first."""
    shared, rows = _share_out(graph, first, hidden, parts[first])
    columns = graph.constant(f"{second}.with_copies", _with_copies(parts[second]))
    weight = _repeated(graph, _repeated(graph, f"{first}.weight", rows, axis=0), columns, axis=1)
    scale, bias = (_repeated(graph, f"{first}.{kind}", columns, axis=0) for kind in ("scale", "bias"))
    wide = graph.add("Gelu", [_product(graph, first, shared, weight, scale, bias)], f"{first}.gelu", CONTRIB)
    shares = (1 / parts[second])[_with_copies(parts[second])].astype(np.float32)
    wide = graph.add("Mul", [wide, graph.constant(f"{second}.shares", shares)], f"{second}.shared")
    weight = _repeated(graph, f"{second}.weight", columns, axis=0)
    return _product(graph, second, wide, weight, f"{second}.scale", f"{second}.bias")


def _share_out(graph: _Graph, name: str, hidden: str, parts: NDArray[np.int64]) -> tuple[str, str]:
    """Each column in equal parts, the first in its place and the others at the end; and the weights' rows for them."""
    shares = graph.constant(f"{name}.shares", (1 / parts).astype(np.float32))
    first = graph.add("Mul", [hidden, shares], f"{name}.first_parts")
    others = graph.add("Gather", [first, graph.constant(f"{name}.copies", _copies(parts))], f"{name}.others", axis=-1)
    shared = graph.add("Concat", [first, others], f"{name}.shared", axis=-1)
    return shared, graph.constant(f"{name}.with_copies", _with_copies(parts))


def _copies(parts: NDArray[np.int64]) -> NDArray[np.int32]:
    """The columns that stand once more behind all of them, as often as they have parts beyond the first."""
    return np.repeat(np.arange(len(parts), dtype=np.int32), parts - 1)


def _with_copies(parts: NDArray[np.int64]) -> NDArray[np.int32]:
    return np.concatenate([np.arange(len(parts), dtype=np.int32), _copies(parts)])


def _repeated(graph: _Graph, weights: str, places: str, axis: int) -> str:
    """Weights with rows or columns repeated; ONNX Runtime does it once, when it opens the model."""
    return graph.add("Gather", [weights, places], f"{weights}.repeated_{axis}", axis=axis)


def _product(graph: _Graph, name: str, hidden: str, weight: str, scale: str, bias: str) -> str:
    return graph.add("DynamicQuantizeMatMul", [hidden, weight, scale, "", bias], f"{name}.result", CONTRIB)


def _add_and_norm(graph: _Graph, name: str, new: str, old: str, epsilon: float) -> str:
    added = graph.add("Add", [new, old], f"{name}.sum")
    inputs = [added, f"{name}.weight", f"{name}.bias"]
    return graph.add("LayerNormalization", inputs, f"{name}.result", axis=-1, epsilon=epsilon)
