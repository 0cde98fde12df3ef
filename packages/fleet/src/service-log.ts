/**
 * The service's log: JSON lines on stderr, so that stdout stays for results. Written synchronously: the last words
 * before an end are not lost.
 */
import { type Logger, pino } from 'pino'

export function serviceLog(level: string): Logger {
  return pino(
    { name: 'fleet', level, redact: ['*.authorization', 'headers.authorization'] },
    pino.destination({ fd: 2, sync: true }),
  )
}
