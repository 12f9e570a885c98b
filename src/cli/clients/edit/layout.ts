// How the lines of a text are made: their ends and their indentation.
// In: a text. Out: what new lines of it need.
// INVARIANT: a text without lines to go by gets two blanks and a newline.

export interface Layout {
  readonly eol: '\n' | '\r\n'
  /** One step of indentation. */
  readonly unit: string
  /** All of it stands on one line. */
  readonly isCompact: boolean
}

export function describeLayout(text: string): Layout {
  const [, unit = '  '] = /^([ \t]+)[^\s]/m.exec(text) ?? []
  const written = text.trim()
  return {
    eol: text.includes('\r\n') ? '\r\n' : '\n',
    unit: unit.startsWith('\t') ? '\t' : unit,
    isCompact: written.length > 2 && !written.includes('\n'),
  }
}

/** The blanks at the start of the line that contains an offset. */
export function indentAt(text: string, offset: number): string {
  const start = text.lastIndexOf('\n', offset - 1) + 1
  return /^[ \t]*/.exec(text.slice(start, offset))?.[0] ?? ''
}
