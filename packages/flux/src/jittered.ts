/** The interval, spread by `percent` either way, so that many objects do not come due together. */
export function jittered(interval: number, percent: number): number {
  return interval * (1 + ((Math.random() * 2 - 1) * percent) / 100)
}
