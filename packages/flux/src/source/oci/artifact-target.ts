/** Which manifest an OCIRepository means: a digest beats a range, a range beats a tag, `latest` when nothing is said. */
import type { OCIRepository } from '@sluice/api'
import { isDigest, RegistryError, type RegistryRepository } from '@sluice/artifact'
import { compareVersions, parseConstraint, parseVersion, satisfies } from '@sluice/semver'
import { RE2JS } from 're2js'

export interface ArtifactTarget {
  digest: string
  /** `<tag>@<digest>`, or the digest alone. */
  revision: string
}

/** The range, the filter or the list of tags leads to no tag. */
export class TagError extends Error {
  override name = 'TagError'
}

type Ref = OCIRepository['spec']['ref']

/** What a chart's tags cannot have is another letter in them. */
const CHART_LAYER = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'

/** @throws {TagError | RegistryError} */
export async function artifactTarget(
  repository: RegistryRepository,
  { ref, layerSelector }: OCIRepository['spec'],
): Promise<ArtifactTarget> {
  if (ref?.digest) {
    // Never a tag: those move.
    if (!isDigest(ref.digest)) throw new RegistryError(`'${ref.digest}' is no digest; write sha256:<hex>`)
    return { digest: ref.digest, revision: ref.digest }
  }
  const tag = ref?.semver ? await newestTag(repository, ref, layerSelector?.mediaType === CHART_LAYER) : ref?.tag
  const wanted = tag || 'latest'
  const digest = await repository.digestOf(wanted)
  return { digest, revision: `${wanted}@${digest}` }
}

async function newestTag(repository: RegistryRepository, ref: NonNullable<Ref>, isChart: boolean): Promise<string> {
  const { semver = '', semverFilter = '' } = ref
  const tags = await repository.tags().catch((error: unknown) => {
    throw new TagError(error instanceof Error ? error.message : String(error), { cause: error })
  })
  const filter = semverFilter === '' ? undefined : filterOf(semverFilter)
  const constraint = constraintOf(semver)
  const found = tags.flatMap(tag => {
    if (filter && !filter.matcher(tag).find()) return []
    const text = isChart ? tag.replaceAll('_', '+') : tag
    const version = /^v?\d+\.\d+\.\d+(?:$|[-+])/.test(text) ? parseVersion(text) : undefined
    return version && satisfies(version, constraint) ? [{ tag, version }] : []
  })
  found.sort((a, b) => compareVersions(b.version, a.version))
  const [newest] = found
  if (!newest) throw new TagError(`no match found for semver: ${semver}`)
  return newest.tag
}

/** RE2 as in Go: a hostile expression costs time in proportion only. */
function filterOf(text: string): RE2JS {
  try {
    return RE2JS.compile(text)
  } catch (error) {
    const said = error instanceof Error ? error.message.replace(/^error parsing regexp: /, '') : String(error)
    throw new TagError(`error parsing regexp: ${said}`, { cause: error })
  }
}

function constraintOf(semver: string): ReturnType<typeof parseConstraint> {
  try {
    return parseConstraint(semver)
  } catch (error) {
    const said = `semver '${semver}' parse error: improper constraint: ${JSON.stringify(semver)}`
    throw new TagError(said, { cause: error })
  }
}
