import pino, { type Logger } from 'pino'

/**
 * Structured logs: one JSON line an event on stderr, with the fields Flux's logs have, so that existing log queries work.
 * Values of fields that hold secrets never reach a log: callers log names, not objects.
 */
export type Log = Pick<Logger, 'debug' | 'info' | 'warn' | 'error' | 'child'>

export function createLog(level = 'info'): Logger {
  return pino(
    {
      level,
      base: undefined,
      messageKey: 'msg',
      timestamp: () => `,"ts":"${new Date().toISOString()}"`,
      formatters: { level: label => ({ level: label }) },
    },
    pino.destination({ dest: 2, sync: true }),
  )
}
