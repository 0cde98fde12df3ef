/** `sluice edit add|set|remove configmap|secret`: the generators of a kustomization. */
import type { GeneratorKind } from '@sluice/kustomize'
import { type Command, Option } from 'commander'
import { change, type EditOptions, edit } from './edit-command.ts'

interface AddOptions extends EditOptions {
  fromLiteral?: string[]
  fromFile?: string[]
  fromEnvFile?: string[]
  behavior?: string
  type?: string
  namespace?: string
  disableNameSuffixHash?: boolean
}

interface SetOptions extends EditOptions {
  fromLiteral?: string[]
  namespace?: string
  newNamespace?: string
}

interface RemoveOptions extends EditOptions {
  namespace?: string
}

export function registerGenerators(add: Command, set: Command, remove: Command): void {
  for (const kind of ['configmap', 'secret'] as const) {
    addCommand(add, kind).action(async (name: string, options: AddOptions) => {
      const { dir, fromLiteral, fromFile, fromEnvFile, namespace, ...rest } = options
      const paths = (fromFile ?? []).map(source => source.slice(source.indexOf('=') + 1))
      const { requireFiles } = await import('../edit-kustomization.ts')
      requireFiles(dir, [...paths, ...(fromEnvFile ?? [])])
      const sources = { ...rest, literals: fromLiteral, files: fromFile, envs: fromEnvFile }
      await change(dir, (edits, file) => edits.addToGenerator(file, kind, { name, namespace }, sources))
    })
    edit(set, `${kind} <name>`, `change values and namespace of a generated ${kind}`)
      .option('--from-literal <key=value>', 'another value for a literal that is there (repeatable)', collected)
      .option('--namespace <namespace>', 'its namespace, when it has one')
      .option('--new-namespace <namespace>', 'the namespace it shall have')
      .action((name: string, { dir, namespace, newNamespace, fromLiteral }: SetOptions) =>
        change(dir, (edits, file) =>
          edits.setInGenerator(file, kind, { name, namespace }, { literals: fromLiteral, newNamespace }),
        ),
      )
    edit(remove, `${kind} <name...>`, `take out generators of ${kind}s`)
      .option('--namespace <namespace>', 'their namespace, when they have one')
      .action((names: string[], { dir, namespace }: RemoveOptions) => {
        const ids = names.flatMap(name => name.split(',')).map(name => ({ name, namespace }))
        return change(dir, (edits, file) => edits.removeGenerators(file, kind, ids))
      })
  }
}

function addCommand(add: Command, kind: GeneratorKind): Command {
  const command = edit(add, `${kind} <name>`, `generate a ${kind}, or add to one that is generated`)
    .option('--from-literal <key=value>', 'a value (repeatable)', collected)
    .option('--from-file <[key=]path>', 'a file, under its own name or a key (repeatable)', collected)
    .option('--from-env-file <path>', 'a file with lines of key=value (repeatable)', collected)
    .option('--namespace <namespace>', 'its namespace')
    .option('--disableNameSuffixHash, --disable-name-suffix-hash', 'its name gets no hash of its content')
    .addOption(
      new Option('--behavior <behavior>', 'how it meets one of the same name').choices(['create', 'merge', 'replace']),
    )
  return kind === 'secret' ? command.option('--type <type>', 'type of the Secret') : command
}

function collected(value: string, before: string[] = []): string[] {
  return [...before, value]
}
