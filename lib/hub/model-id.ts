import { MstaError } from '../runtime/errors.js'

/** A model on the hub, as `ORG/NAME`, `ORG/NAME@REVISION`, each with `#FILE` behind where a file is to be chosen. */
export interface ModelId {
  /** `ORG/NAME`. */
  repository: string
  /** A branch, a tag or a commit. */
  revision: string
  /** The weights to take, where there are several. */
  file: string | undefined
}

const DEFAULT_REVISION = 'main'
const NAME = String.raw`[A-Za-z0-9](?:[\w.-]{0,94}[A-Za-z0-9_])?`
const ID = new RegExp(`^(${NAME}/${NAME})(?:@([^#]*))?(?:#(.*))?$`)
// What is named like a file is a file that is not there, not a question for the hub.
const FILE_LIKE = /\.(safetensors|pth|pt|bin|ckpt|json)$/i

/** Reads a model's id; undefined for anything else. @throws MstaError ERR_ARGUMENT for an id with a wrong part */
export function parseModelId(text: string): ModelId | undefined {
  const [, repository, revision, file] = ID.exec(text) ?? []
  if (repository === undefined || FILE_LIKE.test(repository) || /--|\.\./.test(repository)) return undefined
  if (file !== undefined && !isFileName(file))
    throw new MstaError('ERR_ARGUMENT', `${text}: behind # stands the name of a file of the repository.`)
  return { repository, revision: checkRevision(revision ?? DEFAULT_REVISION), file }
}

/** The revision itself. @throws MstaError ERR_ARGUMENT for one that can be no branch, tag or commit */
export function checkRevision(revision: string): string {
  const parts = revision.split('/')
  if (parts.every((part) => isFileName(part)) && revision.length <= 255) return revision
  throw new MstaError('ERR_ARGUMENT', `"${revision}" is no revision: name a branch, a tag or a commit.`)
}

/** Whether this can be the name of a file directly in a folder, on any system. */
export const isFileName = (name: string): boolean =>
  /^[^\s/\\:*?"<>|~^[\p{Cc}]+$/u.test(name) && name !== '.' && name !== '..'
