// Recognises videos in a worker thread, which can be told to stop, while the main thread does what it likes.
//
//   node examples/worker.mjs [FOLDER FOR THE CLIPS]

import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads'
import { generateMotionDataset, loadDataset, MOTION_NAMES, ViCLIP } from 'msta-native'

if (isMainThread) await main(process.argv[2] ?? 'runs/worker')
else await work(workerData)

/** @param {string} folder */
async function main(folder) {
  const { root, test, labels } = await generateMotionDataset(folder, {
    classes: 4,
    trainPerClass: 0,
    testPerClass: 25,
    seed: 5,
  })
  const { entries } = await loadDataset({ root, list: test, labels })

  let ticks = 0
  const timer = setInterval(() => ticks++, 10)
  const worker = new Worker(new URL(import.meta.url), { workerData: entries.map(({ file }) => file) })
  let recognised = 0
  worker.on('message', ({ label, score, stopped }) => {
    if (stopped) return console.log(`stopped after ${recognised} of ${entries.length} videos`)
    console.log(`${label} (${score.toFixed(2)})`)
    // Enough of it: what is under way ends, and nothing further begins.
    if (++recognised === 5) worker.postMessage('stop')
  })
  await new Promise((resolve, reject) => worker.once('exit', resolve).once('error', reject))
  clearInterval(timer)
  console.log(`meanwhile, a timer of the main thread ran ${ticks} times`)
}

/** @param {string[]} videos */
async function work(videos) {
  const stop = new AbortController()
  parentPort?.once('message', () => stop.abort())

  // Each thread has a model of its own.
  const model = await ViCLIP.load('msta-tiny')
  try {
    const options = { topK: 1, signal: stop.signal }
    for await (const result of model.classifyMany(videos, MOTION_NAMES, options)) {
      if ('error' in result) throw result.error
      parentPort?.postMessage(result.predictions[0])
    }
  } catch (error) {
    if (!stop.signal.aborted) throw error
    parentPort?.postMessage({ stopped: true })
  } finally {
    model.dispose()
    // Listening for messages would keep the thread alive.
    parentPort?.close()
  }
}
