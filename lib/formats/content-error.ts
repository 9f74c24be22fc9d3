/** What is wrong with a file, by those who do not know its path; turned into an MstaError by who does. */
export class ContentError extends Error {
  /** @param remedy a sentence, where a new copy of the file would not help */
  constructor(
    message: string,
    readonly remedy?: string,
  ) {
    super(message)
  }
}

/** The bytes at hand end before what is to be read does. */
export class EarlyEndError extends ContentError {
  constructor() {
    super('it is cut short')
  }
}
