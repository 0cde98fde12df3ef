import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { serveEndpoints } from './endpoints.ts'
import { Metrics } from './metrics.ts'

describe('endpoints', () => {
  test('tell a probe of life, readiness and numbers', async () => {
    let ready = false
    const metrics = new Metrics()
    metrics.controller('widget-controller', 16, () => 0)
    const { port, close } = await serveEndpoints({ host: '127.0.0.1', port: 0, metrics, ready: () => ready })
    const get = async (path: string) => {
      const response = await fetch(`http://127.0.0.1:${port}${path}`)
      return { status: response.status, text: await response.text() }
    }
    assert.deepEqual(await get('/healthz'), { status: 200, text: 'ok' })
    assert.deepEqual(await get('/readyz'), { status: 503, text: 'caches are not in yet' })
    ready = true
    assert.deepEqual(await get('/readyz?verbose'), { status: 200, text: 'ok' })
    assert.match((await get('/metrics')).text, /workqueue_depth\{name="widget-controller"\} 0/)
    assert.equal((await get('/other')).status, 404)
    await close()
  })

  test('a probe gets an answer also when a number cannot be had', async () => {
    const metrics = new Metrics()
    metrics.registry.metrics = () => Promise.reject(new Error('a gauge broke'))
    const { port, close } = await serveEndpoints({ host: '127.0.0.1', port: 0, metrics, ready: () => true })
    const response = await fetch(`http://127.0.0.1:${port}/metrics`)
    assert.equal(response.status, 500)
    assert.equal(await response.text(), 'a gauge broke')
    await close()
  })
})
