/** Starts a part of the system as a supervised process of this same program, and shows its ends in the part's line of the progress. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { DataDirectory } from './data-directory.ts'
import type { ProgressPart } from './progress.ts'
import { selfCommand } from './self-command.ts'
import { SupervisedProcess } from './supervised-process.ts'

/** A part that ends this often before it was ready even once will not get ready by trying again. */
const HOPELESS = 5

export interface RunningPart {
  /** Throws, with the end of its log, when the part keeps dying. */
  check(): void
}

/** Given what ends a part as soon as the part exists, so that a start that is broken off leaves nothing behind. */
export type OnStop = (stop: () => Promise<void>) => void

export function startProcess(
  directory: DataDirectory,
  name: string,
  args: string[],
  line: ProgressPart,
  onStop: OnStop,
): RunningPart {
  const logFile = join(directory.logs, `${name}.log`)
  const part = new SupervisedProcess({
    name,
    command: selfCommand(...args),
    logFile,
    onExit: (how, restartIn) =>
      line.update('failed', `ended (${how}), starts again in ${restartIn / 1000} s; its log: ${logFile}`),
  }).start()
  onStop(() => part.stop())
  line.update('working', 'starting')
  return {
    check: () => {
      if (part.deaths < HOPELESS) return
      const tail = readFileSync(logFile, 'utf8').trimEnd().split('\n').slice(-5).join('\n  ')
      throw new Error(`${name} ended ${part.deaths} times while starting. The end of its log (${logFile}):\n  ${tail}`)
    },
  }
}
