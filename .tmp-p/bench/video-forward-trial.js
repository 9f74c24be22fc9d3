// One process, one model: the times and the peak memory of a ViCLIP-B/16 video forward. Run by video-forward.ts.
import { parseArgs } from 'node:util';
import { VICLIP_B16 } from '../lib/models/viclip/config.js';
import { videoMacs } from '../lib/models/viclip/flops.js';
import { ViClipModel } from '../lib/models/viclip/model.js';
import { Device } from '../lib/runtime/device.js';
import { fillNormal } from '../lib/tensor/ops/random-normal.js';
import { Tensor } from '../lib/tensor/tensor.js';
const { values } = parseArgs({
    options: {
        batch: { type: 'string', default: '1' },
        repeat: { type: 'string', default: '3' },
        device: { type: 'string', default: 'cpu' },
    },
});
const batch = Number(values.batch);
const device = Device.get(values.device);
const model = ViClipModel.random(device, VICLIP_B16);
const video = Tensor.empty(device, [batch, 3, 8, 224, 224]);
fillNormal(video, 1, { seed: 1, stream: 0 });
const times = [];
for (let i = -1; i < Number(values.repeat); i++) {
    const started = performance.now();
    const features = model.encodeVideo(video);
    await features.data();
    features.dispose();
    if (i >= 0)
        times.push(performance.now() - started);
}
const peakRssMb = process.resourceUsage().maxRSS / 1024;
console.log(JSON.stringify({ times, peakRssMb, gflop: (2 * videoMacs(VICLIP_B16).total * batch) / 1e9 }));
//# sourceMappingURL=video-forward-trial.js.map