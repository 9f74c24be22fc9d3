// Runs a compiler (`strict-compiler.mjs nvcc ARGUMENT...`) and fails where ptxas only remarks that it ignores
// setmaxnreg or runs wgmma instructions one by one: no flag of it makes errors of these.
import { spawnSync } from 'node:child_process'

const REMARK = /C7508|C7510|'setmaxnreg' ignored|wgmma[^\n]*serializ/
const [program, ...args] = process.argv.slice(2)
const { status, stdout, stderr, error } = spawnSync(program, args, { encoding: 'utf8', maxBuffer: 1 << 26 })
process.stdout.write(stdout ?? '')
process.stderr.write(error ? `${error.message}\n` : stderr)
process.exitCode = status === 0 && REMARK.test(`${stdout}${stderr}`) ? 1 : (status ?? 1)
