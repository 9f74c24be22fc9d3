import { parseCsv } from '../csv.js'
import { type FailAt, inOrder } from './problem.js'

/** The names of a CSV with the header `id,name`, ids from 0. */
export function parseIdName(text: string, fail: FailAt): string[] {
  const [header, ...rows] = parseCsv(text)
  if (header?.record.map((field) => field.toLowerCase()).join() !== 'id,name')
    fail(header?.line ?? 1, `The header is ${JSON.stringify(header?.record.join(',') ?? '')}.`)
  if (rows.length === 0) fail(1, 'It lists no class.')
  const classes = rows.map(({ record, line }) => {
    const [id = '', name = ''] = record
    if (record.length !== 2)
      fail(line, `${record.length} fields instead of 2 (quote names that hold a comma).`)
    if (!/^\d+$/.test(id)) fail(line, `The id ${JSON.stringify(id)} is not one of 0 to ${rows.length - 1}.`)
    return { id: Number(id), name, line }
  })
  return inOrder(classes, 0, fail)
}
