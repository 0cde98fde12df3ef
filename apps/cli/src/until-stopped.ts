/**
 * What keeps a long-running command alive: settles when somebody asks the process to stop. A second request ends it at once.
 * The death of a parent that wants us to end with it arrives as SIGTERM, too (`exit-with-parent.ts`).
 */
export type StopReason = 'SIGTERM' | 'SIGINT'

export async function untilStopped(): Promise<StopReason> {
  return new Promise(resolve => {
    const stop = (reason: StopReason) => {
      process.off('SIGTERM', onTerm)
      process.off('SIGINT', onInterrupt)
      resolve(reason)
    }
    const onTerm = () => stop('SIGTERM')
    const onInterrupt = () => stop('SIGINT')
    process.on('SIGTERM', onTerm)
    process.on('SIGINT', onInterrupt)
  })
}
