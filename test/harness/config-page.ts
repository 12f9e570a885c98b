// docs/config.md, made from the schema of the config.
// In: schema/gateway.schema.json, examples/reference. Out: a page.
// INVARIANT: each key has an anchor, its path with `-` in place of dots, so that
// a link to a key stays right.

import { KIND_EXAMPLES, LEADS } from './config-guides.ts'
import { KINDS } from './config-kinds.ts'
import {
  type ConfigRow,
  type ConfigSchema,
  readConfigRows,
} from './config-rows.ts'

export const CONFIG_FILE = 'docs/config.md'
export const SCHEMA_FILE = 'schema/gateway.schema.json'
export const REFERENCE_FILE = 'examples/reference/gateway.config.ts'

const HEAD = `# Config

Every key of \`gateway.config.ts\`. \`npm run docs\` writes this page from
\`schema/gateway.schema.json\`; editors show the same texts. JSON, YAML and TOML
files have the same keys: where an example calls a function such as \`bearer\`, they
contain the object that it returns.

A \`*\` in a path stands for a name that you choose. Each key links to itself, so you
can send its address to somebody. \`gateway check\` reports a key that does not exist,
with the nearest one that does.
`

/** Parts of \`servers\`, by a test of their rows. */
const PARTS: readonly {
  readonly title: string
  readonly has: (row: ConfigRow) => boolean
}[] = [
  { title: 'Sign-in to a server', has: ({ key }) => key.includes('.auth.') },
  { title: 'Every server', has: ({ definitions }) => definitions.length > 1 },
  {
    title: 'A server over HTTP',
    has: ({ definitions: [one] }) => one?.form === 'http',
  },
  { title: 'A program', has: () => true },
]

/** In the order in which a reader needs them. */
const ORDER = [
  'Every server',
  'A server over HTTP',
  'A program',
  'Sign-in to a server',
]

export function writeConfig(schema: ConfigSchema, example: string): string {
  const { rows } = readConfigRows(schema)
  const top = rows.filter(({ key }) => !key.includes('.'))
  const kinds = [...new Set([...KINDS.values()].map(({ path }) => path))]
  return [
    HEAD,
    writeOverview(top),
    ...top.map((row) => writeGroup(row, rows, example)),
    '## Kinds of values\n',
    writeKinds(schema),
    ...kinds.flatMap((kind) =>
      kind === undefined
        ? []
        : [
            `### ${kind}\n`,
            KIND_EXAMPLES[kind] ?? '',
            writeRows(rows.filter(({ key }) => key.startsWith(`${kind}.`))),
          ],
    ),
  ]
    .join('\n')
    .replaceAll(/\n{3,}/g, '\n\n')
}

function writeOverview(top: readonly ConfigRow[]): string {
  const rows = top.map(
    ({ key, anchor, definitions: [one] }) =>
      `| [\`${key}\`](#${anchor}) | ${escapeCell(cutSentence(one?.text ?? ''))} |\n`,
  )
  return `| key | what |\n|---|---|\n${rows.join('')}`
}

function cutSentence(text: string): string {
  return /^.+?(?:[.;](?=\s)|\.$)/.exec(text)?.[0].replace(/[.;]$/, '') ?? text
}

function writeGroup(
  row: ConfigRow,
  rows: readonly ConfigRow[],
  example: string,
): string {
  const own = rows.filter(({ key }) => key.startsWith(`${row.key}.`))
  const guides = LEADS[row.key] ?? []
  const links = guides.map(([text, href]) => `[${text}](${href})`)
  const shown = cutExample(example, row.key)
  return [
    `## ${row.key}\n`,
    `${describeRow(row).join('\n\n')}\n`,
    links.length === 0 ? '' : `Guides: ${links.join(', ')}.\n`,
    row.key === 'servers'
      ? writeServers(own)
      : own.length > 0
        ? writeRows(own)
        : '',
    row.key === 'servers' ? '### An example of servers\n' : '',
    `\`\`\`ts\n${shown}\n\`\`\`\n`,
  ].join('\n')
}

function writeServers(rows: readonly ConfigRow[]): string {
  const find = (row: ConfigRow) => PARTS.find(({ has }) => has(row))?.title
  return ORDER.map((title) => {
    const own = rows.filter((row) => find(row) === title)
    return `### ${title}\n\n${writeRows(own)}`
  }).join('\n')
}

function writeRows(rows: readonly ConfigRow[]): string {
  const lines = rows.map((row) => {
    const guides = (LEADS[row.key] ?? []).map(
      ([text, href]) => `[${text}](${href})`,
    )
    const more = guides.length === 0 ? [] : [`Guide: ${guides.join(', ')}.`]
    const cell = [...describeRow(row), ...more].join('<br>')
    return `| <a id="${row.anchor}"></a>[\`${row.key}\`](#${row.anchor}) | ${escapeCell(cell)} |\n`
  })
  return `| key | what |\n|---|---|\n${lines.join('')}`
}

/** What the key does, then its type and its default. */
function describeRow({ definitions }: ConfigRow): readonly string[] {
  const preset = join(
    definitions,
    '; with',
    ', ',
    ({ required, default: one }) =>
      required ? 'required' : one === undefined ? '' : `default: ${one}`,
  )
  const type = [...new Set(definitions.map((one) => one.type))].join(' or ')
  const facts = `*${[type, preset].filter(Boolean).join('; ')}*`
  const only = definitions.length === 1 && definitions[0]?.form
  const text = join(definitions, ' With', ': ', (one) => one.text)
  const form = only === 'oauth' ? 'Only with `oauth`. ' : ''
  return [...(form + text === '' ? [] : [form + text]), facts]
}

/** What all definitions say, or what each says with its form. */
function join(
  definitions: ConfigRow['definitions'],
  label: string,
  between: string,
  read: (one: ConfigRow['definitions'][number]) => string,
): string {
  const texts = [...new Set(definitions.map(read))]
  if (texts.length < 2) return texts[0] ?? ''
  return definitions
    .map((one) => `${label} \`${one.form}\`${between}${read(one)}`)
    .join('')
    .replace(/^[; ]+/, '')
}

function writeKinds(schema: ConfigSchema): string {
  const rows = [...KINDS].flatMap(([name, { label, anchor }]) => {
    const text = schema.$defs[name]?.description
    if (!anchor?.startsWith('kind-') || text === undefined) return []
    return [`| <a id="${anchor}"></a>${label} | ${escapeCell(text)} |\n`]
  })
  return `| kind | how it is written |\n|---|---|\n${rows.join('')}`
}

/** One member of the object that the example exports, with its comments. */
function cutExample(example: string, key: string): string {
  const lines = example.split('\n')
  const start = lines.findIndex((line) => line.startsWith(`  ${key}: `))
  if (start < 0) throw new Error(`examples/reference has no ${key}`)
  let from = start
  while (lines[from - 1]?.startsWith('  //')) from--
  const isOpen = /[[{(]$/.test(lines[start] ?? '')
  const end = isOpen
    ? lines.findIndex((line, at) => at > start && /^ {2}[\])}]/.test(line))
    : start
  return lines
    .slice(from, end + 1)
    .map((line) => line.replace(/^ {2}/, ''))
    .join('\n')
}

function escapeCell(text: string): string {
  return text.replaceAll('|', '\\|').replaceAll(/<(?!br>)(?=[a-z])/g, '&lt;')
}
