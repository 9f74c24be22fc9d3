/** A fault, and the tests that try it: compiled files below `dist/test`. What happens they tell by `observe`. */
export interface Fault {
  title: string
  files: readonly string[]
}

/** What is tried by `npm run reliability`. */
export const FAULTS = {
  killed: {
    title: 'the process is killed (SIGKILL) at random moments of a training',
    files: ['lifecycle/kill'],
  },
  interrupted: {
    title: 'Ctrl-C once, Ctrl-C twice, SIGTERM while training',
    files: ['lifecycle/signals'],
  },
  damagedCheckpoints: {
    title: 'bit flips, cuts, other types and headers in checkpoints and adapter files',
    files: ['train/hostile-checkpoints', 'train/resume'],
  },
  hugeSizes: {
    title: 'files that ask for more memory than they hold: sizes in settings and metadata',
    files: ['adapters/adapter-file', 'models/clip'],
  },
  fullDisk: {
    title: 'the disk is full: a small file system that fills up, /dev/full',
    files: ['lifecycle/full-disk', 'train/resume', 'cli/usage'],
  },
  unwritable: {
    title:
      'a run folder that cannot be made or written: below /proc, /dev/null or a file; one of a read-only disk',
    files: ['lifecycle/unwritable'],
  },
  brokenVideos: {
    title: 'broken, audio-only, cut and missing videos; a picture too large',
    files: ['recognition/recognition', 'video/decode'],
  },
  changingVideos: {
    title: 'videos that are missing, vanish, break or become others in mid-training',
    files: ['lifecycle/changing-videos'],
  },
  ffmpeg: {
    title: 'ffmpeg hangs, never ends, or is killed from outside in mid-decode',
    files: ['video/ffmpeg', 'lifecycle/ffmpeg-killed'],
  },
  nonFinite: {
    title: 'a loss that is not finite',
    files: ['train/train'],
  },
  pickles: {
    title: 'hostile pickles (code, bombs), damaged PyTorch archives',
    files: ['formats/torch-hostile', 'formats/torch-fuzz'],
  },
  safetensors: {
    title: 'hostile safetensors',
    files: ['formats/safetensors-hostile'],
  },
  tar: {
    title: 'hostile tar archives',
    files: ['video/tar'],
  },
  texts: {
    title: 'hostile lists, labels, descriptions, recipes, results; any unicode as text',
    files: [
      'data/hostile-lists',
      'data/hostile-labels',
      'text/hostile-texts',
      'train/hostile-recipes',
      'report/hostile-bundles',
    ],
  },
  memory: {
    title: 'no memory left; use after dispose; disposing twice',
    files: ['lifecycle/memory'],
  },
  aborts: {
    title: 'aborts at random moments; workers terminated and processes left in mid-work',
    files: ['lifecycle/soak', 'lifecycle/threads'],
  },
  soak: {
    title: 'thousands of training steps, a hundred loads',
    files: ['lifecycle/soak'],
  },
  weights: {
    title: 'missing or wrong weights',
    files: ['models/checkpoint'],
  },
  hub: {
    title: 'downloads that break, lie or stall; a cache that cannot be written',
    files: ['hub/broken'],
  },
  missingParts: {
    title: 'no ffmpeg, no addon; a GPU driver that is missing or hangs',
    files: ['cli/doctor', 'runtime/cuda-plugin'],
  },
} as const satisfies Record<string, Fault>

export type FaultName = keyof typeof FAULTS
