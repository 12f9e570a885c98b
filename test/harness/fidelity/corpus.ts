// Everything that the exact server says, by name: 600 texts and more.
// In: an era. Out: what each call answers, and what each list holds.
// INVARIANT: `text` is all of a result or an error, byte for byte.

import { ICONS, nest, ODD, SCHEMAS } from './values.ts'

export type Era = 'legacy' | 'modern'

export interface Case {
  readonly name: string
  readonly via: 'tool' | 'prompt' | 'resource'
  readonly member: 'result' | 'error'
  readonly text: string
  /** What it is to become on its way, where the gateway has a say in it. */
  readonly becomes?: string
  /** Notifications ahead of it; TOKEN is the caller's own. */
  readonly notices?: readonly string[]
}

export interface Corpus {
  readonly cases: readonly Case[]
  /** The items of each list. */
  readonly lists: Readonly<Record<ListName, readonly string[]>>
}

export type ListName = 'tools' | 'prompts' | 'resources' | 'resourceTemplates'

export const TOKEN = '<<token>>'

const all = { ...ODD, ...SCHEMAS, ...ICONS }

export function makeCorpus(era: Era): Corpus {
  const modern = era === 'modern'
  const type = modern ? '"resultType":"complete",' : ''
  const last = modern ? ',"resultType" : "complete"' : ''
  const cache = modern ? '"ttlMs":1.0e3,"cacheScope":"private",' : ''
  const cases: Case[] = []
  const add = (
    via: Case['via'],
    name: string,
    text: string,
    notices?: readonly string[],
  ) => {
    const member = name.startsWith('error-') ? 'error' : 'result'
    cases.push({ via, name, member, text, ...(notices && { notices }) })
  }
  for (const [key, odd] of Object.entries(all)) {
    add(
      'tool',
      `structured-${key}`,
      `{${type}"content":[],"structuredContent":${odd}}`,
    )
    add(
      'tool',
      `unknown-${key}`,
      `{"content":[{"type":"x-new","x":${odd}}],"x-own":${odd}${last}}`,
    )
    add(
      'tool',
      `meta-${key}`,
      `{"_meta":{"example.com/a":${odd},"b":{"c":[${odd}]}},"content":[]${last}}`,
    )
    add(
      'tool',
      `block-${key}`,
      `{${type}"content":[{"text":"t","annotations":{"priority":1.0,"x":${odd}},"type":"text","_meta":{"x":${odd}}}],"isError":false}`,
    )
    add(
      'tool',
      `failed-${key}`,
      `{${type}"isError" : true,"content":[{"type":"text","text":"no","x":${odd}}]}`,
    )
    add(
      'tool',
      `error-${key}`,
      `{"data":${odd},"code":-32055,"message":"no \\u0061","x-own":${odd}}`,
    )
    add(
      'prompt',
      `prompt-${key}`,
      `{${type}"messages":[{"x":${odd},"content":{"text":"t","type":"text","x":${odd}},"role":"user"}],"x":${odd}}`,
    )
    add(
      'resource',
      `read-${key}`,
      `{${type}${cache}"contents":[{"x":${odd},"uri":"odd://read-${key}","text":"\\u0061","_meta":{"x":${odd}}}],"x":${odd}}`,
    )
    add('tool', `told-${key}`, `{"content":[]${last}}`, [
      `{"method":"notifications/progress","jsonrpc":"2.0","params":{"x":${odd},"progressToken":${TOKEN},"progress":1.0,"total":1e2,"message":"\\u0061","_meta":{"x":${odd}}}}`,
      `{"jsonrpc":"2.0","x-own":${odd},"params":{"data":${odd},"logger":"l\\/m","level":"warning","x":${odd}},"method":"notifications/message"}`,
    ])
  }
  for (const [name, text] of Object.entries(WHOLE)) {
    const typed = text.endsWith('}') ? `${text.slice(0, -1)}${last}}` : text
    add('tool', name, name.startsWith('error-') ? text : typed)
  }
  if (modern) cases.push(...OWNED)
  return { cases, lists: makeLists(cases) }
}

