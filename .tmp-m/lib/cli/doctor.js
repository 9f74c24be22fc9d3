import { createRequire } from 'node:module';
import { EXIT } from './exit.js';
import { formatTable } from './output.js';
import { defineCommand } from './run.js';
/** `msta doctor`: what is installed, and why something does not work. */
export const doctor = defineCommand({
    command: 'doctor',
    describe: 'Say what is installed, and why CUDA or ffmpeg is not used',
    builder: (yargs) => yargs,
    async run(_, { library, output }) {
        const cpu = tryDevice(library, 'cpu');
        const gpus = findGpus(library);
        const devices = [cpu, ...gpus.devices].filter((device) => 'name' in device);
        const report = {
            devices,
            cuda: { available: gpus.devices.length > 0, reason: gpus.reason },
            ffmpeg: await library.findFfmpeg().catch((error) => ({ error: error.message })),
            addon: loadedAddon() ?? { error: 'error' in cpu ? cpu.error : 'unknown' },
            ...('name' in cpu ? describeCpu(cpu.description) : { instructionSet: null, threads: null }),
            node: process.version,
            platform: `${process.platform}-${process.arch}`,
        };
        output.result(report);
        const { ffmpeg, addon, cuda } = report;
        const rows = [
            ['node', `${report.node} on ${report.platform}`],
            ['addon', 'error' in addon ? `not usable: ${addon.error}` : `${addon.path}, version ${addon.version}`],
            ...devices.map(({ name, description }) => [name, description]),
            ['cuda', cuda.available ? 'available' : `not available: ${cuda.reason}`],
            [
                'ffmpeg',
                'error' in ffmpeg ? `not usable: ${ffmpeg.error}` : `${ffmpeg.path}, version ${ffmpeg.version}`,
            ],
        ];
        for (const line of formatTable(rows))
            output.line(line);
        return 'name' in cpu ? EXIT.ok : EXIT.failure;
    },
});
function tryDevice(library, name) {
    try {
        const device = library.Device.get(name);
        return { name: device.name, description: device.description };
    }
    catch (error) {
        return { error: error.message };
    }
}
function findGpus(library) {
    const devices = [];
    for (;;) {
        const found = tryDevice(library, `cuda:${devices.length}`);
        if ('error' in found)
            return { devices, reason: devices.length > 0 ? null : found.error };
        devices.push(found);
    }
}
/** The addon as Node has it: asking what is loaded cannot differ from what is used. */
function loadedAddon() {
    const loaded = Object.values(createRequire(import.meta.url).cache);
    const addon = loaded.find((module) => module?.filename.endsWith('.node') && 'createStream' in module.exports);
    return addon && { path: addon.filename, version: String(addon.exports.version) };
}
function describeCpu(description) {
    const match = /^(\w+), (\d+) threads?/.exec(description);
    return { instructionSet: match?.[1] ?? null, threads: match ? Number(match[2]) : null };
}
//# sourceMappingURL=doctor.js.map