/** `If-Match` and `If-None-Match` of a write, as ARM's contract for resource providers reads them. */
import { ArmError } from '../arm/arm-error.ts'

export interface Preconditions {
  ifMatch?: string
  ifNoneMatch?: string
}

function failed(message: string): ArmError {
  return new ArmError(412, { code: 'PreconditionFailed', message })
}

/** Throws 412 when the resource with this etag (undefined: it does not exist) is not what the writer expects. */
export function checkPreconditions({ ifMatch, ifNoneMatch }: Preconditions, etag: string | undefined): void {
  if (ifMatch !== undefined) {
    if (etag === undefined) throw failed('The resource does not exist, so the If-Match condition is not met.')
    if (ifMatch !== '*' && !ifMatch.split(/\s*,\s*/).includes(etag)) {
      throw failed(
        `The resource has changed: its etag is ${etag}, the request expects ${ifMatch}. Read it again and repeat the change.`,
      )
    }
  }
  if (
    ifNoneMatch !== undefined &&
    etag !== undefined &&
    (ifNoneMatch === '*' || ifNoneMatch.split(/\s*,\s*/).includes(etag))
  ) {
    throw failed('The resource exists already, so the If-None-Match condition is not met.')
  }
}
