/** The pod security standards: what a pod may not have at the levels `baseline` and `restricted` (k8s.io/pod-security-admission `policy`). */
import { child, items, type Json, strings, text } from '../kinds/record.ts'

export interface Finding {
  reason: string
  detail: string
}

interface Pod {
  annotations: Readonly<Record<string, unknown>>
  spec: Json
  /** Init, ordinary and ephemeral containers. */
  containers: Json[]
}

interface Check {
  level: 'baseline' | 'restricted'
  /** The minor version of the standards that brought it. */
  since?: number
  /** The weaker check it stands for at its level. */
  replaces?: string
  find(pod: Pod): Finding | undefined
}

const listed = (names: readonly string[]) => names.map(name => `"${name}"`).join(', ')
const plural = (word: string, count: number) => (count === 1 ? word : `${word}s`)
const named = (word: string, names: readonly string[]) => `${plural(word, names.length)} ${listed(names)}`
const sorted = (values: readonly string[]) => [...new Set(values)].sort()
const contextOf = (of: Json) => child(of, 'securityContext') ?? {}
const namesOf = (containers: readonly Json[]) => containers.map(c => text(c.name))
const isWindows = (pod: Pod) => child(pod.spec, 'os')?.name === 'windows'
const hasOwnUsers = (pod: Pod) => pod.spec.hostUsers === false

/** Containers whose security context is bad, as `container "a"`; undefined when all are good. */
function containersWith(pod: Pod, bad: (context: Json) => boolean): string | undefined {
  const found = pod.containers.filter(c => bad(contextOf(c)))
  return found.length ? named('container', namesOf(found)) : undefined
}

/** Who has a bad security context: `pod and containers "a", "b"`. */
function setters(pod: Pod, bad: (context: Json) => boolean): string[] {
  const containers = containersWith(pod, bad)
  return [...(bad(contextOf(pod.spec)) ? ['pod'] : []), ...(containers ? [containers] : [])]
}

const contexts = (pod: Pod) => [contextOf(pod.spec), ...pod.containers.map(contextOf)]

/** `securityContext.<field>.type` values other than the two that are allowed everywhere. */
function badProfiles(pod: Pod, field: string) {
  const badType = (context: Json) => {
    const profile = child(context, field)
    return profile !== undefined && profile.type !== 'RuntimeDefault' && profile.type !== 'Localhost'
  }
  const values = sorted(
    contexts(pod)
      .filter(badType)
      .map(context => text(child(context, field)?.type)),
  )
  return { who: setters(pod, badType), values }
}

function seccompProfile(pod: Pod): Finding | undefined {
  const { who, values } = badProfiles(pod, 'seccompProfile')
  if (who.length === 0) return undefined
  const detail = `${who.join(' and ')} must not set securityContext.seccompProfile.type to ${listed(values)}`
  return { reason: 'seccompProfile', detail }
}

/** The containers that leave a field unset which the pod does not set for them. */
function unset(pod: Pod, has: (context: Json) => boolean): string | undefined {
  return has(contextOf(pod.spec)) ? undefined : containersWith(pod, context => !has(context))
}

const appArmorPrefix = 'container.apparmor.security.beta.kubernetes.io/'
const isBadAppArmor = (value: string) => value !== '' && value !== 'runtime/default' && !value.startsWith('localhost/')

function procMount(pod: Pod): Finding | undefined {
  const bad = (context: Json) => context.procMount !== undefined && context.procMount !== 'Default'
  const who = containersWith(pod, bad)
  if (!who) return undefined
  const values = sorted(
    pod.containers
      .map(contextOf)
      .filter(bad)
      .map(context => text(context.procMount)),
  )
  return { reason: 'procMount', detail: `${who} must not set securityContext.procMount to ${listed(values)}` }
}

const defaultCapabilities = new Set(
  'AUDIT_WRITE CHOWN DAC_OVERRIDE FOWNER FSETID KILL MKNOD NET_BIND_SERVICE SETFCAP SETGID SETPCAP SETUID SYS_CHROOT'.split(
    ' ',
  ),
)
const added = (context: Json) => strings(child(context, 'capabilities')?.add)

/** Who adds capabilities that are not allowed, and which. */
function addedCapabilities(pod: Pod, allowed: (capability: string) => boolean): string | undefined {
  const refused = (context: Json) => added(context).filter(c => !allowed(c))
  const who = containersWith(pod, context => refused(context).length > 0)
  const all = sorted(pod.containers.map(contextOf).flatMap(refused))
  return who && `${who} must not include ${listed(all)} in securityContext.capabilities.add`
}

