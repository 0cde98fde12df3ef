/** What a source publishes: one archive, addressed by revision and digest. */
import { integer, map, object, required, type Static, string } from '../schema/schema.ts'

export function artifact(description = 'The newest archive that this source published.') {
  return object(description, {
    url: required(string('Where other controllers fetch the archive, inside the cluster.')),
    path: required(string('Path of the archive below the storage root.')),
    revision: required(string('Version of the content, for instance `main@sha1:<commit>`.')),
    digest: required(
      string('Checksum of the archive file, `<algorithm>:<hex>`.', {
        pattern: '^[a-z0-9]+(?:[.+_-][a-z0-9]+)*:[a-zA-Z0-9=_-]+$',
      }),
    ),
    lastUpdateTime: required(string('When the archive was written.', { format: 'date-time' })),
    size: integer('Bytes of the archive file.', { format: 'int64' }),
    metadata: map('Facts about where the content came from.', string('Value.')),
  })
}

export type Artifact = Static<ReturnType<typeof artifact>>
