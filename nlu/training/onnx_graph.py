"""Writes the graph of an int8 BERT encoder for ONNX Runtime: tokens in, one vector of length 1 a text out.

The graph holds no numbers of its own: its weights are ranges of model.safetensors, so the folder has one set of
weights for both runtimes. Products are of int8 weights with activations made uint8 on the fly (dynamic quantisation).
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path

import onnx
from onnx import NodeProto, TensorProto, helper

from nlu.training.int8_weights import EMBEDDINGS, EMBEDDINGS_NORM, POSITIONS

CONTRIB = "com.microsoft"  # ONNX Runtime's own fused operations
# In these layers of e5-small a few activations before the output product are so large that 8 bits leave little for
# the others: on 40 sentences fp32 there lifted the least cosine to the unquantised activations from .992 to .998.
FLOAT_OUTPUT_LAYERS = (0, 4, 5)
ONNX_TYPES = {"F32": TensorProto.FLOAT, "I8": TensorProto.INT8}


@dataclass(slots=True)
class _Graph:
    """Nodes in order; every node has one output, named after what it is."""

    nodes: list[NodeProto] = field(default_factory=list)

    def add(self, kind: str, inputs: list[str], output: str, domain: str = "", **attributes: object) -> str:
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **attributes))
        return output


def write_graph(weights: Path, target: Path, layers: int, heads: int, epsilon: float) -> None:
    """Makes `target` over the tensors of the safetensors file that lies beside it."""
    tensors, hidden = _external_tensors(weights)
    graph = _Graph()
    hidden_states = _embed(graph, epsilon)
    for layer in range(layers):
        hidden_states = _layer(graph, layer, hidden_states, heads, epsilon)
    _pool(graph, hidden_states)
    model = helper.make_model(
        helper.make_graph(
            graph.nodes,
            "encoder",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
                for name in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", hidden])],
            [*tensors, *_constants()],
        ),
        opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid(CONTRIB, 1)],
        ir_version=8,
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


def _constants() -> list[TensorProto]:
    return [
        helper.make_tensor("axis_0", TensorProto.INT64, [1], [0]),
        helper.make_tensor("axis_1", TensorProto.INT64, [1], [1]),
        helper.make_tensor("axis_2", TensorProto.INT64, [1], [2]),
        helper.make_tensor("index_1", TensorProto.INT64, [1], [1]),
    ]


def _embed(graph: _Graph, epsilon: float) -> str:
    """Word rows (int8 times the row's scale) plus positions, normalised."""
    rows = graph.add("Gather", [f"{EMBEDDINGS}.weight", "input_ids"], "rows")
    floats = graph.add("Cast", [rows], "float_rows", to=TensorProto.FLOAT)
    scales = graph.add("Gather", [f"{EMBEDDINGS}.scale", "input_ids"], "row_scales")
    columns = graph.add("Unsqueeze", [scales, "axis_2"], "row_scale_columns")
    words = graph.add("Mul", [floats, columns], "words")
    shape = graph.add("Shape", ["input_ids"], "shape")
    length = graph.add("Gather", [shape, "index_1"], "length")
    positions = graph.add("Slice", [POSITIONS, "axis_0", length, "axis_0"], "positions")
    summed = graph.add("Add", [words, positions], "embedded")
    graph.add("Cast", ["attention_mask"], "mask", to=TensorProto.INT32)
    norm = [f"{EMBEDDINGS_NORM}.weight", f"{EMBEDDINGS_NORM}.bias"]
    return graph.add("LayerNormalization", [summed, *norm], "embeddings", axis=-1, epsilon=epsilon)


def _layer(graph: _Graph, number: int, hidden: str, heads: int, epsilon: float) -> str:
    layer = f"layer.{number}"
    attended = _attention(graph, f"{layer}.attention", hidden, heads)
    attended = _product(graph, f"{layer}.attention_output", attended)
    hidden = _add_and_norm(graph, f"{layer}.attention_norm", attended, hidden, epsilon)
    wide = _product(graph, f"{layer}.intermediate", hidden)
    wide = graph.add("Gelu", [wide], f"{layer}.gelu", CONTRIB)
    narrow = (_float_product if number in FLOAT_OUTPUT_LAYERS else _product)(graph, f"{layer}.output", wide)
    return _add_and_norm(graph, f"{layer}.output_norm", narrow, hidden, epsilon)


def _attention(graph: _Graph, name: str, hidden: str, heads: int) -> str:
    quantised, scale, zero = (f"{name}.{part}" for part in ("uint8", "uint8_scale", "uint8_zero"))
    graph.nodes.append(helper.make_node("DynamicQuantizeLinear", [hidden], [quantised, scale, zero]))
    inputs = [quantised, f"{name}.weight", f"{name}.bias", scale, f"{name}.scale", "mask", zero]
    return graph.add("QAttention", inputs, f"{name}.result", CONTRIB, num_heads=heads)


def _product(graph: _Graph, name: str, hidden: str) -> str:
    inputs = [hidden, f"{name}.weight", f"{name}.scale", "", f"{name}.bias"]
    return graph.add("DynamicQuantizeMatMul", inputs, f"{name}.result", CONTRIB)


def _float_product(graph: _Graph, name: str, hidden: str) -> str:
    """The same in fp32; ONNX Runtime multiplies weights and scales once, when it opens the model."""
    floats = graph.add("Cast", [f"{name}.weight"], f"{name}.float", to=TensorProto.FLOAT)
    weight = graph.add("Mul", [floats, f"{name}.scale"], f"{name}.scaled")
    product = graph.add("MatMul", [hidden, weight], f"{name}.product")
    return graph.add("Add", [product, f"{name}.bias"], f"{name}.result")


def _add_and_norm(graph: _Graph, name: str, new: str, old: str, epsilon: float) -> str:
    added = graph.add("Add", [new, old], f"{name}.sum")
    inputs = [added, f"{name}.weight", f"{name}.bias"]
    return graph.add("LayerNormalization", inputs, f"{name}.result", axis=-1, epsilon=epsilon)


def _pool(graph: _Graph, hidden: str) -> None:
    """Mean over the real tokens, then length 1: a sum does as well as a mean, as its length is made 1 anyway."""
    mask = graph.add("Cast", ["attention_mask"], "float_mask", to=TensorProto.FLOAT)
    column = graph.add("Unsqueeze", [mask, "axis_2"], "mask_column")
    kept = graph.add("Mul", [hidden, column], "kept")
    total = graph.add("ReduceSum", [kept, "axis_1"], "total", keepdims=0)
    graph.add("LpNormalization", [total], "vectors", axis=-1, p=2)
