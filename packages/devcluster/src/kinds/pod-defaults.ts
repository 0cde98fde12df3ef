/** What the server fills into pod specs, wherever they appear (k/k `apis/core/v1/defaults.go`). */
import { child, ensured, fill, isJson, items, type Json, text } from './record.ts'

function defaultProbe(probe: Json | undefined): void {
  if (!probe) return
  fill(probe, { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 })
  const http = child(probe, 'httpGet')
  if (http) fill(http, { path: '/', scheme: 'HTTP' })
  const grpc = child(probe, 'grpc')
  if (grpc) fill(grpc, { service: '' })
}

function defaultHandler(handler: Json | undefined): void {
  const http = child(handler, 'httpGet')
  if (http) fill(http, { path: '/', scheme: 'HTTP' })
}

/** Always for `:latest` and no tag at all, else IfNotPresent. */
function pullPolicy(image: string): string {
  const withoutDigest = image.split('@')[0] ?? ''
  if (image.includes('@')) return 'IfNotPresent'
  const last = withoutDigest.split('/').at(-1) ?? ''
  const tag = last.includes(':') ? last.slice(last.indexOf(':') + 1) : 'latest'
  return tag === 'latest' ? 'Always' : 'IfNotPresent'
}

function requestLimits(container: Json): void {
  const resources = ensured(container, 'resources')
  const limits = child(resources, 'limits')
  if (!limits) return
  const requests = child(resources, 'requests')
  const missing = Object.keys(limits).filter(name => requests?.[name] === undefined)
  if (missing.length === 0) return
  resources.requests = { ...Object.fromEntries(missing.map(name => [name, limits[name]])), ...requests }
}

function defaultContainer(container: Json): void {
  fill(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    imagePullPolicy: pullPolicy(text(container.image)),
  })
  ensured(container, 'resources')
  for (const probe of ['livenessProbe', 'readinessProbe', 'startupProbe']) defaultProbe(child(container, probe))
  const lifecycle = child(container, 'lifecycle')
  defaultHandler(child(lifecycle, 'postStart'))
  defaultHandler(child(lifecycle, 'preStop'))
  for (const port of items(container, 'ports')) fill(port, { protocol: 'TCP' })
  for (const env of items(container, 'env')) {
    const field = child(child(env, 'valueFrom'), 'fieldRef')
    if (field) fill(field, { apiVersion: 'v1' })
    const resource = child(child(env, 'valueFrom'), 'resourceFieldRef')
    if (resource) fill(resource, { divisor: '0' })
  }
}

const withDefaultMode = ['configMap', 'secret', 'projected', 'downwardAPI']

function defaultVolume(volume: Json): void {
  if (Object.keys(volume).length === 1) volume.emptyDir = {}
  for (const source of withDefaultMode) {
    const config = child(volume, source)
    if (config) fill(config, { defaultMode: 420 })
  }
  for (const source of items(child(volume, 'projected'), 'sources')) {
    const token = child(source, 'serviceAccountToken')
    if (token) fill(token, { expirationSeconds: 3600 })
    for (const item of items(child(source, 'downwardAPI'), 'items')) {
      const field = child(item, 'fieldRef')
      if (field) fill(field, { apiVersion: 'v1' })
    }
  }
  for (const item of items(child(volume, 'downwardAPI'), 'items')) {
    const field = child(item, 'fieldRef')
    if (field) fill(field, { apiVersion: 'v1' })
  }
  for (const item of items(child(volume, 'downwardAPI'), 'items')) {
    const resource = child(item, 'resourceFieldRef')
    if (resource) fill(resource, { divisor: '0' })
  }
  const iscsi = child(volume, 'iscsi')
  if (iscsi) fill(iscsi, { iscsiInterface: 'default' })
  const host = child(volume, 'hostPath')
  if (host) fill(host, { type: '' })
  const claim = child(child(volume, 'ephemeral'), 'volumeClaimTemplate')
  if (claim) fill(ensured(claim, 'spec'), { volumeMode: 'Filesystem' })
}

export function defaultPodSpec(spec: unknown): void {
  if (!isJson(spec)) return
  fill(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    schedulerName: 'default-scheduler',
    terminationGracePeriodSeconds: 30,
  })
  ensured(spec, 'securityContext')
  const account = spec.serviceAccountName ?? spec.serviceAccount
  if (account) fill(spec, { serviceAccountName: account, serviceAccount: account })
  for (const list of ['initContainers', 'containers', 'ephemeralContainers']) {
    for (const container of items(spec, list)) defaultContainer(container)
  }
  for (const volume of items(spec, 'volumes')) defaultVolume(volume)
  if (spec.hostNetwork === true) {
    for (const container of items(spec, 'containers')) {
      for (const port of items(container, 'ports')) {
        if (port.containerPort !== undefined) fill(port, { hostPort: port.containerPort })
      }
    }
  }
}

/** What a container may use at most is what it asks for when it says nothing else. Only in pods: templates stay as they are. */
export function defaultRequests(spec: Json): void {
  for (const list of ['initContainers', 'containers'])
    for (const container of items(spec, list)) requestLimits(container)
}

export function defaultPodTemplate(template: unknown): void {
  if (!isJson(template)) return
  ensured(template, 'metadata')
  defaultPodSpec(ensured(template, 'spec'))
}
