/** What a refusal says for itself: the beginning of its body. */
import type { IncomingMessage } from 'node:http'

/** Text of the body, of which no more is read once `most` bytes are there. Ends the answer; never fails. */
export async function bodyStart(response: IncomingMessage, most: number): Promise<string> {
  const parts: Buffer[] = []
  let length = 0
  try {
    for await (const part of response) {
      parts.push(part)
      length += part.length
      if (length >= most) break
    }
  } catch {
    // The status alone says enough when the answer breaks off.
  }
  response.destroy()
  return Buffer.concat(parts).toString('utf8')
}
