/**
 * `generators`: kustomize's own generators, configured by objects with `apiVersion: builtin`.
 */
import { generated } from './generate.ts'
import type { HelmEngine } from './helm-engine.ts'
import { inflateChart } from './helm-inflation.ts'
import { generatorArgs, helmChartInflation } from './kustomization.ts'
import { KustomizeError } from './kustomize-error.ts'
import type { LayerContext } from './layer-context.ts'
import { pluginFields, refusePlugin } from './plugin-config.ts'
import { Resource } from './resource.ts'
import { at, type Mapping, textOf } from './tree.ts'

const kinds = new Set(['ConfigMapGenerator', 'SecretGenerator', 'IAMPolicyGenerator', 'HelmChartInflationGenerator'])

/** Refuses what is none of them, before any runs. */
export function checkGeneratorPlugin(config: Resource): void {
  if (config.apiVersion !== 'builtin' || !kinds.has(config.kind)) refusePlugin(config)
}

export async function runGeneratorPlugin(
  config: Resource,
  context: LayerContext,
  build: { helm: HelmEngine | undefined; warn(line: string): void },
): Promise<Resource[]> {
  switch (config.kind) {
    case 'ConfigMapGenerator':
    case 'SecretGenerator': {
      const { name, namespace, env, ...args } = pluginFields(generatorArgs, config)
      const kind = config.kind === 'SecretGenerator' ? 'Secret' : 'ConfigMap'
      const merged = {
        ...args,
        name: name || config.name,
        namespace: namespace || config.namespace,
        envs: [...(args.envs ?? []), ...(env ? [env] : [])],
      }
      return [generated(kind, merged, undefined, context)]
    }
    case 'IAMPolicyGenerator':
      return [iamPolicy(config)]
    case 'HelmChartInflationGenerator':
      return inflateChart(pluginFields(helmChartInflation, config), context, build.helm, build.warn)
    default:
      return refusePlugin(config)
  }
}

/** A ServiceAccount bound to a Google service account. */
function iamPolicy(config: Resource): Resource {
  const field = (...path: string[]) => textOf(at(config.object, ...path))
  if (field('cloud') !== 'gke') throw new KustomizeError(`cloud provider ${field('cloud')} not supported yet`)
  const namespace = field('kubernetesService', 'namespace')
  const account = `${field('serviceAccount', 'name')}@${field('serviceAccount', 'projectId')}.iam.gserviceaccount.com`
  const metadata: Mapping = {
    annotations: { 'iam.gke.io/gcp-service-account': account },
    name: field('kubernetesService', 'name'),
    ...(namespace && { namespace }),
  }
  return new Resource({ apiVersion: 'v1', kind: 'ServiceAccount', metadata })
}
