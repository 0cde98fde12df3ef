/** How to run this same program once more: from its sources or as the bundle, with the options Node has now. */
export function selfCommand(...args: string[]): [string, ...string[]] {
  const script = process.argv[1]
  if (script === undefined) throw new Error('cannot tell which file this program runs from')
  return [process.execPath, ...process.execArgv, script, ...args]
}
