/** Names of the functions that templates have; those that wait for much computation on purpose are left out. */
import { sprigFunctions } from '@sluice/template'

const slow = /^(?:gen|bcrypt|htpasswd|derivePassword)/

export const functionNames: readonly string[] = [
  ...Object.keys(sprigFunctions).filter(name => !slow.test(name)),
  ...'include tpl required lookup and or not eq ne lt le gt ge len index slice print printf println html js urlquery call'.split(
    ' ',
  ),
]
