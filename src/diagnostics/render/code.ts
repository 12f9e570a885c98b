// The long form of a code, for a terminal and for documents.
// In: entries of diagnostics/codes. Out: text.
// INVARIANT: the document contains what `gateway explain` prints as Markdown
// for each code; the heading is only the code, as its anchor.

import type { CodeEntry } from '../codes/all.ts'

const WIDTH = 80

/** The stages by the first digit of their codes. */
const STAGES: Readonly<Record<string, string>> = Object.freeze({
  GW1: 'Loading: from the disk to plain values',
  GW2: 'Checking: the shape, and single values',
  GW3: 'Linking: names, and errors that follow from them',
  GW4: 'Lints: valid, but perhaps a mistake',
  GW5: 'The lock of tool definitions',
  GW6: 'Expectations: the config’s own `tests`',
  GW7: 'Tokens',
  GW8: 'Live: this machine, and what servers offer',
  GW9: 'At run time',
})

const INTRODUCTION = `# Codes

Everything that \`gateway check\` finds has a code. A code never gets another
meaning later, so you can search for it. \`gateway explain GW3002\` prints the same
text as this page. A config can set only the severity of lints (GW4…). An error
stays an error, because a config with an error cannot be served.

Examples are members of \`defineGateway({ … })\`, unless they are whole files.

This page is written by \`npm run docs\`.
`

/** `width`: of the reader, if it is less than usual. */
export function renderCode(entry: CodeEntry, width = WIDTH): string {
  const { code, title, severity } = entry
  const indent = (text: string) => text.replaceAll(/^(?=.)/gm, '    ')
  const heads = [`${code}  ${title}  (${severity})`]
  const most = Math.min(width, WIDTH)
  return renderParts(entry, heads, 'Common causes:\n', indent, most)
}

export function renderCodeMarkdown(entry: CodeEntry): string {
  const { code, title, severity, language = 'ts' } = entry
  const fence = (text: string) => `\`\`\`${language}\n${text}\n\`\`\``
  const heads = [`### ${code}`, `**${upperFirst(title)}** (${severity})`]
  return renderParts(entry, heads, 'Common causes:\n\n', fence)
}

function renderParts(
  { code, why, causes = [], help, wrong, right, settable }: CodeEntry,
  heads: readonly string[],
  label: string,
  show: (example: string) => string,
  width = WIDTH,
): string {
  return [
    ...heads,
    ...(why === '' ? [] : [wrap(why, '', width)]),
    ...(causes.length === 0
      ? []
      : [label + causes.map((cause) => hang(cause, width)).join('\n')]),
    ...(wrong ? [`Wrong:\n\n${show(wrong)}`] : []),
    ...(right ? [`Right:\n\n${show(right)}`] : []),
    wrap(`What to do: ${help}.`, '', width),
    ...(settable ? [describeSetting(code)] : []),
  ]
    .map((part) => `${part}\n`)
    .join('\n')
}

/** The text of docs/codes.md. */
export function renderCodes(entries: readonly CodeEntry[]): string {
  const starts = [...new Set(entries.map(({ code }) => code.slice(0, 3)))]
  const sections = starts.sort().map((start) => {
    const own = entries.filter(({ code }) => code.startsWith(start))
    const rows = own.map(
      ({ code, severity, title }) =>
        `| [${code}](#${code.toLowerCase()}) | ${severity} | ${title} |\n`,
    )
    const heading = `## ${STAGES[start] ?? start}\n`
    const table = `| code | severity | what |\n|---|---|---|\n${rows.join('')}`
    return [heading, table, ...own.map(renderCodeMarkdown)].join('\n')
  })
  return [INTRODUCTION, ...sections].join('\n')
}

function describeSetting(code: string): string {
  return `Its severity can be set: \`lints: { ${code}: 'off' }\`, or 'warn' or 'error'.`
}

function hang(text: string, width: number): string {
  return `- ${wrap(text, '  ', width)}`
}

/** Lines of at most `width`; all but the first are indented. */
function wrap(text: string, indent: string, width: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    const room = width - indent.length
    if (line !== '' && line.length + 1 + word.length > room) {
      lines.push(line)
      line = word
    } else {
      line = line === '' ? word : `${line} ${word}`
    }
  }
  return [...lines, line].join(`\n${indent}`)
}

function upperFirst(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1)
}
