/** One thing to try; `skip` tells why it cannot be tried here. */
export interface Step {
  name: string
  run(): void
  skip?: string | undefined
}

/** Where the steps work. */
export interface Place {
  /** An empty folder, removed afterwards. */
  folder: string
  /** The packed package. */
  tarball: string
  /** The environment of a machine without compilers. */
  env: NodeJS.ProcessEnv
}

/** Runs every step, whatever the ones before came to. @returns the exit status */
export function runSteps(steps: Step[]): number {
  const count = { passed: 0, failed: 0, skipped: 0 }
  for (const { name, run, skip } of steps) {
    if (skip) {
      count.skipped++
      console.log(`skipped ${name}: ${skip}`)
      continue
    }
    try {
      run()
      count.passed++
      console.log(`ok ${name}`)
    } catch (error) {
      count.failed++
      console.log(`FAIL ${name}\n${(error as Error).message}`)
    }
  }
  console.log(`${count.passed} passed, ${count.failed} failed, ${count.skipped} skipped`)
  return count.failed > 0 || count.passed === 0 ? 1 : 0
}
