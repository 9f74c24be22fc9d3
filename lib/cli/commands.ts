import { convert } from './convert.js'
import { data } from './data.js'
import { demo } from './demo.js'
import { describe } from './describe.js'
import { doctor } from './doctor.js'
import { evaluate } from './eval.js'
import { flops } from './flops.js'
import { frames } from './frames.js'
import { init } from './init.js'
import { predict } from './predict.js'
import { pull } from './pull.js'
import { recipes } from './recipes.js'
import { report } from './report.js'
import { results } from './results.js'
import { serve } from './serve.js'
import { tokenize } from './tokenize.js'
import { train } from './train.js'

/** Every command of the program, in the order of the help. A new one is registered here. */
export const COMMANDS = [
  predict,
  init,
  train,
  serve,
  evaluate,
  pull,
  results,
  report,
  recipes,
  describe,
  data,
  convert,
  frames,
  tokenize,
  flops,
  doctor,
  demo,
]
