import { parseDuration } from '@sluice/controller'

/**
 * Reads the settings of `microsoft.flux` (all values are strings, the names are Azure's). Pure. What this build cannot do is said, setting by setting:
 * one that is taken and not followed would be worse than none.
 */
export interface FluxSettings {
  enforceMultiTenancy: boolean
  /** As `sluice controllers --only` names them. */
  controllers: string[]
  logLevel: 'debug' | 'info' | 'error'
  concurrent?: number
  requeueDependency?: string
  helm: {
    /** Drift is looked for, and corrected, also where a HelmRelease does not say so. */
    detectDrift: boolean
    /** The controllers stop in good order when their memory is nearly used up. */
    watchMemory: boolean
    /** Percent. */
    memoryThreshold?: number
    memoryInterval?: string
  }
  resources: { requests: Record<string, string>; limits: Record<string, string> }
}

/** The controllers of this build, by the name in settings. */
const built: Record<string, string> = {
  'source-controller': 'source',
  'kustomize-controller': 'kustomize',
  'helm-controller': 'helm',
  'fluxconfig-controller': 'fluxconfig',
}
/** Azure's others: fine when off. */
const unbuilt = ['notification-controller', 'image-automation-controller', 'image-reflector-controller']
const levels = ['debug', 'info', 'error'] as const

export function fluxSettings(given: Record<string, string>): { settings: FluxSettings; problems: string[] } {
  const problems: string[] = []
  const off = new Set<string>()
  const settings: FluxSettings = {
    enforceMultiTenancy: true,
    controllers: [],
    logLevel: 'info',
    helm: { detectDrift: false, watchMemory: false },
    resources: { requests: {}, limits: {} },
  }
  for (const [key, value] of Object.entries(given)) {
    const problem = takeSetting(key, value, settings, off)
    if (problem) problems.push(problem)
  }
  settings.controllers = Object.entries(built).flatMap(([name, short]) => (off.has(name) ? [] : [short]))
  return { settings, problems }
}

function takeSetting(key: string, value: string, settings: FluxSettings, off: Set<string>): string | undefined {
  if (key === 'multiTenancy.enforce') {
    settings.enforceMultiTenancy = value !== 'false'
    return isFlag(value) ? undefined : notAFlag(key, value)
  }
  const dot = key.indexOf('.')
  const controller = key.slice(0, dot)
  const option = key.slice(dot + 1)
  const isBuilt = controller in built || controller === 'fluxconfig-agent'
  if (dot < 0 || !(isBuilt || unbuilt.includes(controller))) return `the setting ${key} is not known`
  if (option === 'enabled') {
    if (!isFlag(value)) return notAFlag(key, value)
    if (controller.startsWith('fluxconfig')) return `the setting ${key} is not known: ${controller} is always on`
    if (value === 'false') off.add(controller)
    return !isBuilt && value === 'true'
      ? `the setting ${key}=true cannot be met: this build has no ${controller}`
      : undefined
  }
  // Settings of a controller that does not run here change nothing.
  if (!isBuilt) return `the setting ${key} cannot be met: this build has no ${controller}`
  if (controller === 'helm-controller' && /^(detectDrift$|outOfMemoryWatch\.)/.test(option)) {
    return takeHelmOption(key, option, value, settings.helm)
  }
  if (key === 'kustomize-controller.strict-substitution-mode') {
    if (!isFlag(value)) return notAFlag(key, value)
    return value === 'true'
      ? undefined
      : `the setting ${key}=false cannot be met: variables that are not set always fail`
  }
  return takeOption(key, option, value, settings)
}

function takeHelmOption(key: string, option: string, value: string, helm: FluxSettings['helm']): string | undefined {
  switch (option) {
    case 'detectDrift':
      helm.detectDrift = value === 'true'
      return isFlag(value) ? undefined : notAFlag(key, value)
    case 'outOfMemoryWatch.enabled':
      helm.watchMemory = value === 'true'
      return isFlag(value) ? undefined : notAFlag(key, value)
    case 'outOfMemoryWatch.memoryThreshold': {
      const percent = Number(value)
      if (!/^\d+$/.test(value) || percent < 1 || percent > 100)
        return `the setting ${key} must be a whole number of percent from 1 to 100, not "${value}"`
      helm.memoryThreshold = percent
      return undefined
    }
    case 'outOfMemoryWatch.interval':
      if (!parseDuration(value)) return `the setting ${key} must be a duration like 500ms, not "${value}"`
      helm.memoryInterval = value
      return undefined
    default:
      return `the setting ${key} is not known`
  }
}

function takeOption(key: string, option: string, value: string, settings: FluxSettings): string | undefined {
  const resource = /^resources\.(limits|requests)\.(memory|cpu)$/.exec(option)
  if (resource) {
    const [, kind, what = ''] = resource
    if (!/^\d+(\.\d+)?(m|k|Ki|M|Mi|G|Gi)?$/.test(value))
      return `the setting ${key} must be a quantity like 256Mi or 500m, not "${value}"`
    // The controllers share one process: the largest wish is the process's.
    const to = kind === 'limits' ? settings.resources.limits : settings.resources.requests
    if (quantity(value) > quantity(to[what])) to[what] = value
    return undefined
  }
  switch (option) {
    case 'log-level': {
      const level = levels.find(one => one === value)
      if (!level) return `the setting ${key} must be debug, info or error, not "${value}"`
      if (levels.indexOf(level) < levels.indexOf(settings.logLevel) || level === 'error') settings.logLevel = level
      return undefined
    }
    case 'concurrent':
      if (!/^[1-9]\d*$/.test(value)) return `the setting ${key} must be a positive number, not "${value}"`
      settings.concurrent = Math.max(settings.concurrent ?? 0, Number(value))
      return undefined
    case 'requeue-dependency':
      if (parseDuration(value) === undefined) return `the setting ${key} must be a duration like 30s, not "${value}"`
      settings.requeueDependency = value
      return undefined
    default:
      return `the setting ${key} is not known`
  }
}

const isFlag = (value: string): boolean => value === 'true' || value === 'false'

const notAFlag = (key: string, value: string): string => `the setting ${key} must be true or false, not "${value}"`

const units: Record<string, number> = { m: 1e-3, k: 1e3, M: 1e6, G: 1e9, Ki: 2 ** 10, Mi: 2 ** 20, Gi: 2 ** 30 }

function quantity(text: string | undefined): number {
  const match = /^(\d+(?:\.\d+)?)(\w*)$/.exec(text ?? '')
  return match ? Number(match[1]) * (units[match[2] ?? ''] ?? 1) : 0
}
