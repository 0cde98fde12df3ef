/** For tests: an agent as a process of its own, so that it can be killed. Told by the environment what `startAgent` is told. */
import { createLog } from '@sluice/controller'
import { accessFromFile, KubeClient } from '@sluice/kube'
import { startAgent } from '../index.ts'

const {
  TEST_KUBECONFIG = '',
  TEST_SERVICE_URL = '',
  TEST_SERVICE_CA,
  TEST_CLUSTER_ID = '',
  TEST_KEY = '',
} = process.env

// Without its parent it has nothing to do.
process.stdin.once('end', () => process.exit(0)).resume()

await startAgent({
  kube: new KubeClient(accessFromFile(TEST_KUBECONFIG)),
  log: createLog(process.env.TEST_LOG ?? 'silent'),
  namespace: 'azure-arc',
  serviceUrl: TEST_SERVICE_URL,
  serviceCa: TEST_SERVICE_CA,
  resourceId: TEST_CLUSTER_ID,
  privateKeyPem: TEST_KEY,
  version: '1.2.3',
  image: 'registry.test/controllers',
  timing: { gather: 20, retry: { first: 20, most: 200 } },
})
process.stdout.write('running\n')
