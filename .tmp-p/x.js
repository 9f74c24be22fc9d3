import { Device } from './lib/runtime/device.js'
import { withJob } from './lib/runtime/job.js'
import { gatherRows } from './lib/tensor/ops/gather-rows.js'
import { scope } from './lib/tensor/scope.js'
import { Tensor } from './lib/tensor/tensor.js'
const device = Device.get('cpu')
function values(body){ const t = scope(body).keep(); const d = t.data(); t.dispose(); return d }
const rows = () => Tensor.from(device,[1,2,3,4,5,6],[3,2])
const working = () => values(() => gatherRows(rows(), [2, 0]))
const bad = () => values(() => gatherRows(rows(), [0, 7]))
const tell = (n) => (p) => p.then((v)=>console.log(n,'ok',[...v]),(e)=>console.log(n,'rejects',e.message))
const a = tell('failing')(withJob(undefined, (j)=>j.run(bad)))
const b = tell('loose')(working())
const c = tell('other')(withJob(undefined,(j)=>j.run(working)))
const d = tell('looseFailure')(bad())
await Promise.all([a,b,c,d])
await tell('w1')(working())
await tell('bad')(bad())
await tell('w2')(working())
