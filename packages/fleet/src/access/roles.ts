/**
 * What a role allows, in ARM's terms: actions such as `Microsoft.KubernetesConfiguration/fluxConfigurations/write`,
 * matched by patterns in which `*` spans slashes. Two built-in roles over everything; assignments to scopes and
 * custom definitions take this file's place when they come.
 */

export type Role = 'Owner' | 'Reader'

interface RoleDefinition {
  actions: string[]
  notActions: string[]
}

const DEFINITIONS: Record<Role, RoleDefinition> = {
  Owner: { actions: ['*'], notActions: [] },
  Reader: { actions: ['*/read'], notActions: [] },
}

export function isRole(text: string): text is Role {
  return Object.hasOwn(DEFINITIONS, text)
}

function matches(pattern: string, action: string): boolean {
  const expression = pattern
    .split('*')
    .map(part => part.replace(/[.+?^${}()|[\]\\]/g, '\\$&'))
    .join('.*')
  return new RegExp(`^${expression}$`, 'i').test(action)
}

export function allows(role: Role, action: string): boolean {
  const { actions, notActions } = DEFINITIONS[role]
  return actions.some(pattern => matches(pattern, action)) && !notActions.some(pattern => matches(pattern, action))
}
