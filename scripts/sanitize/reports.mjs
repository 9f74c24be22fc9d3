// What the sanitizers wrote, and which of it is about the addon.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const START =
  /\n(?=(?:Direct|Indirect) leak of|WARNING: ThreadSanitizer|==\d+==ERROR|[^\n]+: runtime error: )/
const REPORT = /leak of|WARNING: ThreadSanitizer|ERROR: AddressSanitizer|runtime error: /

/** A frame in the addon, with its source or without. */
const IN_ADDON = /msta\.node|\/native\/(addon|cpu|kernels|runtime)\//

/** Whether the code that a frame of a stack is in is ours, or called by us without another's between. */
const isOurs = (frames) =>
  IN_ADDON.test(frames.find((frame) => !/lib[a-z+]+san|libstdc|libc\.so|libc\+/.test(frame)) ?? '')

/**
 * Whether a report is about the addon. Node keeps much memory until it exits, and its own locks are unknown to the
 * sanitizer: a race must have one of its two accesses in the addon itself, other reports name it among the first frames.
 */
function isOwn(report) {
  if (!report.startsWith('WARNING: ThreadSanitizer'))
    return (
      /native\/\S+: runtime error: /.test(report) || IN_ADDON.test(report.split('\n').slice(0, 12).join('\n'))
    )
  const stacks = report.split(/\n\s*\n/).slice(0, 2)
  return stacks.some((stack) => isOurs(stack.split('\n').filter((line) => /^\s*#\d/.test(line))))
}

/** The distinct reports below `folder` that are about the addon. */
export function ownReports(folder) {
  const reports = readdirSync(folder).flatMap((file) =>
    readFileSync(join(folder, file), 'utf8')
      .split(START)
      .map((report) => report.replace(/^=+\n/, ''))
      .filter((report) => REPORT.test(report) && isOwn(report)),
  )
  return [...new Set(reports.map((report) => report.replaceAll(/0x[0-9a-f]+|==\d+==/g, '')))]
}
