import { MstaError } from '../runtime/errors.js';
const MAX_HEADER_BYTES = 64;
/**
 * Takes a stream of binary PPM pictures (`P6`, 8 bits) of one size and puts the chosen ones, rgb24, one after the
 * other into a single buffer of exactly the right size. PPM rather than raw video because every picture then says
 * its own size, so that no second process has to ask for it.
 */
export class PpmSink {
    options;
    /** Width in pixels; 0 until the first picture's header came. */
    width = 0;
    /** Height in pixels; 0 until the first picture's header came. */
    height = 0;
    /** Complete pictures that arrived, kept or not. */
    arrived = 0;
    /** Complete pictures kept. */
    kept = 0;
    /** [keep, height, width, 3]; empty until the first header came. */
    data = new Uint8Array(0);
    header = '';
    filled = 0;
    inPicture = false;
    keeping = false;
    constructor(options) {
        this.options = options;
    }
    write(chunk) {
        let at = 0;
        while (at < chunk.length)
            at = this.inPicture ? this.readPixels(chunk, at) : this.readHeader(chunk, at);
    }
    get pictureBytes() {
        return this.width * this.height * 3;
    }
    readHeader(chunk, start) {
        let at = start;
        while (at < chunk.length) {
            this.header += String.fromCharCode(chunk[at++]);
            const match = /^P6\s+(\d+)\s+(\d+)\s+255\s$/.exec(this.header);
            if (match) {
                this.startPicture(Number(match[1]), Number(match[2]));
                return at;
            }
            if (this.header.length > MAX_HEADER_BYTES)
                throw this.error('ERR_FFMPEG', 'sent something that is not PPM');
        }
        return at;
    }
    startPicture(width, height) {
        if (this.data.length === 0) {
            const bytes = width * height * 3 * this.options.keep;
            if (bytes > this.options.maxBytes) {
                throw new MstaError('ERR_VIDEO', `${this.options.file}: ${this.options.keep} frames of ${width}x${height} take ${bytes} bytes, more than the ` +
                    `limit of ${this.options.maxBytes}. Ask for fewer frames, scale the video down, or raise maxBytes.`, { file: this.options.file });
            }
            this.width = width;
            this.height = height;
            this.data = new Uint8Array(bytes);
        }
        else if (width !== this.width || height !== this.height) {
            throw this.error('ERR_VIDEO', `changed the picture size from ${this.width}x${this.height} to ${width}x${height}`);
        }
        const { which, keep } = this.options;
        this.keeping = this.kept < keep && (which === undefined || which[this.kept] === this.arrived);
        this.header = '';
        this.filled = 0;
        this.inPicture = true;
    }
    readPixels(chunk, at) {
        const end = Math.min(chunk.length, at + this.pictureBytes - this.filled);
        if (this.keeping)
            this.data.set(chunk.subarray(at, end), this.kept * this.pictureBytes + this.filled);
        this.filled += end - at;
        if (this.filled === this.pictureBytes) {
            this.inPicture = false;
            this.arrived++;
            if (this.keeping)
                this.kept++;
        }
        return end;
    }
    error(code, what) {
        return new MstaError(code, `${this.options.file}: ffmpeg ${what}. Re-encode the file or try another ffmpeg.`, {
            file: this.options.file,
        });
    }
}
//# sourceMappingURL=ppm-sink.js.map