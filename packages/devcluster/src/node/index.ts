/** The node that really runs pods of our own image. */
export { isReallyRun } from './pod-command.ts'
export { startNode } from './start-node.ts'
