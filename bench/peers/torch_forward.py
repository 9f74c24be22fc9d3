"""The PyTorch peer of the forwards: an encoder of ViCLIP with random weights, one JSON line of times.

    python torch_forward.py [--batch 1] [--repeat 10] [--dtype f32|bf16] [--device cpu|cuda] [--compile] ...
    python torch_forward.py --encoder text --ids ROWS.json ...

As a careful PyTorch user would run it: inference mode, warm-up, weights in the dtype of the computation, every
available core. Like the public ViCLIP code it runs the last block for every token; --cls-only gives it the same
exact saving that msta-native has. The clip, or the ids, are on the device already. Prints {"name", "medianMs", "times",
"peakRssMb", "peakDeviceMb", "sdpa"} and what it ran.
"""

import sys

sys.dont_write_bytecode = True

import json
from pathlib import Path

import torch

from torch_trial import attention_backends, parser, report, set_up, time_runs
from torch_viclip import TextEncoder, VideoEncoder


def main() -> int:
    arguments_parser = parser(__doc__.split("\n")[0])
    arguments_parser.add_argument("--encoder", choices=["video", "text"], default="video")
    arguments_parser.add_argument("--ids", type=Path, help="JSON rows of token ids, for the text encoder")
    arguments, sizes = set_up(arguments_parser)
    if arguments.encoder == "video":
        encoder, settings = VideoEncoder, {"cls_only": arguments.cls_only}
        given = torch.randn(arguments.batch, 3, sizes.frames, sizes.size, sizes.size)
    else:
        encoder, settings = TextEncoder, {}
        given = torch.tensor(json.loads(arguments.ids.read_text()))
    model = encoder(sizes).eval().requires_grad_(False)
    forward = model
    if arguments.compile:
        if arguments.device == "cpu":
            # Freezing lets the compiler lay the weights out for the matrix products once.
            torch._inductor.config.freezing = True
        forward = torch.compile(model, dynamic=False, mode=arguments.mode)

    with torch.inference_mode() if not arguments.compile else torch.no_grad():

        def run() -> torch.Tensor:
            return forward(given, **settings)

        result = time_runs(run, arguments.device, 2 if arguments.device == "cpu" else 5, arguments.repeat)
        embedding = run()
        finite = embedding.shape == (len(given), sizes.embed) and bool(embedding.isfinite().all())
        result["sdpa"] = attention_backends(run) if arguments.device == "cuda" or arguments.size_tiny else []
    if not finite:
        print("torch_forward.py: the forward gave no finite embedding", file=sys.stderr)
        return 1
    report(arguments, result)
    return 0


if __name__ == "__main__":
    sys.exit(main())
