/** Bytes as base64, by what browsers and Node have in common. */
export function base64(bytes: Uint8Array): string {
  let binary = ''
  // Arguments of one call are bounded.
  for (let from = 0; from < bytes.length; from += 8192) {
    binary += String.fromCharCode(...bytes.subarray(from, from + 8192))
  }
  return btoa(binary)
}
