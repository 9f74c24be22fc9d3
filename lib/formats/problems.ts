const MOST_NAMES = 8

/** Names by what is wrong with them, as a message tells it: a few of each kind and how many; empty where none is. */
export function listProblems(problems: Readonly<Record<string, readonly string[]>>): string {
  return Object.entries(problems)
    .filter(([, names]) => names.length > 0)
    .map(([what, names]) => {
      const more = names.length > MOST_NAMES ? `, ... (${names.length})` : ''
      return `${what}: ${names.slice(0, MOST_NAMES).join(', ')}${more}`
    })
    .join('; ')
}
