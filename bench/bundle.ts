/** The bundle as users get it, made from the sources of now: what users start is what is measured. */
import { join } from 'node:path'
import { environment, fail, node, root, run } from '../scripts/set-up.mjs'

/** Builds `dist/sluice.js` and answers its path. */
export async function freshBundle(): Promise<string> {
  const code = await run(node, [join(root, 'scripts', 'build.mjs')], { env: environment() })
  if (code !== 0) fail('the bundle could not be built; the messages are above')
  return join(root, 'dist', 'sluice.js')
}
