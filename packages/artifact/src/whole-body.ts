/** All of an answer's body, where it is no larger than it may be. */
import type { IncomingMessage } from 'node:http'

/** Throws what `tooLarge` makes of a body of more than `most` bytes, or what the answer breaks off with; ends the answer then. */
export async function wholeBody(response: IncomingMessage, most: number, tooLarge: () => Error): Promise<Buffer> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of response) {
      parts.push(part)
      length += part.length
      if (length > most) throw tooLarge()
    }
  } catch (error) {
    response.destroy()
    throw error
  }
  return Buffer.concat(parts)
}
