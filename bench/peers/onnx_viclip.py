"""Writes an encoder of torch_viclip.py as an ONNX file for onnxruntime, with what PyTorch makes of one input.

    python onnx_viclip.py OUT_DIR [--encoder video|text] [--dtype f32|int8] [--batch 1] [--ids FILE] [--size-tiny]

The graph is the one that onnxruntime's own transformer optimizer aims at: com.microsoft's MultiHeadAttention,
SkipLayerNormalization and QuickGelu around products whose bias is part of them. int8 is dynamic quantisation by
onnxruntime's tools: weights with a scale a column, activations with one a product. Writes model.onnx, input.bin
(float32, or int64 ids) and output.bin (float32), and prints the input's shape as one JSON line.
"""

import sys

sys.dont_write_bytecode = True

import argparse
import json
from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import TensorProto, helper, numpy_helper

from torch_viclip import B16, TINY, Block, Sizes, TextEncoder, VideoEncoder

MICROSOFT = "com.microsoft"


class Graph:
    """Nodes and weights as they come; every call gives the name of its (first) output."""

    def __init__(self) -> None:
        self.nodes: list[onnx.NodeProto] = []
        self.weights: list[onnx.TensorProto] = []

    def weight(self, value: torch.Tensor | np.ndarray) -> str:
        array = value.detach().numpy() if isinstance(value, torch.Tensor) else value
        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.array(array, order="C"), name))
        return name

    def integers(self, *values: int) -> str:
        return self.weight(np.array(values, dtype=np.int64))

    def node(self, op: str, *inputs: str, outputs: int = 1, domain: str = "", **attributes) -> str:
        name = f"n{len(self.nodes)}"
        names = [name, *(f"{name}_{i}" for i in range(1, outputs))]
        self.nodes.append(helper.make_node(op, inputs, names, name=f"{name}_{op}", domain=domain, **attributes))
        return name

    def linear(self, x: str, weight: torch.Tensor, bias: torch.Tensor) -> str:
        """x W^T + b, as a product and a sum, which onnxruntime joins or quantises as it likes."""
        return self.node("Add", self.node("MatMul", x, self.weight(weight.T)), self.weight(bias))

    def norm(self, x: str, layer: torch.nn.LayerNorm) -> str:
        return self.node("LayerNormalization", x, self.weight(layer.weight), self.weight(layer.bias), epsilon=layer.eps)

    def skip_norm(self, x: str, added: str, layer: torch.nn.LayerNorm) -> tuple[str, str]:
        """The norm of x + added, and that sum."""
        inputs = (x, added, self.weight(layer.weight), self.weight(layer.bias))
        name = self.node("SkipLayerNormalization", *inputs, outputs=4, domain=MICROSOFT, epsilon=layer.eps)
        return name, f"{name}_3"

    def attention(self, x: str, block: Block, causal: bool) -> str:
        # One product, then split: faster than three.
        projected = self.linear(x, block.attn.in_proj_weight, block.attn.in_proj_bias)
        q = self.node("Split", projected, outputs=3, axis=2)
        settings = {"num_heads": block.attn.heads, "unidirectional": int(causal)}
        mixed = self.node("MultiHeadAttention", q, f"{q}_1", f"{q}_2", domain=MICROSOFT, **settings)
        return self.linear(mixed, block.attn.out_proj.weight, block.attn.out_proj.bias)

    def transformer(self, x: str, blocks: torch.nn.ModuleList, last: torch.nn.LayerNorm, causal: bool) -> str:
        """`last` of what the blocks make of x."""
        normed = self.norm(x, blocks[0].ln_1)
        followers = [block.ln_1 for block in blocks[1:]] + [last]
        for block, follower in zip(blocks, followers):
            normed, x = self.skip_norm(x, self.attention(normed, block, causal), block.ln_2)
            hidden = self.linear(normed, block.mlp.c_fc.weight, block.mlp.c_fc.bias)
            hidden = self.node("QuickGelu", hidden, domain=MICROSOFT, alpha=1.702)
            hidden = self.linear(hidden, block.mlp.c_proj.weight, block.mlp.c_proj.bias)
            normed, x = self.skip_norm(x, hidden, follower)
        return normed


