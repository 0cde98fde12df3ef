/**
 * What keeps a long-running command alive: settles when somebody asks the process to stop. That is SIGTERM or SIGINT, or,
 * with `SLUICE_EXIT_WITH_PARENT=1`, the end of stdin: whoever started us holds the other end of that pipe, so its death, even
 * by kill -9, leaves no orphan behind.
 */
export type StopReason = 'SIGTERM' | 'SIGINT' | 'parent is gone'

export async function untilStopped(): Promise<StopReason> {
  return new Promise(resolve => {
    const stop = (reason: StopReason) => {
      process.off('SIGTERM', onTerm)
      process.off('SIGINT', onInterrupt)
      process.stdin.pause()
      resolve(reason)
    }
    const onTerm = () => stop('SIGTERM')
    const onInterrupt = () => stop('SIGINT')
    process.on('SIGTERM', onTerm)
    process.on('SIGINT', onInterrupt)
    if (process.env.SLUICE_EXIT_WITH_PARENT !== '1') return
    process.stdin.on('end', () => stop('parent is gone'))
    process.stdin.on('error', () => stop('parent is gone'))
    process.stdin.resume()
  })
}