/** Results and errors that are odd as a whole. */
const WHOLE: Readonly<Record<string, string>> = {
  'every-block':
    '{"content":[{"type":"text","text":"a"},{"mimeType":"image/png","type":"image","data":"AA=="},' +
    '{"type":"audio","data":"AA==","mimeType":"audio\\/wav"},' +
    '{"type":"resource_link","uri":"odd://read-null","name":"n","size":9007199254740993,"icons":[{"src":"x"}]},' +
    '{"type":"resource","resource":{"uri":"u:x","blob":"AA==","_meta":{"a":1.0}}},' +
    '{"type":"tool_use","id":"1","name":"n","input":{}},{"type":""},{},{"text":1}]}',
  'content-missing': '{"structuredContent":[1.0]}',
  'content-odd': '{"content":{"0":1.0}}',
  'result-odd': '{"x":1.0,"content":null,"isError":"true"}',
  'spread-out':
    '{\n  "content" : [\n\t{ "type" : "text" , "text" : "a" }\r\n ] ,\n  "n" : 1.0\n}',
  'deep-meta': `{"_meta":${nest(50, '[1e2]')},"content":[]}`,
  'very-long': `{"content":[{"type":"text","text":"${'\\u00e9é0'.repeat(150_000)}"}]}`,
  'ui-meta':
    '{"content":[],"_meta":{"ui":{"resourceUri":"ui://a/b","x":1.0},"ui/resourceUri":"ui:\\/\\/a/b"}}',
  'server-info':
    '{"content":[],"_meta":{"io.modelcontextprotocol/serverInfo":{"version":"1","name":"\\u0061"}}}',
  'trace-meta':
    '{"_meta":{"traceparent":"00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"},"content":[]}',
  'error-plain': '{"code":-32000,"message":""}',
  'error-spread':
    '{ "message" : "a\\nb" ,\n "code" : -32603 , "data" : [ 1.0 ] }',
  'error-positive': '{"code":1e2,"message":"x","data":null}',
  'error-url':
    '{"code":-32042,"message":"m","data":{"elicitations":[{"mode":"url","elicitationId":"e","url":"https:\\/\\/example.invalid"}]}}',
}

/** Of a modern server: what must be there is, and for whom it may be kept. */
const OWNED: readonly Case[] = [
  {
    via: 'tool',
    name: 'type-missing',
    member: 'result',
    text: '{ "content" : [ ] , "x" : 1.0 }',
    becomes: '{"resultType":"complete", "content" : [ ] , "x" : 1.0 }',
  },
  {
    via: 'resource',
    name: 'read-by-all',
    member: 'result',
    text: '{"cacheScope" : "public" ,"resultType":"complete","contents":[],"ttlMs":1e3}',
    becomes:
      '{"cacheScope" : "private" ,"resultType":"complete","contents":[],"ttlMs":1e3}',
  },
]

function makeLists(cases: readonly Case[]): Corpus['lists'] {
  const odd = Object.entries(all)
  const small = odd.filter(([, text]) => text.length < 20_000)
  const plain = (via: Case['via']) => cases.filter((one) => one.via === via)
  return {
    tools: [
      ...small.map(
        ([key, text]) =>
          `{"x-own":${text},"inputSchema":{"type":"object","x":${text}},` +
          `"name":"tool-${key}","_meta":{"x":{"y":${text}}},"icons":[{"src":"s","x":${text}}]}`,
      ),
      ...Object.entries(SCHEMAS).map(
        ([key, text]) =>
          `{ "name" : "both-${key}" ,"outputSchema":${text},\n\t"inputSchema" : ${text} }`,
      ),
      ...plain('tool').map(
        ({ name }) =>
          `{"title":"\\u0061","inputSchema":{"type":"object"},"name":"${name}","annotations":{"readOnlyHint":true,"x":1.0}}`,
      ),
    ],
    prompts: [
      ...small.map(
        ([key, text]) =>
          `{"arguments":[{"x":${text},"name":"a"}],"x":${text},"name":"listed-${key}"}`,
      ),
      ...plain('prompt').map(({ name }) => `{"name":"${name}"}`),
    ],
    resources: [
      ...small.map(
        ([key, text]) =>
          `{"size":1.0,"x":${text},"annotations":{"x":${text}},"uri":"listed://${key}","name":"n"}`,
      ),
      ...plain('resource').map(
        ({ name }) => `{"name":"n","uri":"odd:\\/\\/${name}"}`,
      ),
    ],
    resourceTemplates: small.map(
      ([key, text]) =>
        `{"_meta":{"x":${text}},"name":"n","uriTemplate":"t-${key.toLowerCase()}://{id}"}`,
    ),
  }
}
