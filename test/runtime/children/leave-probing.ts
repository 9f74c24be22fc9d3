/** Leaves while a plugin is being tried, in a process of its own that hangs. */
import { findCuda } from '../../../lib/index.js'

findCuda()
setTimeout(() => process.exit(7), 400)
