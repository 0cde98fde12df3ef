/** A part of the system in a process of its own; its log is kept in a file. */
export interface RunningPart {
  pid: number
  /** Waits until `probe` answers something; fails, with the end of the log, when the process ends before. */
  until<T>(probe: () => Promise<T | undefined>): Promise<T>
  stop(): Promise<void>
}

/** Starts `sluice <args>`; it ends when we do. */
export function startSluice(args: readonly string[], logFile: string): RunningPart

export interface DevSystem {
  kubeconfig: string
  /** Temporary directory of its data and logs, removed by `stop`. */
  folder: string
  pids: { cluster: number; controllers?: number }
  stop(): Promise<void>
}

/** A dev cluster with our definitions and, when asked for, our controllers beside it. */
export function startDevSystem(options: { controllers: boolean }): Promise<DevSystem>
