// docs/clients.md, made from the table of clients.
// In: the rows of src/cli/clients. Out: a page.
// INVARIANT: what it shows of a client is what `gateway connect` prints.

import type { Client } from '../../src/cli/clients/client.ts'
import { CLIENTS } from '../../src/cli/clients/clients.ts'
import { describePlace } from '../../src/cli/clients/place.ts'
import { fillIn, writeSnippet } from '../../src/cli/clients/snippet.ts'

export const CLIENTS_FILE = 'docs/clients.md'

const URL_THERE = 'https://gateway.example.com/mcp'

const HEAD = `# Clients

How each MCP client is set up: its file, its snippet, its limits. \`npm run docs\` writes this
page from the table that \`gateway connect\` uses.

\`\`\`sh
gateway connect                 # lists the clients
gateway connect cursor          # prints its config, and tests the token on stdin
gateway connect cursor --write  # writes its file; --undo takes the gateway out again
\`\`\`

\`gateway connect CLIENT\` takes the address from the config, or from \`--gateway URL\`, and the
token from stdin, \`--token-file\` or \`--token-env NAME\`. With a token it connects as the client
would: the protocol version and the name of that client, then its list of tools. It says how
many tools there are, which names are too long for this client, what it leaves out of schemas,
and to which servers you must sign in first; or why the client would fail. It exits with 1
if the client would fail.

\`--write\` changes only the entry \`gateway\` in the file. Comments, order, indentation and
line ends stay, a link stays a link, and the file as it was is kept beside it, as
\`FILE.before-gateway\`. Another server of this name is not replaced without \`--replace\`. A
file that cannot be read, or not edited safely, is left as it is. \`--project\` writes the file
of the current folder, \`--file FILE\` another one. \`--undo\` restores the file as it was, or,
where it has changed since, removes this entry alone.

Where a client can be told the name of a variable, or asks for the token itself, the token is
not in the file. Where it cannot, \`--write\` puts the token into the file and makes it
readable for you alone; such a file does not belong into git. No command prints a token:
a snippet has \`YOUR_TOKEN\` in its place.

If a server of your config has the name of a client, \`gateway connect NAME\` signs in to
the server; \`--client NAME\` names the client. \`gateway token issue\` with \`--client NAME\`
prints the same snippet beside a new token.

The key is \`gateway\` everywhere: a short key without \`_\` leaves the most room for the names
of tools. "We ran" is a version that we started on what is written here; the rest is from the
documentation and the source of the clients. [Compatibility](compatibility.md) says which
libraries of clients and servers we ran, feature by feature.
`

const WAYS: Readonly<Record<Client['token'], string>> = {
  variable: 'in an environment variable',
  asked: 'asked once, kept by the client',
  written: 'in the file',
}

export function writeClients(): string {
  const rows = CLIENTS.map(
    ({ name, title, token, tried }) =>
      `| ${title} | \`${name}\` | ${WAYS[token]} | ${tried ?? ''} |`,
  )
  return [
    HEAD,
    '| client | `gateway connect` | the token | we ran |',
    '|---|---|---|---|',
    ...rows,
    ...CLIENTS.flatMap(writeClient),
    '',
  ].join('\n')
}

function writeClient(client: Client): readonly string[] {
  const { title, file, paste, shortcuts = [], notes = [], bounds } = client
  const filled = fillIn(client, URL_THERE)
  const place = describePlace(client)
  const language = paste ? (file ? '' : pasteLanguage(client)) : file?.format
  const into = [
    ...(place ? [`\`${place}\``] : []),
    ...(file?.project && file.user ? [`\`${file.project}\` in a project`] : []),
    ...(paste ? [paste.into] : []),
  ]
  return [
    '',
    `## ${title}`,
    '',
    `Into ${into.join(', or ') || 'the file that it reads'}:`,
    '',
    `\`\`\`${language ?? ''}`,
    writeSnippet(client, filled),
    '```',
    ...shortcuts.flatMap(({ kind, write }) => [
      '',
      kind === 'link' ? 'Or this link:' : 'Or this command:',
      '',
      '```text',
      write(filled),
      '```',
    ]),
    ...list([...describeBounds(bounds), ...notes]),
  ]
}

function pasteLanguage({ paste, name }: Client): string {
  return paste && name === 'inspector' ? 'text' : 'json'
}

function describeBounds(bounds: Client['bounds']): readonly string[] {
  if (!bounds) return []
  const { prefix, name, tools, drops = [] } = bounds
  const own = prefix === '' ? '' : `, its own \`${prefix}\` included`
  return [
    ...(name
      ? [`Names up to ${name.most} characters${own}: ${name.beyond}.`]
      : []),
    ...(tools ? [`Up to ${tools.most} tools: ${tools.beyond}.`] : []),
    ...(drops.length > 0
      ? [
          `It leaves out of schemas: ${drops.map((one) => `\`${one}\``).join(', ')}.`,
        ]
      : []),
  ]
}

function list(lines: readonly string[]): readonly string[] {
  return lines.length === 0 ? [] : ['', ...lines.map((line) => `- ${line}`)]
}
