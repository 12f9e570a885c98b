// Files of clients as attackers write them, and as accidents leave them.
// In: nothing. Out: texts for any place of a file; files that cannot be read.

/** Texts that try to leave their quotes, their comment or their line. */
export const HOSTILE = [
  "'",
  '"',
  '`\u0024{process.exit(1)}`',
  "\\'; process.exit(1) //",
  '*/ process.exit(1) /*',
  '\n process.exit(1)',
  '\r\n// x',
  'a\u2028process.exit(1)\u2029b',
  '\u202e\u2066reversed',
  '\u001b[2J\u001b]0;title\u0007',
  '\ud800',
  '</script><!-- -->',
  '##[error]x',
  '::set-output name=a::b',
  '__proto__',
  'constructor',
  'toString',
  '\u0024{',
  '\u0024{env:}',
  '\u0024{env:__proto__}',
  '\\',
  '\\u0027',
  '\u00a0\u200b',
  'a\u0301\u0301\u0301\u0301\u0301',
  '%',
  '{{x}}',
  'QUESTION: none',
  'a'.repeat(5000),
  '../../../etc/passwd',
  'http://x:y@[::1',
  'https://h\n.example/',
]

/** A secret that is in each of the broken files, or could be. */
export const HIDDEN = 'Tr0ub4dor-and-3'

/** Files that cannot be read, and what is said of each. */
export const BROKEN: Readonly<
  Record<string, [text: string | Buffer, said: RegExp]>
> = {
  'comma.json': [
    `{"mcpServers": {"a": {"env": {"T": "${HIDDEN}" "U": 1}}}}`,
    /^error: comma\.json:1:\d+: a comma is missing here$/m,
  ],
  'bare.json': [
    `{"mcpServers": {"a": {"token": ${HIDDEN}}}}`,
    /bare\.json:1:\d+: this is not a JSON value/,
  ],
  'open.json': [
    `{"mcpServers": {"a": "${HIDDEN}`,
    /open\.json:1:22: the text is not closed/,
  ],
  'a.toml': [`[mcp_servers.a]\nurl = ${HIDDEN}\n`, /a\.toml:2:\d+: /],
  'b.yaml': [
    `extensions:\n  a: {uri: "${HIDDEN}"\n`,
    /b\.yaml:2:\d+: a `\{` is not closed/,
  ],
  'wide.json': [
    Buffer.from('\ufeff{}', 'utf16le'),
    /wide\.json: the file is written in UTF-16/,
  ],
  'nul.json': [
    `{"a":"\0${HIDDEN}"}`,
    /nul\.json: the file contains a NUL byte/,
  ],
  'empty.json': [' \n', /empty\.json: the file is empty/],
  'text.txt': [
    `just ${HIDDEN}`,
    /text\.txt: the file is neither JSON, TOML nor YAML/,
  ],
  'other.json': [
    `{"name": "${HIDDEN}"}`,
    /other\.json: no MCP server is in this file/,
  ],
  'deep.json': [
    '['.repeat(100_000),
    /deep\.json:1:\d+: .*nested deeper than 64/,
  ],
  'deep.yaml': [
    `a: ${'['.repeat(100_000)}`,
    /deep\.yaml:1:\d+: .*nested deeper/,
  ],
  'conflict.json': [
    `<<<<<<< HEAD\n{"a": 1}\n`,
    /conflict\.json:1:1: .*merge conflict/,
  ],
  'many.json': [
    `{"a":[${'1,'.repeat(600_000)}1]}`,
    /many\.json:1:\d+: .*more than/,
  ],
  'servers.json': [
    JSON.stringify({
      mcpServers: Object.fromEntries(
        Array.from({ length: 501 }, (_, at) => [at, { command: 'a' }]),
      ),
    }),
    /servers\.json: its servers are more than 500, or larger than 1 MiB/,
  ],
  'long.json': [
    `{"mcpServers":{"a":{"command":"${'\\n'.repeat(2 ** 20)}"}}}`,
    /long\.json: its servers are more than 500, or larger than 1 MiB/,
  ],
  'bomb.yaml': [
    `a: &a [x,x,x,x,x,x,x,x,x,x]\n${[...'bcdefgh'].map((key, at) => `${key}: &${key} [${`*${'abcdefg'[at]},`.repeat(10)}]`).join('\n')}`,
    /bomb\.yaml:\d+:\d+: the aliases stand for more/,
  ],
}
