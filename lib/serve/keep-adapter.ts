import { copyFile, rename, rm } from 'node:fs/promises'

/**
 * Runs a training that writes an adapter's file again and again. Unless it ends well, the file is afterwards the one of
 * before, or none: what is found there is never half trained.
 */
export async function keepingAdapter<T>(file: string, training: () => Promise<T>): Promise<T> {
  const before = `${file}.before`
  const isThere = await copyFile(file, before).then(
    () => true,
    (error) => {
      if (error.code !== 'ENOENT') throw error
      return false
    },
  )
  try {
    const result = await training()
    await rm(before, { force: true })
    return result
  } catch (error) {
    if (isThere) await rename(before, file)
    else await rm(file, { force: true })
    throw error
  }
}
