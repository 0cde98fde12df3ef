/**
 * `sluice crds`: the CustomResourceDefinitions of every kind on stdout, for a cluster where nobody else brings them (the
 * extension does by itself).
 */
import type { Command } from 'commander'
import { writeOut } from '../standard-output.ts'

export function register(program: Command): void {
  program
    .command('crds')
    .description('print the CustomResourceDefinitions of all kinds as YAML')
    .addHelpText('after', '\nExample:\n  sluice crds | kubectl apply --server-side -f -')
    .action(async () => {
      const { allCrds } = await import('@sluice/api')
      const { stringifyDocuments } = await import('@sluice/yaml')
      writeOut(stringifyDocuments(allCrds()))
    })
}
