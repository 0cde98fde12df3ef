/** Completion scripts: the same tree of words in the language of each shell, complete in itself, so that no key press runs us. */
export interface Word {
  name: string
  description: string
  options: { name: string; description: string }[]
  words: Word[]
}

export const shells = ['bash', 'zsh', 'fish'] as const
export type Shell = (typeof shells)[number]

export function completionScript(shell: Shell, words: readonly Word[]): string {
  const paths = flattened({ name: 'sluice', description: '', options: [], words: [...words] }, [])
  if (shell === 'fish') return fish(paths)
  return shell === 'bash' ? bash(paths) : `#compdef sluice\nautoload -U +X bashcompinit && bashcompinit\n${bash(paths)}`
}

interface Place {
  /** Words that lead here, without `sluice`. */
  path: string[]
  word: Word
}

function flattened(word: Word, path: string[]): Place[] {
  return [{ path, word }, ...word.words.flatMap(child => flattened(child, [...path, child.name]))]
}

/** A case for each place in the tree: what may come next there. */
function bash(places: readonly Place[]): string {
  const cases = places.map(({ path, word }) => {
    const next = [...word.words.map(child => child.name), ...word.options.map(option => option.name), '--help']
    return `    '${path.join(' ')}') next='${next.join(' ')}' ;;`
  })
  return `_sluice() {
  local current="\${COMP_WORDS[COMP_CWORD]}" place='' next='' word candidate
  for word in "\${COMP_WORDS[@]:1:COMP_CWORD-1}"; do
    [[ $word == -* ]] && continue
    candidate="\${place:+$place }$word"
    case " \${_sluice_places[*]} " in *" \${candidate// /:} "*) place=$candidate ;; esac
  done
  case "$place" in
${cases.join('\n')}
  esac
  COMPREPLY=($(compgen -W "$next" -- "$current"))
}
_sluice_places=(${places
    .filter(({ path }) => path.length > 0)
    .map(({ path }) => path.join(':'))
    .join(' ')})
complete -o default -F _sluice sluice
`
}

function fish(places: readonly Place[]): string {
  const quoted = (text: string) => `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`
  const lines = places.flatMap(({ path, word }) => {
    const seen = path.map(step => `__fish_seen_subcommand_from ${step}`)
    const none =
      word.words.length > 0 ? [`not __fish_seen_subcommand_from ${word.words.map(w => w.name).join(' ')}`] : []
    const condition = quoted([...seen, ...none].join('; and ') || 'true')
    return [
      ...word.words.map(w => `complete -c sluice -f -n ${condition} -a ${w.name} -d ${quoted(w.description)}`),
      ...word.options.map(o => `complete -c sluice -n ${condition} -l ${o.name.slice(2)} -d ${quoted(o.description)}`),
    ]
  })
  return `${lines.join('\n')}\n`
}
