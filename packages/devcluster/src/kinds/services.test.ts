import assert from 'node:assert/strict'
import { test } from 'node:test'
import { serviceStrategy } from './services.ts'

test('a target port that is zero or without a name is that of the service', () => {
  const ports = [
    { port: 80, targetPort: 0 },
    { port: 81, targetPort: '' },
    { port: 82 },
    { port: 83, targetPort: 'web' },
  ]
  const service = { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports } }
  serviceStrategy.defaults?.(service)
  assert.deepEqual(
    ports.map(({ targetPort }) => targetPort),
    [80, 81, 82, 'web'],
  )
})
