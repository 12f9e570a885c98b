// When a newcomer stumbles, so that a program can count it.
// In: one command that was typed, what it printed, what was printed before.
// Out: each stumble in words.
// INVARIANT: what is let pass is a row of FINE, with its reason.

export interface Typed {
  /** As the newcomer typed it. */
  readonly command: string
  /** The words that an earlier output or the README has; what is in capitals
   * there is the newcomer's own: a name, a client. */
  readonly named: string
  /** Null while it runs. */
  readonly exit: number | null
  /** Both streams. */
  readonly printed: string
}

/** Lines that warn and ask nothing of anybody. */
const FINE: readonly { readonly line: RegExp; readonly why: string }[] = [
  {
    line: /^npm (?:notice|warn install-scripts)/,
    why: 'npm names scripts that it did not run, and the package needs none of them',
  },
  {
    line: /^0 errors, 0 warnings/,
    why: 'the result of a check without findings',
  },
  {
    line: /"msg":"still starting"/,
    why: 'the gateway goes on waiting by itself, and lists get the tools then',
  },
]

const ALARM = /\b(?:warn(?:ing)?s?|errors?)\b|\bnot found\b/i

/** What waits for an answer: a question mark at the end of what was printed. */
const QUESTION = /\?[^\n]{0,40}$/

const NO_TOOLS = /(?<![\d.])0 tools\b|"tools":0\b/

export function findStumbles(
  { command, named, exit, printed }: Typed,
  readme: string,
  before: readonly string[],
): readonly string[] {
  const alarms = printed
    .split('\n')
    .filter((line) => ALARM.test(line))
    .filter((line) => !FINE.some((row) => row.line.test(line)))
  const isNamed = [readme, ...before].some((text) => text.includes(named))
  return [
    ...(exit === 0 || exit === null ? [] : [`it ended with ${exit}`]),
    ...alarms.map((line) => `it warns: ${line.trim()}`),
    ...(QUESTION.test(printed.trimEnd()) ? ['it asks a question'] : []),
    ...(NO_TOOLS.test(printed) ? ['it lists 0 tools'] : []),
    ...(isNamed ? [] : [`neither an output nor the README names \`${named}\``]),
    ...(fits(named, command) ? [] : [`\`${named}\` is not what was typed`]),
  ].map((what) => `${command}: ${what}`)
}

/** Capitals stand for words of the newcomer, an ellipsis for more of them. */
function fits(named: string, command: string): boolean {
  const pattern = named
    .split(/\b[A-Z]{3,}(?:…|\.\.\.)?/)
    .map((text) => text.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    .join('.+')
  return new RegExp(`^${pattern}(?:$| )`).test(command)
}
