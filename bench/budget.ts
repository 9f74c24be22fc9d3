/** Seconds for a whole benchmark, shared out among its parts as they come. */
export class Budget {
  private readonly end: number
  private partEnd: number

  /**
   * @param seconds Infinity: no limit
   * @param parts how often {@link begin} will be called
   */
  constructor(
    seconds: number,
    private parts = 1,
  ) {
    this.end = performance.now() + seconds * 1000
    this.partEnd = this.end
  }

  /** Begins a part: it should end after twice its share of the time left, the first parts mattering most. */
  begin(): void {
    const now = performance.now()
    this.partEnd = now + (this.end - now) * Math.min(1, 2 / Math.max(1, this.parts--))
  }

  /** Milliseconds left of everything. */
  get leftMs(): number {
    return this.end - performance.now()
  }

  /** Whether something that takes so long fits into everything. */
  allows(ms: number): boolean {
    return ms < this.leftMs
  }

  /** Whether something that takes so long still fits into the part at hand. */
  partAllows(ms: number): boolean {
    return this.allows(ms) && performance.now() + ms < this.partEnd
  }
}
