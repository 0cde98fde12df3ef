/**
 * For a test: writes to the store of a directory as fast as it can, one line on stdout for each acknowledged write,
 * until it is killed.
 */

import { randomUUID } from 'node:crypto'
import { writeSync } from 'node:fs'
import { openResourceGroups } from '../resources/resource-groups.ts'
import { openStore } from '../store/store.ts'

const [dir = ''] = process.argv.slice(2)
const groups = openResourceGroups(await openStore(dir), () => new Date())
const principal = { name: 'writer', objectId: 'writer', role: 'Owner' as const }
for (;;) {
  const subscription = randomUUID()
  await groups.put({ subscription, group: 'g' }, { location: 'local' }, principal)
  writeSync(1, `${subscription}\n`)
}