const safeSysctls = new Set(
  `kernel.shm_rmid_forced net.ipv4.ip_local_port_range net.ipv4.tcp_syncookies net.ipv4.ping_group_range
   net.ipv4.ip_unprivileged_port_start net.ipv4.ip_local_reserved_ports net.ipv4.tcp_keepalive_time net.ipv4.tcp_fin_timeout
   net.ipv4.tcp_keepalive_intvl net.ipv4.tcp_keepalive_probes net.ipv4.tcp_rmem net.ipv4.tcp_wmem`.split(/\s+/),
)
const seLinuxTypes = new Set(['', 'container_t', 'container_init_t', 'container_kvm_t', 'container_engine_t'])
const restrictedVolumes = new Set(
  'configMap csi downwardAPI emptyDir ephemeral image persistentVolumeClaim projected secret'.split(' '),
)

/** Hosts that probes and hooks of a container name. */
function probeHosts(container: Json): string[] {
  const lifecycle = child(container, 'lifecycle')
  return [
    child(container, 'livenessProbe'),
    child(container, 'readinessProbe'),
    child(container, 'startupProbe'),
    child(lifecycle, 'postStart'),
    child(lifecycle, 'preStop'),
  ]
    .flatMap(handler => [text(child(handler, 'httpGet')?.host), text(child(handler, 'tcpSocket')?.host)])
    .filter(host => host !== '')
}

