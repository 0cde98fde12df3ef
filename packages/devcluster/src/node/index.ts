/** The node that really runs pods of our own image. */
export { isReallyRun } from './pod-command.ts'
export { type NodeOptions, startNode } from './start-node.ts'
