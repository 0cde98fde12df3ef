/**
 * The keys and indices of a value that no keyword has looked at: what `unevaluatedProperties` and
 * `unevaluatedItems` are about.
 */
import { isTable } from '../../value-table.ts'
import type { Schema } from '../schema.ts'

export class Unevaluated {
  private keys: Set<string> | undefined
  private indices: Set<number> | undefined

  /**
   * Accounts take time: they are kept when the schema asks for them, or one that led to it for the same value
   * (`isAsked`).
   */
  constructor(schema: Schema, value: unknown, isAsked: boolean) {
    if (Array.isArray(value)) {
      const { firstItems, items, additionalItems, unevaluatedItems } = schema
      if (!(isAsked || unevaluatedItems) || items !== undefined || additionalItems !== undefined) return
      if (firstItems.length >= value.length) return
      this.indices = new Set()
      for (let index = firstItems.length; index < value.length; index++) this.indices.add(index)
    } else if (isTable(value)) {
      if (!(isAsked || schema.unevaluatedProperties) || schema.additionalProperties !== undefined) return
      this.keys = new Set(Object.keys(value))
    }
  }

  get isEmpty(): boolean {
    return !this.keys?.size && !this.indices?.size
  }

  /** A keyword has looked at what stands there. */
  removeKey(key: string): void {
    this.keys?.delete(key)
  }

  removeIndex(index: number): void {
    this.indices?.delete(index)
  }

  /** Another schema has looked at the same value, and left only these. */
  removeAllBut({ keys, indices }: Unevaluated): void {
    for (const key of this.keys ?? []) if (!keys?.has(key)) this.removeKey(key)
    for (const index of this.indices ?? []) if (!indices?.has(index)) this.removeIndex(index)
  }

  /** What is left, which is looked at now. */
  takeKeys(): Iterable<string> {
    const taken = this.keys ?? []
    this.keys = undefined
    return taken
  }

  takeIndices(): Iterable<number> {
    const taken = this.indices ?? []
    this.indices = undefined
    return taken
  }
}
