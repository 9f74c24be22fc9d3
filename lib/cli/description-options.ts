import type { Argv } from 'yargs'
import type { DescriptionFiles } from '../index.js'
import { UsageError } from './exit.js'
import { word } from './options.js'

/** Adds the options that name description files. @param others what else they may be */
export function withDescriptionOptions<T>(yargs: Argv<T>, others = '') {
  return yargs
    .option('descriptions', word(`For MSTA+: spatial and temporal descriptions, S.json,T.json${others}`))
    .option(
      'descriptions-labels',
      word('Label file that the descriptions are made for, if not --labels; matched by name'),
    )
}

/** What {@link withDescriptionOptions} were given; undefined for no descriptions. @throws UsageError */
export function descriptionFiles(options: {
  descriptions?: string | undefined
  'descriptions-labels'?: string | undefined
}): DescriptionFiles | undefined {
  const { descriptions, 'descriptions-labels': labels } = options
  if (descriptions === undefined) {
    if (labels !== undefined) throw new UsageError('--descriptions-labels needs --descriptions')
    return undefined
  }
  const [spatial, temporal, ...more] = descriptions.split(',')
  if (!spatial || !temporal || more.length > 0)
    throw new UsageError('--descriptions takes two files: S.json,T.json')
  return { spatial, temporal, ...(labels !== undefined && { labels }) }
}
