/** What needs Node: the directories of the disk. Everything else is in `index.ts` and runs in a browser, too. */
export { diskTree } from './disk-tree.ts'