/** By id, whose order is that of the findings; those of `baseline` come first. */
const checks: Readonly<Record<string, Check>> = {
  appArmorProfile: {
    level: 'baseline',
    find(pod) {
      const { who, values } = badProfiles(pod, 'appArmorProfile')
      const annotations = Object.entries(pod.annotations)
        .filter(([key, value]) => key.startsWith(appArmorPrefix) && isBadAppArmor(text(value)))
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .sort()
      if (annotations.length) who.push(plural('annotation', annotations.length))
      const all = [...values, ...annotations]
      if (who.length === 0) return undefined
      const detail = `${who.join(' and ')} must not set AppArmor profile type to ${listed(all)}`
      return { reason: plural('forbidden AppArmor profile', all.length), detail }
    },
  },
  capabilities_baseline: {
    level: 'baseline',
    find(pod) {
      const detail = addedCapabilities(pod, c => defaultCapabilities.has(c))
      return detail ? { reason: 'non-default capabilities', detail } : undefined
    },
  },
  hostNamespaces: {
    level: 'baseline',
    find({ spec }) {
      const set = ['hostNetwork', 'hostPID', 'hostIPC'].filter(field => spec[field] === true)
      return set.length
        ? { reason: 'host namespaces', detail: set.map(field => `${field}=true`).join(', ') }
        : undefined
    },
  },
  hostPathVolumes: {
    level: 'baseline',
    find({ spec }) {
      const found = items(spec, 'volumes').filter(volume => child(volume, 'hostPath'))
      return found.length ? { reason: 'hostPath volumes', detail: named('volume', namesOf(found)) } : undefined
    },
  },
  hostPorts: {
    level: 'baseline',
    find({ containers }) {
      const portsOf = (c: Json) => items(c, 'ports').flatMap(p => (p.hostPort ? [String(p.hostPort)] : []))
      const found = containers.filter(c => portsOf(c).length)
      if (found.length === 0) return undefined
      const ports = sorted(found.flatMap(portsOf))
      const use = found.length === 1 ? 'uses' : 'use'
      const detail = `${named('container', namesOf(found))} ${use} ${plural('hostPort', ports.length)} ${ports.join(', ')}`
      return { reason: 'hostPort', detail }
    },
  },
  hostProbesAndHostLifecycle: {
    level: 'baseline',
    since: 34,
    find({ containers }) {
      const found = containers.filter(c => probeHosts(c).length)
      if (found.length === 0) return undefined
      const hosts = sorted(found.flatMap(probeHosts))
      const use = found.length === 1 ? 'uses' : 'use'
      const detail = `${named('container', sorted(namesOf(found)))} ${use} ${named('probe or lifecycle host', hosts)}`
      return { reason: 'probe or lifecycle host', detail }
    },
  },
  privileged: {
    level: 'baseline',
    find(pod) {
      const who = containersWith(pod, context => context.privileged === true)
      return who ? { reason: 'privileged', detail: `${who} must not set securityContext.privileged=true` } : undefined
    },
  },
  procMount: { level: 'baseline', find: pod => (hasOwnUsers(pod) ? undefined : procMount(pod)) },
  seLinuxOptions: {
    level: 'baseline',
    find(pod) {
      const options = (context: Json) => child(context, 'seLinuxOptions') ?? {}
      const badType = (context: Json) => !seLinuxTypes.has(text(options(context).type))
      const who = setters(
        pod,
        context => badType(context) || text(options(context).user) !== '' || text(options(context).role) !== '',
      )
      if (who.length === 0) return undefined
      const types = sorted(
        contexts(pod)
          .filter(badType)
          .map(context => text(options(context).type)),
      )
      const set = (field: string) => contexts(pod).some(context => text(options(context)[field]) !== '')
      const data = [
        ...(types.length ? [named('type', types)] : []),
        ...(set('user') ? ['user may not be set'] : []),
        ...(set('role') ? ['role may not be set'] : []),
      ]
      const detail = `${who.join(' and ')} set forbidden securityContext.seLinuxOptions: ${data.join('; ')}`
      return { reason: 'seLinuxOptions', detail }
    },
  },
  seccompProfile_baseline: { level: 'baseline', since: 19, find: seccompProfile },
  sysctls: {
    level: 'baseline',
    find({ spec }) {
      const names = namesOf(items(contextOf(spec), 'sysctls')).filter(name => !safeSysctls.has(name))
      return names.length ? { reason: 'forbidden sysctls', detail: names.join(', ') } : undefined
    },
  },
  windowsHostProcess: {
    level: 'baseline',
    find(pod) {
      const who = setters(pod, context => child(context, 'windowsOptions')?.hostProcess === true)
      if (who.length === 0) return undefined
      const detail = `${who.join(' and ')} must not set securityContext.windowsOptions.hostProcess=true`
      return { reason: 'hostProcess', detail }
    },
  },
  allowPrivilegeEscalation: {
    level: 'restricted',
    since: 8,
    find(pod) {
      const who = isWindows(pod)
        ? undefined
        : containersWith(pod, context => context.allowPrivilegeEscalation !== false)
      if (!who) return undefined
      const detail = `${who} must set securityContext.allowPrivilegeEscalation=false`
      return { reason: 'allowPrivilegeEscalation != false', detail }
    },
  },
  capabilities_restricted: {
    level: 'restricted',
    since: 22,
    replaces: 'capabilities_baseline',
    find(pod) {
      if (isWindows(pod)) return undefined
      const keeps = containersWith(pod, context => !strings(child(context, 'capabilities')?.drop).includes('ALL'))
      const adds = addedCapabilities(pod, c => c === 'NET_BIND_SERVICE')
      const details = [
        ...(keeps ? [`${keeps} must set securityContext.capabilities.drop=["ALL"]`] : []),
        ...(adds ? [adds] : []),
      ]
      return details.length ? { reason: 'unrestricted capabilities', detail: details.join('; ') } : undefined
    },
  },
  procMount_restricted: { level: 'restricted', since: 35, replaces: 'procMount', find: procMount },
  restrictedVolumes: {
    level: 'restricted',
    replaces: 'hostPathVolumes',
    find({ spec }) {
      const typeOf = (volume: Json) =>
        Object.keys(volume).find(key => key !== 'name' && child(volume, key)) ?? 'unknown'
      const found = items(spec, 'volumes').filter(volume => !restrictedVolumes.has(typeOf(volume)))
      if (found.length === 0) return undefined
      const types = sorted(found.map(typeOf))
      const use = found.length === 1 ? 'uses' : 'use'
      const detail = `${named('volume', namesOf(found))} ${use} ${named('restricted volume type', types)}`
      return { reason: 'restricted volume types', detail }
    },
  },
  runAsNonRoot: {
    level: 'restricted',
    find(pod) {
      if (hasOwnUsers(pod)) return undefined
      const reason = 'runAsNonRoot != true'
      const who = setters(pod, context => context.runAsNonRoot === false)
      if (who.length) {
        return { reason, detail: `${who.join(' and ')} must not set securityContext.runAsNonRoot=false` }
      }
      const open = unset(pod, context => context.runAsNonRoot === true)
      return open ? { reason, detail: `pod or ${open} must set securityContext.runAsNonRoot=true` } : undefined
    },
  },
  runAsUser: {
    level: 'restricted',
    since: 23,
    find(pod) {
      const who = hasOwnUsers(pod) ? [] : setters(pod, context => context.runAsUser === 0)
      return who.length ? { reason: 'runAsUser=0', detail: `${who.join(' and ')} must not set runAsUser=0` } : undefined
    },
  },
  seccompProfile_restricted: {
    level: 'restricted',
    since: 19,
    replaces: 'seccompProfile_baseline',
    find(pod) {
      if (isWindows(pod)) return undefined
      const bad = seccompProfile(pod)
      if (bad) return bad
      const open = unset(pod, context => child(context, 'seccompProfile') !== undefined)
      if (!open) return undefined
      const detail = `pod or ${open} must set securityContext.seccompProfile.type to "RuntimeDefault" or "Localhost"`
      return { reason: 'seccompProfile', detail }
    },
  },
}

export type Level = 'privileged' | 'baseline' | 'restricted'

/** What a pod has against a level of the standards of a minor version. */
export function podSecurityFindings(level: Level, minor: number, metadata: Json | undefined, spec: Json): Finding[] {
  if (level === 'privileged') return []
  const active = Object.entries(checks).filter(
    ([, check]) => (check.level === 'baseline' || level === 'restricted') && (check.since ?? 0) <= minor,
  )
  const replaced = new Set(active.map(([, check]) => check.replaces))
  const pod: Pod = {
    annotations: child(metadata, 'annotations') ?? {},
    spec,
    containers: ['initContainers', 'containers', 'ephemeralContainers'].flatMap(list => items(spec, list)),
  }
  return active.flatMap(([id, check]) => (replaced.has(id) ? [] : (check.find(pod) ?? [])))
}
