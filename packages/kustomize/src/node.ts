/** What needs Node: the directories of the disk, files of the network. Everything else is in `index.ts` and runs in a browser, too. */
export { diskTree } from './disk-tree.ts'
export { downloadFile } from './download-file.ts'
