import pino, { type Logger } from 'pino'

/** Keeps what is logged, as `level message`. */
export function recordingLog(): { log: Logger; lines: string[] } {
  const lines: string[] = []
  const write = (line: string) => {
    const { level, msg } = JSON.parse(line) as { level: string; msg: string }
    lines.push(`${level} ${msg}`)
  }
  return { log: pino({ level: 'debug', formatters: { level: label => ({ level: label }) } }, { write }), lines }
}
