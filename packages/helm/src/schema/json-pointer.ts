/** JSON pointers (RFC 6901) step by step: how the name of a member is written in one, and read from one. */
export const escaped = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1')

/** The name that a step stands for; undefined when it is none. */
export function unescaped(step: string): string | undefined {
  return /~(?![01])/.test(step) ? undefined : step.replaceAll('~1', '/').replaceAll('~0', '~')
}
