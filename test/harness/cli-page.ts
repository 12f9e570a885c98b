// docs/cli.md, made from the verbs and from their own help.
// In: the verbs of src/cli. Out: a page.
// INVARIANT: what it shows of a verb is what `gateway VERB --help` prints where
// a line has 80 columns.

import { loadVerbs } from '../../src/cli/run.ts'
import { runHere } from './gateway.ts'

export const CLI_FILE = 'docs/cli.md'

const HEAD = `# The command line

Every verb of \`gateway\`, with its flags, what it reads, writes and contacts, and its exit
codes. \`npm run docs\` writes this page from the help that the program prints.

\`portcullis\` is a second name of the command. In a folder where the package is installed,
\`npx gateway\` runs it. In a folder without the package \`npx gateway\` would fetch a package
of somebody else, so jobs of CI say \`npx --no-install gateway\`.

- **Exit codes** of every verb: **0** OK, **1** not OK, **2** the question could not be
  answered. The environment never changes them.
- **Results** go to stdout, progress to stderr. Nothing is asked without a terminal.
- **\`--report FORM[=FILE]\`** chooses the form of a result: \`human\`, or \`json\` with a
  [schema](terminal.md#json) for each verb; some verbs also have \`github\`, \`sarif\`,
  \`markdown\` or \`csv\`, and can repeat it.
- **\`--cwd\`** and **\`--config\`** say where the config is. Without them the verb looks in the
  current folder and in those above it.

| verb | does |
|---|---|
`

interface Row {
  readonly name: string
  readonly summary: string
}

export async function listVerbs(): Promise<readonly Row[]> {
  const verbs = await loadVerbs()
  return verbs.flatMap((one) =>
    'verbs' in one
      ? one.verbs.map(({ name, summary }) => ({
          name: `${one.name} ${name}`,
          summary,
        }))
      : [{ name: one.name, summary: one.summary }],
  )
}

export async function writeCli(): Promise<string> {
  const verbs = await listVerbs()
  const rows = verbs.map(
    ({ name, summary }) =>
      `| [\`gateway ${name}\`](#gateway-${name.replace(' ', '-')}) | ${summary} |\n`,
  )
  const parts: string[] = []
  for (const { name } of verbs) {
    const { stdout } = await runHere([...name.split(' '), '--help'])
    parts.push(
      `\n## gateway ${name}\n\n\`\`\`text\n${stdout.trimEnd()}\n\`\`\`\n`,
    )
  }
  return HEAD + rows.join('') + parts.join('')
}
