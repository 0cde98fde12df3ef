/** URLs in kustomizations may hold passwords; messages end up in logs and conditions. */
/** A text without the passwords of the URLs in it, for messages. */
export function withoutPasswords(text: string): string {
  return text.replace(/(:\/\/[^\s/@:'"]*):[^\s/@'"]+@/g, '$1:***@')
}
