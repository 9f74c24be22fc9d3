/** Anything with memory to give back. */
export interface Disposable {
  dispose(): void
}

let current: Set<Disposable> | undefined

/** Notes a new tensor in the innermost scope, if there is one. */
export function track(value: Disposable): void {
  current?.add(value)
}

/** Takes a tensor out of the innermost scope: it will live until it is disposed. */
export function untrack(value: Disposable): void {
  current?.delete(value)
}

/** Calls `found` with every tensor in `value`: itself, or in arrays, maps and plain objects. */
export function eachTensor(value: unknown, found: (tensor: Disposable) => void): void {
  if (typeof value !== 'object' || value === null) return
  if (typeof (value as Disposable).dispose === 'function') found(value as Disposable)
  else if (Array.isArray(value)) for (const item of value) eachTensor(item, found)
  else if (value instanceof Map) for (const item of value.values()) eachTensor(item, found)
  else if (Object.getPrototypeOf(value) === Object.prototype)
    for (const item of Object.values(value)) eachTensor(item, found)
}

/**
 * Runs a synchronous function and disposes the tensors made in it, except those it returns (alone, or in arrays,
 * maps and plain objects), which pass to the enclosing scope.
 */
export function scope<T>(body: () => T): T {
  const outer = current
  const own = new Set<Disposable>()
  current = own
  let result: T
  try {
    result = body()
  } catch (error) {
    for (const tensor of own) tensor.dispose()
    throw error
  } finally {
    current = outer
  }
  eachTensor(result, (tensor) => {
    if (own.delete(tensor)) outer?.add(tensor)
  })
  for (const tensor of own) tensor.dispose()
  return result
}
