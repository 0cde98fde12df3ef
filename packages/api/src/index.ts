/** The words of the system: every custom resource, every REST resource, and the shapes all objects share. */
export type * from './agent-protocol.ts'
export * from './object.ts'