def video_graph(graph: Graph, model: VideoEncoder, s: Sizes, batch: int) -> tuple[str, list[int]]:
    # Frames as a batch of pictures: [B,3,T,H,W] to [B*T,3,H,W], so that the patches are a plain convolution.
    frames = graph.node("Transpose", "input", perm=[0, 2, 1, 3, 4])
    frames = graph.node("Reshape", frames, graph.integers(batch * s.frames, 3, s.size, s.size))
    kernel = graph.weight(model.conv1.weight.squeeze(2))
    patches = graph.node("Conv", frames, kernel, strides=[s.patch] * 2, kernel_shape=[s.patch] * 2)
    patches = graph.node("Reshape", patches, graph.integers(batch, s.frames, s.width, -1))
    tokens = graph.node("Transpose", patches, perm=[0, 3, 1, 2])  # [B, patch, time, W]
    position = model.positional_embedding[1:, None] + model.temporal_positional_embedding
    tokens = graph.node("Add", tokens, graph.weight(position))
    tokens = graph.node("Reshape", tokens, graph.integers(batch, -1, s.width))
    cls = (model.class_embedding + model.positional_embedding[0]).expand(batch, 1, -1)
    x = graph.norm(graph.node("Concat", graph.weight(cls), tokens, axis=1), model.ln_pre)
    normed = graph.transformer(x, model.transformer.resblocks, model.ln_post, causal=False)
    first = graph.node("Gather", normed, graph.weight(np.array(0, dtype=np.int64)), axis=1)
    return graph.node("MatMul", first, graph.weight(model.proj)), [batch, 3, s.frames, s.size, s.size]


def text_graph(graph: Graph, model: TextEncoder, ids: torch.Tensor) -> tuple[str, list[int]]:
    x = graph.node("Gather", graph.weight(model.token_embedding.weight), "input", axis=0)
    x = graph.node("Add", x, graph.weight(model.positional_embedding[: ids.shape[1]]))
    normed = graph.transformer(x, model.transformer.resblocks, model.ln_final, causal=True)
    ends = graph.node("ArgMax", "input", axis=1, keepdims=1)
    rows = graph.node("GatherND", normed, ends, batch_dims=1)
    return graph.node("MatMul", rows, graph.weight(model.text_projection)), list(ids.shape)


def quantise(source: Path, target: Path) -> None:
    from onnxruntime.quantization import QuantType, quantize_dynamic

    # What comes from com.microsoft's operators has no type that the tool could infer.
    options = {"DefaultTensorType": TensorProto.FLOAT}
    kind = QuantType.QInt8
    quantize_dynamic(
        source, target, op_types_to_quantize=["MatMul"], per_channel=True, weight_type=kind, extra_options=options
    )


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("out", type=Path)
    parser.add_argument("--encoder", choices=["video", "text"], default="video")
    parser.add_argument("--dtype", choices=["f32", "int8"], default="f32")
    parser.add_argument("--batch", type=int, default=1)
    parser.add_argument("--ids", type=Path, help="JSON rows of token ids, for the text encoder")
    parser.add_argument("--size-tiny", action="store_true")
    arguments = parser.parse_args()
    sizes = TINY if arguments.size_tiny else B16
    torch.manual_seed(0)
    graph = Graph()
    with torch.inference_mode():
        if arguments.encoder == "video":
            model = VideoEncoder(sizes).eval()
            value = torch.randn(arguments.batch, 3, sizes.frames, sizes.size, sizes.size)
            embedding, shape = video_graph(graph, model, sizes, arguments.batch)
        else:
            model = TextEncoder(sizes).eval()
            value = torch.tensor(json.loads(arguments.ids.read_text()))
            embedding, shape = text_graph(graph, model, value)
        expected = model(value)
    kind = TensorProto.FLOAT if arguments.encoder == "video" else TensorProto.INT64
    graph.nodes.append(helper.make_node("Identity", [embedding], ["output"]))
    whole = helper.make_graph(
        graph.nodes,
        "viclip",
        [helper.make_tensor_value_info("input", kind, shape)],
        [helper.make_tensor_value_info("output", TensorProto.FLOAT, list(expected.shape))],
        graph.weights,
    )
    opsets = [helper.make_opsetid("", 17), helper.make_opsetid(MICROSOFT, 1)]
    arguments.out.mkdir(parents=True, exist_ok=True)
    target = arguments.out / "model.onnx"
    onnx.save(helper.make_model(whole, opset_imports=opsets, ir_version=8), target)
    if arguments.dtype == "int8":
        plain = target.rename(arguments.out / "float.onnx")
        quantise(plain, target)
        plain.unlink()
    (arguments.out / "input.bin").write_bytes(value.numpy().tobytes())
    (arguments.out / "output.bin").write_bytes(expected.numpy().tobytes())
    print(json.dumps({"shape": shape, "onnx": onnx.__version__}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
