/** Loads the addon as the environment says, and prints what came of it. */
import { MstaError } from '../../../lib/runtime/errors.js'
import { addonPath } from '../../../lib/runtime/loader.js'

function load(): { path: string } | { code: string; message: string } {
  try {
    return { path: addonPath() }
  } catch (error) {
    if (!(error instanceof MstaError)) throw error
    return { code: error.code, message: error.message }
  }
}

console.log(JSON.stringify(load()))
