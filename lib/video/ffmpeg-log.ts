const HEAD_LINES = 400
const PROBLEM_LINES = 40
const LINE_LENGTH = 4096

/** Lines that only say that something earlier went wrong. */
const GENERIC = [
  /^Error marking filters as finished/,
  /^Conversion failed!/,
  /^Cannot determine format of input/,
  /^Error while filtering/,
  /^Error while decoding stream/,
  /^Error sending frames? to consumers/,
  /^Failed to inject frame into filter network/,
  /^Task finished with error code/,
  /^Terminating thread with return code/,
  /^Last message repeated/,
  /Invalid data found when processing input$/,
  /^Nothing was written into output file/,
  /^Error (submitting packet to|closing) /,
  /^Output file .*(is empty|does not contain any stream)/,
]

/**
 * Reads ffmpeg's stderr (written with `-loglevel level+verbose`) as it arrives and keeps, in bounded memory, the
 * parts this library relies on: the description of the input, how many frames the decoder put out, whether the
 * picture changed its format on the way, and the complaints.
 */
export class FfmpegLog {
  /** The first lines: the description of inputs and outputs. */
  readonly head: string[] = []
  /** Input number -> frames its video decoder put out, from the closing statistics. */
  readonly decodedFrames = new Map<number, number>()
  /** The first complaint that the picture is larger than allowed; later ones of its many consequences hide it. */
  tooLarge = ''
  private readonly graphs = new Map<number, number>()
  private readonly problems: string[] = []
  private rest = ''

  /** Feeds the next piece of stderr. */
  write(text: string): void {
    const lines = (this.rest + text).split(/[\r\n]+/)
    this.rest = (lines.pop() ?? '').slice(0, LINE_LENGTH)
    for (const line of lines) this.readLine(line)
  }

  /** Ends the log: an unfinished last line counts. */
  end(): void {
    this.readLine(this.rest)
    this.rest = ''
  }

  /** True if input `input` changed its size or pixel format while decoding, which resets ffmpeg's filters. */
  changedFormat(input: number): boolean {
    return (this.graphs.get(input) ?? 0) > 1
  }

  /** True if the stream specifier `-map` asked for does not exist in the file. */
  get hasNoMatchingStream(): boolean {
    return this.problems.some((line) => /matches no streams/.test(line))
  }

  /** ffmpeg's own reason, without its prefixes: the last complaint that says something. '' if there was none. */
  reason(): string {
    const texts = this.problems.map((line) => line.replace(/^(\[[^\]]*\] )+/, '').trim())
    const telling = texts.filter((text) => text !== '' && !GENERIC.some((pattern) => pattern.test(text)))
    return (telling.at(-1) ?? texts[0] ?? '').replace(/^(subfile,,[^:]*:)?file:.*?: (?=[A-Z])/, '')
  }

  private readLine(line: string): void {
    if (line === '') return
    if (this.head.length < HEAD_LINES) this.head.push(line.slice(0, LINE_LENGTH))
    if (/\[(error|fatal|panic)\]/.test(line)) {
      const size = /Picture size \S+ exceeds specified max pixel count \d+/.exec(line)
      if (size) this.tooLarge ||= size[0]
      this.problems.push(line.slice(0, LINE_LENGTH))
      if (this.problems.length > PROBLEM_LINES) this.problems.shift()
      return
    }
    // Anchored to the prefix that ffmpeg itself writes: tags of a hostile file are printed too, but as [info].
    const decoded = /^\[verbose\]\s+Input stream #(\d+):\d+ \(video\): .*?(\d+) frames decoded/.exec(line)
    if (decoded) this.decodedFrames.set(Number(decoded[1]), Number(decoded[2]))
    const graph = /^\[graph.*?(\d+):\d+ @ [^\]]*\] \[verbose\] w:\d+ h:\d+ pixfmt:/.exec(line)
    if (graph) this.graphs.set(Number(graph[1]), (this.graphs.get(Number(graph[1])) ?? 0) + 1)
  }
}
