/** The mean of shares in per cent. */
export const percent = (shares: readonly number[]): string =>
  ((100 * shares.reduce((sum, share) => sum + share, 0)) / shares.length).toFixed(1)
