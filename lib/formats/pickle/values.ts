/**
 * What a pickle may hold here. None is null; booleans, numbers, strings, bigint and Buffer stand for themselves, an
 * array for a list.
 */
export type PickleValue = unknown

export class Tuple {
  constructor(readonly items: readonly PickleValue[]) {}
}

export class Dict {
  readonly entries = new Map<PickleValue, PickleValue>()
}

/** An object of which nothing is known but its class; its attributes are data, never set on anything. */
export class Opaque {
  attributes: PickleValue
  constructor(readonly className: string) {}
}

/** A function that a pickle may call: ours, never one that the pickle brings. */
export class Callable {
  constructor(
    readonly name: string,
    readonly call: (args: readonly PickleValue[]) => PickleValue,
  ) {}
}

/** What names and persistent ids of a pickle mean. Both throw {@link ContentError} for what is not allowed. */
export interface Resolver {
  /** The object of that module and name. */
  global(module: string, name: string): PickleValue
  /** What an id of the pickle's program stands for. */
  persistent(id: PickleValue): object
}
