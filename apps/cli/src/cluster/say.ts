/** Progress of a command on stderr, with the marks that `flux` uses; stdout belongs to results. */
const line =
  (mark: string) =>
  (text: string): void => {
    process.stderr.write(`${mark} ${text}\n`)
  }

export const say = {
  action: line('►'),
  waiting: line('◎'),
  success: line('✔'),
  failure: line('✗'),
}
