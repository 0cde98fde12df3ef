/** `npm test`, `npm run check` and the others: sets up what is missing, then becomes `scripts/<name>.mjs` on the Node that the repository pins. */
import { join } from 'node:path'
import { become, fail, node, root, setUp } from './set-up.mjs'

const [name, ...args] = process.argv.slice(2)
if (!name) fail('usage: node scripts/task.mjs NAME [arguments]', 2)
setUp()
become(node, ['--disable-warning=ExperimentalWarning', join(root, 'scripts', `${name}.mjs`), ...args])
