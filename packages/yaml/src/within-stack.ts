/**
 * Reading and writing go as deep as the value does. The bound keeps that within the stack; a caller who is deep down it
 * already (a template that calls itself) gets the same error as soon as the stack ends, in go-yaml's words.
 */
import { YamlError } from './yaml-error.ts'

export const depthReason = (maxDepth: number): string => `exceeded max depth of ${maxDepth}`

/** Throws YamlError in place of the engine's own error. */
export function withinStack<T>(maxDepth: number, work: () => T, file?: string): T {
  try {
    return work()
  } catch (error) {
    if (!(error instanceof RangeError && error.message.includes('call stack'))) throw error
    throw new YamlError(`${depthReason(maxDepth)}: nothing is left of the stack`, { file })
  }
}
