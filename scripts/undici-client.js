/**
 * What we use of undici, in place of `undici` in the bundle: its index also starts fetch, WebSocket, caches and mocks, which takes longer than all
 * else that `sluice get` does before its first request.
 */
import api from 'undici/lib/api/index.js'
import errors from 'undici/lib/core/errors.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import Pool from 'undici/lib/dispatcher/pool.js'
import ProxyAgent from 'undici/lib/dispatcher/proxy-agent.js'

// As its index does.
Object.assign(Dispatcher.prototype, api)

export { errors, Pool, ProxyAgent }
