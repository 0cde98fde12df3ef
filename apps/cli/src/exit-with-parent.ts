/**
 * Ends this process when its parent is gone. A parent that starts us with `SLUICE_EXIT_WITH_PARENT=1` holds the other end of our stdin; when
 * it dies, however it dies, the pipe ends and we stop as on SIGTERM.
 */

/** How long the graceful stop may take before the process ends anyway, in milliseconds. */
const GRACE = 10_000

export function exitWithParent(): void {
  if (process.env.SLUICE_EXIT_WITH_PARENT !== '1') return
  const stop = (): void => {
    setTimeout(() => process.exit(1), GRACE).unref()
    process.kill(process.pid, 'SIGTERM')
  }
  process.stdin.once('end', stop).once('error', stop).resume()
  // The pipe alone keeps no process alive that has nothing left to do.
  if ('unref' in process.stdin && typeof process.stdin.unref === 'function') process.stdin.unref()
}
