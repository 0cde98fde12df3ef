/** Says which kinds a cluster does not know that our controllers wait for: without a word they would seem to hang. */
import { fluxConfig, gitRepository, helmRelease, kustomization } from '@sluice/api'
import type { Log } from '@sluice/controller'
import type { KubeClient } from '@sluice/kube'
import { isServed } from './cluster/is-served.ts'
import type { ControllerName } from './start-controllers.ts'

const needed = { source: gitRepository, kustomize: kustomization, helm: helmRelease, fluxconfig: fluxConfig }

export async function tellMissingDefinitions(
  client: KubeClient,
  controllers: readonly ControllerName[],
  log: Log,
): Promise<void> {
  try {
    for (const { group, versions, kind } of controllers.map(name => needed[name])) {
      if (await isServed(client, { apiVersion: `${group}/${versions[0].name}`, kind })) continue
      log.info(
        { kind: `${kind}.${group}` },
        'waiting for the definition: sluice crds | kubectl apply --server-side -f -',
      )
    }
  } catch (error) {
    // The caches, which are asking the same server, go on trying.
    log.debug({ err: error }, 'cannot look for definitions')
  }
}
