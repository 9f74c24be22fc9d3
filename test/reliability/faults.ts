/** A fault, how it is tried, and the tests that try it: a compiled file below `dist/test`, part of a test's name. */
export interface Fault {
  fault: string
  outcome: string
  tests: readonly (readonly [file: string, name: string])[]
}

export const FAULTS: readonly Fault[] = [
  {
    fault: 'the process is killed (SIGKILL), twenty times at random moments',
    outcome: 'resuming ends with the same bits; no checkpoint is damaged',
    tests: [['lifecycle/kill', 'killed']],
  },
  {
    fault: 'bit flips, cuts, other types and headers in checkpoints and adapter files',
    outcome: 'refused with the file named, or read as they were; an earlier checkpoint takes the place',
    tests: [
      ['train/hostile-checkpoints', 'damaged copies'],
      ['train/resume', 'takes the place of a damaged one'],
    ],
  },
  {
    fault: 'the disk is full: a small file system that fills up, /dev/full',
    outcome: 'an error that says so; the last checkpoint is whole, and the run goes on from it',
    tests: [
      ['lifecycle/full-disk', 'its last checkpoint is good'],
      ['train/resume', 'a full disk ends a run'],
      ['cli/usage', 'a full disk under stdout'],
    ],
  },
  {
    fault: 'broken, audio-only, cut videos; videos that keep ffmpeg hanging',
    outcome: 'an error for that video, others go on; ffmpeg is ended after a time-out',
    tests: [
      ['recognition/recognition', 'a broken one is an error and the others go on'],
      ['video/decode', 'a broken tail'],
      ['video/ffmpeg', 'a silent ffmpeg is killed'],
    ],
  },
  {
    fault: 'hostile pickles (code, bombs), damaged PyTorch archives',
    outcome: 'refused by name; nothing in them runs, memory stays bounded',
    tests: [
      ['formats/torch-hostile', 'os.system'],
      ['formats/torch-fuzz', 'flipped bits'],
    ],
  },
  {
    fault: 'hostile safetensors and tar archives',
    outcome: 'refused by a typed error',
    tests: [
      ['formats/safetensors-hostile', 'thousands of truncations'],
      ['video/tar', 'whatever is changed'],
    ],
  },
  {
    fault: 'hostile lists, labels, descriptions, recipes, results; any unicode as text',
    outcome: 'read, or refused by an error that names the file; time grows about linearly',
    tests: [
      ['data/hostile-lists', 'damaged copies'],
      ['data/hostile-labels', 'damaged copies'],
      ['text/hostile-texts', 'of any unicode'],
      ['train/hostile-recipes', 'damaged bytes'],
      ['report/hostile-bundles', 'damaged bytes'],
    ],
  },
  {
    fault: 'no memory left; use after dispose; disposing twice',
    outcome: 'ERR_OUT_OF_MEMORY and ERR_DISPOSED; the process goes on',
    tests: [['lifecycle/memory', 'too much memory']],
  },
  {
    fault: 'aborts at random moments; workers terminated and processes left in mid-work',
    outcome: "the signal's reason; memory, files and child processes are as before",
    tests: [
      ['lifecycle/soak', 'a storm of aborted runs'],
      ['lifecycle/threads', 'terminate()'],
    ],
  },
  {
    fault: 'two thousand training steps, a hundred loads',
    outcome: 'memory, open files and child processes stay level',
    tests: [['lifecycle/soak', 'loads of a model']],
  },
  {
    fault: 'missing or wrong weights',
    outcome: 'all missing and mis-shaped tensors are named, with the file',
    tests: [['models/checkpoint', 'mis-shaped tensors are all named']],
  },
  {
    fault: 'no ffmpeg, no addon; a GPU driver that is missing, refuses or hangs',
    outcome: 'the remedy is named; the CPU works',
    tests: [
      ['cli/doctor', 'without ffmpeg'],
      ['runtime/cuda-plugin', 'without a driver'],
    ],
  },
]
