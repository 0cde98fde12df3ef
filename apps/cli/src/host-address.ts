/** The address of a host, for templates that may look hosts up; the empty text for one that has none. */
export async function hostAddress(name: string): Promise<string> {
  const { lookup } = await import('node:dns/promises')
  return lookup(name).then(
    ({ address }) => address,
    () => '',
  )
}
