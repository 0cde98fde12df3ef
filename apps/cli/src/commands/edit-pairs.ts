/** `sluice edit add|set|remove label|annotation`. */
import type { PairKind } from '@sluice/kustomize'
import type { Command } from 'commander'
import { change, type EditOptions, edit } from './edit-command.ts'

interface PairOptions extends EditOptions {
  force?: boolean
  withoutSelector?: boolean
  includeTemplates?: boolean
}

interface RemoveOptions extends EditOptions {
  ignoreNonExistence?: boolean
}

export function registerPairs(add: Command, set: Command, remove: Command): void {
  for (const kind of ['label', 'annotation'] as const) {
    const what = `${kind}s for everything that is built`
    const usage = `${kind} <key:value...>`
    withReach(kind, edit(add, usage, `add ${what}`))
      .option('-f, --force', 'overwrite what is there')
      .action((settings: string[], { dir, ...options }: PairOptions) =>
        change(dir, (edits, file) => edits.addPairs(file, kind, settings, options)),
      )
    withReach(kind, edit(set, usage, `set ${what}`)).action((settings: string[], { dir, ...reach }: PairOptions) =>
      change(dir, (edits, file) => edits.setPairs(file, kind, settings, reach)),
    )
    edit(remove, `${kind} <key...>`, `take out ${what}`)
      .option('-i, --ignore-non-existence', 'accept that one is not there')
      .action((keys: string[], { dir, ignoreNonExistence }: RemoveOptions) => {
        const names = keys.flatMap(key => key.split(','))
        return change(dir, (edits, file) =>
          edits.removePairs(file, kind, names, { ignoreMissing: ignoreNonExistence ?? false }),
        )
      })
  }
}

function withReach(kind: PairKind, command: Command): Command {
  if (kind === 'annotation') return command
  return command
    .option('-w, --without-selector', 'not in selectors, nor in templates')
    .option('-t, --include-templates', 'with --without-selector: in templates')
}
