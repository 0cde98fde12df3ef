/**
 * The ValueAddTransformer: writes a text, or the name of the kustomization's directory, into fields, whole or as one part of a file path.
 */

import { integer, list, string, struct } from './decoder.ts'
import { applyFieldSpec, SpecsByKind } from './field-spec.ts'
import { baseName } from './file-tree.ts'
import { selector } from './kustomization.ts'
import { KustomizeError } from './kustomize-error.ts'
import type { LayerContext } from './layer-context.ts'
import { setNamespaceOf } from './name-transform.ts'
import { parseFile } from './parse-file.ts'
import { pluginFields } from './plugin-config.ts'
import type { Resource } from './resource.ts'
import type { ResourceSet } from './resource-set.ts'
import { select } from './select.ts'
import { textOf } from './tree.ts'

const target = struct('Target', { selector, fieldPath: string, filePathPosition: integer })
const fields = struct('ValueAddTransformer', { value: string, targets: list(target), targetFilePath: string })

export function addValue(config: Resource, set: ResourceSet, context: LayerContext): void {
  const { value: written = '', targets = [], targetFilePath } = pluginFields(fields, config)
  const value = written.trim() || baseName(context.loader.root)
  const all = [...targets]
  if (targetFilePath) {
    const file = context.read(targetFilePath)
    all.push(...(fields(parseFile(file.text, file.path) ?? {}, 'ValueAddTransformer', 'ignore').targets ?? []))
  }
  if (all.length === 0) throw new KustomizeError('must specify at least one target')
  for (const { selector, fieldPath = '', filePathPosition = 0 } of all) {
    if (fieldPath === '') throw new KustomizeError('fieldPath cannot be empty')
    if (filePathPosition < 0) {
      throw new KustomizeError(`value of FilePathPosition (${filePathPosition}) cannot be negative`)
    }
    for (const resource of selector ? select(set.resources, selector, context.limits) : set.resources) {
      if (fieldPath === 'metadata/namespace') setNamespaceOf(resource, new SpecsByKind([]), {}, () => value)
      else {
        applyFieldSpec(resource, { path: fieldPath, create: true }, 'scalar', old =>
          filePathPosition === 0 ? value : inserted(textOf(old), value, filePathPosition),
        )
      }
    }
  }
  set.changed()
}

/** The path with the value as its part number `position`, counted from 1. */
function inserted(path: string, value: string, position: number): string {
  const parts = path.split('/')
  parts.splice(path.startsWith('/') ? position : position - 1, 0, value)
  return parts.join('/')
}
