import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { controllerArguments } from './extension-objects.ts'
import { fluxSettings } from './extension-settings.ts'

const tenancy = ['--default-service-account=flux-applier', '--no-cross-namespace-refs']
const args = (only: string, ...more: string[]) => ['controllers', '--only', only, '--storage-path', '/data', ...more]

describe('settings of microsoft.flux', () => {
  const good: [Record<string, string>, string[]][] = [
    [{}, args('source,kustomize,helm,fluxconfig', ...tenancy)],
    [{ 'multiTenancy.enforce': 'true' }, args('source,kustomize,helm,fluxconfig', ...tenancy)],
    [{ 'multiTenancy.enforce': 'false' }, args('source,kustomize,helm,fluxconfig')],
    [{ 'kustomize-controller.strict-substitution-mode': 'true' }, args('source,kustomize,helm,fluxconfig', ...tenancy)],
    [{ 'kustomize-controller.enabled': 'false' }, args('source,helm,fluxconfig', ...tenancy)],
    [
      { 'helm-controller.enabled': 'false', 'image-automation-controller.enabled': 'false' },
      args('source,kustomize,fluxconfig', ...tenancy),
    ],
    [
      { 'source-controller.log-level': 'debug' },
      args('source,kustomize,helm,fluxconfig', ...tenancy, '--log-level=debug'),
    ],
    [
      { 'helm-controller.detectDrift': 'true' },
      args('source,kustomize,helm,fluxconfig', ...tenancy, '--feature-gates=DetectDrift=true'),
    ],
    [
      {
        'helm-controller.outOfMemoryWatch.enabled': 'true',
        'helm-controller.outOfMemoryWatch.memoryThreshold': '80',
        'helm-controller.outOfMemoryWatch.interval': '1s',
      },
      args(
        'source,kustomize,helm,fluxconfig',
        ...tenancy,
        '--feature-gates=OOMWatch=true',
        '--oom-watch-memory-threshold=80',
        '--oom-watch-interval=1s',
      ),
    ],
    [
      { 'helm-controller.enabled': 'false', 'helm-controller.detectDrift': 'true' },
      args('source,kustomize,fluxconfig', ...tenancy),
    ],
    [
      { 'kustomize-controller.concurrent': '6', 'kustomize-controller.requeue-dependency': '50s' },
      args('source,kustomize,helm,fluxconfig', ...tenancy, '--concurrent=6', '--requeue-dependency=50s'),
    ],
  ]
  for (const [given, expected] of good) {
    test(JSON.stringify(given), () => {
      const { settings, problems } = fluxSettings(given)
      assert.deepEqual(problems, [])
      assert.deepEqual(controllerArguments(settings), expected)
    })
  }

  test('the controllers share a process, so the largest wish for resources is taken', () => {
    const { settings, problems } = fluxSettings({
      'source-controller.resources.limits.memory': '2Gi',
      'kustomize-controller.resources.limits.memory': '512Mi',
      'kustomize-controller.resources.requests.cpu': '250m',
    })
    assert.deepEqual(problems, [])
    assert.deepEqual(settings.resources, { limits: { memory: '2Gi' }, requests: { cpu: '250m' } })
  })

  const bad: [Record<string, string>, RegExp][] = [
    [{ nonsense: 'x' }, /the setting nonsense is not known/],
    [{ 'other-controller.enabled': 'true' }, /other-controller\.enabled is not known/],
    [{ 'multiTenancy.enforce': 'yes' }, /multiTenancy\.enforce must be true or false, not "yes"/],
    [{ 'notification-controller.enabled': 'true' }, /this build has no notification-controller/],
    [{ 'notification-controller.log-level': 'debug' }, /notification-controller\.log-level cannot be met/],
    [{ 'helm-controller.detectDrift': 'warn' }, /helm-controller\.detectDrift must be true or false/],
    [{ 'helm-controller.outOfMemoryWatch.memoryThreshold': '120' }, /from 1 to 100/],
    [{ 'helm-controller.outOfMemoryWatch.interval': 'often' }, /must be a duration like 500ms/],
    [{ 'helm-controller.outOfMemoryWatch.nonsense': '1' }, /is not known/],
    [{ 'source-controller.log-level': 'loud' }, /must be debug, info or error/],
    [{ 'source-controller.resources.limits.memory': 'much' }, /must be a quantity/],
    [{ 'kustomize-controller.concurrent': '0' }, /must be a positive number/],
    [{ 'kustomize-controller.strict-substitution-mode': 'false' }, /=false cannot be met: variables/],
    [{ 'fluxconfig-controller.enabled': 'false' }, /always on/],
  ]
  for (const [given, message] of bad) {
    test(`${JSON.stringify(given)} is refused by name`, () => {
      const { problems } = fluxSettings(given)
      assert.equal(problems.length, 1)
      assert.match(problems[0] ?? '', message)
    })
  }
})
