/** Milliseconds of a clock that is never set. Node's `performance` does the same, but takes a millisecond to load. */
export function elapsed(): number {
  const [seconds, nanoseconds] = process.hrtime()
  return seconds * 1000 + nanoseconds / 1e6
}
