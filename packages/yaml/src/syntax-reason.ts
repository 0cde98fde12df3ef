/**
 * Turns the parser's words into go-yaml's for the mistakes people make most, so that the message is the one they know and can search for.
 */
const known: [RegExp, string][] = [
  [
    /^tab characters must not be used in indentation|^bad indentation.*tab/,
    'found character that cannot start any token',
  ],
  [/^bad indentation of a mapping entry/, 'mapping values are not allowed in this context'],
  [/^a multiline key may not be an implicit key|^can not read a block mapping entry/, "could not find expected ':'"],
  [/^expected ':' after a mapping key/, "could not find expected ':'"],
  [/^bad indentation of a sequence entry/, "did not find expected '-' indicator"],
  [
    /^unexpected end of the (?:stream|document) within a (?:single|double) quoted scalar/,
    'found unexpected end of stream',
  ],
  [/^unexpected end of the stream within a flow collection/, "did not find expected ',' or ']'"],
  [/^missed comma between flow collection entries/, "did not find expected ',' or '}'"],
  [/^end of the stream or a document separator is expected/, 'did not find expected key'],
  [/^unknown escape sequence/, 'found unknown escape character'],
  [/^expected hexadecimal character/, 'did not find expected hexdecimal number'],
  [
    /^the stream contains non-printable characters|^null byte|^expected valid JSON character/,
    'control characters are not allowed',
  ],
  [/^undeclared tag handle/, 'found undefined tag handle'],
  [/^nesting exceeded maxDepth/, 'exceeded max depth'],
  [/^name of an alias node/, 'did not find expected alphabetic or numeric character'],
  [/^name of an anchor node/, 'did not find expected alphabetic or numeric character'],
]

/** `rest` is the text from the place of the trouble to the end of its line. */
export function syntaxReason(reason: string, rest: string): string {
  if (/^bad indentation of a mapping entry/.test(reason)) {
    if (/^[@%`]/.test(rest)) return 'found character that cannot start any token'
    if (/^- /.test(rest)) return 'block sequence entries are not allowed in this context'
    if (!/^[^#]*:(?:\s|$)/.test(rest) || !rest.startsWith(':')) return 'did not find expected key'
  }
  for (const [pattern, text] of known) if (pattern.test(reason)) return text
  return reason
}
