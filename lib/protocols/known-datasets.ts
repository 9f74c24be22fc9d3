import { readFileSync } from 'node:fs'
import { stat } from 'node:fs/promises'
import path from 'node:path'
import { MstaError } from '../runtime/errors.js'
import { packageRoot } from '../runtime/package-root.js'
import { RECIPES, resolveRecipe } from '../train/recipes.js'
import type { DescriptionFiles, ProtocolName, ProtocolRequest } from './request.js'

/** The files of a protocol, relative to a checkout of ViFi-CLIP; its lists lie in datasets_splits. */
interface Files {
  train?: string[]
  test: string[]
  labels: string[]
  novel?: { test: string; labels: string }
}

interface KnownDataset {
  title: string
  /** Views of all protocols but zero-shot transfer, which has one (SPEC section 6). */
  views: string
  /** As ETL4Video's description files name it. */
  descriptions: string
  protocols: Partial<Record<ProtocolName, Files>>
}

const KNOWN = JSON.parse(
  readFileSync(path.join(packageRoot, 'lib/protocols/datasets/datasets.json'), 'utf8'),
) as Record<string, KnownDataset>

/** Data sets of the paper whose public lists are known by name. */
export const DATASET_NAMES = Object.keys(KNOWN)

/** Where the files of a known data set lie. */
export interface KnownDatasetOptions {
  /** Folder of the videos. */
  root: string
  /** A checkout of ViFi-CLIP, or its folder datasets_splits with the folder labels beside or in it. */
  lists: string
  /** Folder of ETL4Video's description files. */
  descriptions?: string | undefined
  /** Which of these files: 2, 4 or 8; the recipe's number unless given. */
  descriptionsPerClass?: number | undefined
  /** Name or file of a recipe, if not the paper's for this data set. */
  recipe?: string | undefined
}

/**
 * What the paper's protocol on one of its data sets asks for: lists, labels, views, recipe and descriptions.
 * @throws MstaError ERR_ARGUMENT for an unknown data set, or one without this protocol; ERR_FILE naming a missing file
 */
export async function knownDataset(
  name: string,
  protocol: ProtocolName,
  { root, lists, descriptions, descriptionsPerClass, recipe: other }: KnownDatasetOptions,
): Promise<Pick<ProtocolRequest, 'data' | 'views' | 'recipe' | 'descriptions'>> {
  const known = Object.hasOwn(KNOWN, name) ? KNOWN[name]! : undefined
  if (!known)
    throw new MstaError(
      'ERR_ARGUMENT',
      `There is no data set "${name}"; known: ${DATASET_NAMES.join(', ')}. Others are given by their lists.`,
    )
  const files = known.protocols[protocol]
  if (!files) {
    const others = Object.keys(known.protocols).join(', ')
    throw new MstaError('ERR_ARGUMENT', `${known.title} has no protocol ${protocol}; it has ${others}`)
  }
  const find = (file: string) => findFile(lists, file)
  const all = (list: readonly string[]) => Promise.all(list.map(find))
  const own = Object.hasOwn(RECIPES, `${protocol}/${name}`) ? `${protocol}/${name}` : protocol
  const recipe = other ?? own
  const count = descriptionsPerClass ?? (await resolveRecipe(recipe)).descriptionsPerClass
  const half = files.novel ? '_base' : ''
  const description = (kind: 's' | 't') =>
    path.join(descriptions!, `${count}_${kind}_description_${known.descriptions}${half}.json`)
  return {
    data: {
      root,
      test: await all(files.test),
      labels: await all(files.labels),
      ...(files.train && { train: await all(files.train) }),
      ...(files.novel && {
        novel: { test: await find(files.novel.test), labels: await find(files.novel.labels) },
      }),
    },
    views: protocol === 'zero-shot' ? '1x1' : known.views,
    recipe,
    ...(descriptions !== undefined && {
      descriptions: { spatial: description('s'), temporal: description('t') } satisfies DescriptionFiles,
    }),
  }
}

/** A file below a folder of lists, in the layout of ViFi-CLIP or one that leaves out `_splits` and folders above. */
async function findFile(lists: string, file: string): Promise<string> {
  const short = file.replace(/^base2novel_splits\/(\w+)_splits\//, 'base2novel/$1/')
  const places = [`datasets_splits/${file}`, file, short, `../${file}`].map((place) =>
    path.join(lists, place),
  )
  for (const place of places)
    if (
      await stat(place).then(
        (info) => info.isFile(),
        () => false,
      )
    )
      return place
  throw new MstaError(
    'ERR_FILE',
    `${path.join(lists, file)}: there is no such list or label file, nor in datasets_splits. Give the folder of a ` +
      'checkout of ViFi-CLIP, whose lists these are.',
    { file: path.join(lists, file) },
  )
}
