"""The PyTorch peer of loading weights: from the start of the process to the first video embedding; one JSON line.

    MSTA_BENCH_STARTED=MILLISECONDS python torch_load.py MODEL.safetensors [--dtype f32|bf16] [--device cpu|cuda]

As a careful PyTorch user would: modules without memory of their own, into which the file's mapped tensors are put.
Both encoders are loaded, since a recogniser needs both.
"""

import sys

sys.dont_write_bytecode = True

import os
import time

import torch
from safetensors.torch import load_file

from torch_trial import DTYPES, parser, report, set_up, synchronize
from torch_viclip import TextEncoder, VideoEncoder


def main() -> int:
    arguments_parser = parser(__doc__.split("\n")[0])
    arguments_parser.add_argument("model", help="a safetensors file")
    arguments, sizes = set_up(arguments_parser)
    state = load_file(arguments.model, arguments.device)
    encoders = {}
    for prefix, encoder in (("vision_encoder.", VideoEncoder), ("text_encoder.", TextEncoder)):
        with torch.device("meta"):
            module = encoder(sizes)
        own = {name.removeprefix(prefix): value for name, value in state.items() if name.startswith(prefix)}
        module.load_state_dict(own, assign=True)
        encoders[prefix] = module.eval().requires_grad_(False).to(DTYPES[arguments.dtype])
    clip = torch.full((1, 3, sizes.frames, sizes.size, sizes.size), 0.5)
    with torch.inference_mode():
        embedding = encoders["vision_encoder."](clip)
    finite = bool(embedding.isfinite().all())
    synchronize(arguments.device)
    took = time.time() * 1000 - float(os.environ["MSTA_BENCH_STARTED"])
    if not finite:
        print("torch_load.py: the embedding is not finite", file=sys.stderr)
        return 1
    report(arguments, {"times": [took]})
    return 0


if __name__ == "__main__":
    sys.exit(main())
