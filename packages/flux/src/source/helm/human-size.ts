/** A number of bytes as Docker's units package prints it: `420B`, `1.235MB`. */
const UNITS = ['B', 'kB', 'MB', 'GB', 'TB']

export function humanSize(bytes: number): string {
  let size = bytes
  let unit = 0
  while (size >= 1000 && unit < UNITS.length - 1) {
    size /= 1000
    unit++
  }
  return `${Number(size.toPrecision(4))}${UNITS[unit]}`
}
