// The commands of a document, and what it says that they print.
// In: Markdown. Out: its console blocks; whether an answer is the one shown.
// INVARIANT: `…` stands for any text, alone on a line for any lines; all else
// is meant to the letter.

export interface Step {
  /** The `##` section that it stands in. */
  readonly section: string
  /** As it is typed. */
  readonly line: string
  readonly shown: string
  readonly exit: number
  /** Minutes that pass before it. */
  readonly later: number
}

export function readSteps(markdown: string): readonly Step[] {
  return markdown.split(/^## /m).flatMap((part) => {
    const [section = ''] = part.split('\n', 1)
    const blocks = part.matchAll(
      /^```console(?: exit=(\d))?(?: later=(\d+)m)?\n([\s\S]*?)^```$/gm,
    )
    return [...blocks].flatMap(([, exit = '0', later = '0', body = '']) =>
      body
        .split(/^\$ /m)
        .slice(1)
        .map((text) => {
          const [line = '', ...shown] = text.split('\n')
          const rest = shown.join('\n')
          return {
            section,
            line,
            shown: rest,
            exit: Number(exit),
            later: Number(later),
          }
        }),
    )
  })
}

export function isShown(printed: string, shown: string): boolean {
  const literal = (text: string) => text.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&')
  const pattern = shown
    .split('\n')
    .map((line) =>
      line === '…'
        ? '(?:.*\n)*'
        : `${line.split('…').map(literal).join('.*')}\n`,
    )
    .join('')
  // The last newline ends a line, it begins none.
  return new RegExp(`^${pattern.slice(0, -1)}$`).test(printed)
}

/** Words of a command, and the file that it reads as its input. */
export function readCommand(line: string) {
  const [typed = '', input] = line.split(' < ')
  const words = typed.match(/"[^"]*"|\S+/g) ?? []
  return { args: words.map((word) => word.replaceAll('"', '')), input }
}
