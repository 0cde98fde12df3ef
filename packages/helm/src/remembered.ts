/** A function of a text that knows its last answers: those used longest ago are forgotten first. */
export function remembered<T>(limit: number, make: (text: string) => T): (text: string) => T {
  const known = new Map<string, { value: T }>()
  return text => {
    const answer = known.get(text) ?? { value: make(text) }
    known.delete(text)
    known.set(text, answer)
    for (const oldest of known.keys()) {
      if (known.size <= limit) break
      known.delete(oldest)
    }
    return answer.value
  }
}
