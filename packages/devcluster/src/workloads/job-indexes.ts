/** The completed indexes of a job as its status writes them: `0-2,5`. */

export function indexesText(indexes: Iterable<number>): string {
  const sorted = [...indexes].sort((a, b) => a - b)
  const ranges: [from: number, to: number][] = []
  for (const index of sorted) {
    const last = ranges.at(-1)
    if (last !== undefined && last[1] === index - 1) last[1] = index
    else ranges.push([index, index])
  }
  return ranges
    .map(([from, to]) => (from === to ? `${from}` : to === from + 1 ? `${from},${to}` : `${from}-${to}`))
    .join(',')
}

export function numbersIn(text: string | undefined): number[] {
  if (!text) return []
  return text.split(',').flatMap(part => {
    const [from = 0, to = from] = part.split('-').map(Number)
    return Array.from({ length: to - from + 1 }, (_, at) => from + at)
  })
}

export function missingIndexes(count: number, taken: ReadonlySet<number>): number[] {
  return Array.from({ length: count }, (_, index) => index).filter(index => !taken.has(index))
}
