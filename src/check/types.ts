// A value of a type that the schema does not accept: what to write instead.
// In: ajv's error. Out: a finding whose help is an example of the right form.
// INVARIANT: wherever possible, the example contains the value at hand, so that
// it can be pasted.

import type { Diagnostic, Word } from '../contract/diagnostic.ts'
import { showPath, splitPointer } from '../diagnostics/pointer.ts'
import { finding } from '../diagnostics/report.ts'
import type { Fault } from './fault.ts'
import { formatMilliseconds } from './guess.ts'
import {
  formatKey,
  joinWords,
  nameType,
  nameValue,
  quoteLiteral,
} from './words.ts'

/** Definitions of the schema whose name is clearer than "a text". */
const WORDS: Readonly<Record<string, string>> = Object.freeze({
  duration: 'a duration',
  instant: 'an instant',
  secretRef: 'a reference to a secret',
})

type Example = (data: unknown, servers: readonly string[]) => string | undefined

/** Objects by their definition in the schema. */
const BY_FORM: Readonly<Record<string, Example>> = Object.freeze({
  entries: nameServer,
  selectors: nameServer,
  role: (data) => `write { allow: { SERVER: ${showList(data)} } }`,
  team: (data) => `write { roles: ${showList(data)} }`,
  limit: () => "write { on: { SERVER: ['*'] }, calls: 60, per: 'minute' }",
  expectation: () => "write { role: 'ROLE', deny: { SERVER: ['TOOL'] } }",
  constraint: (data) =>
    Array.isArray(data)
      ? `write { in: ${showList(data)} }`
      : String(data).includes('*')
        ? `write { glob: ${quoteLiteral(data)} }`
        : `write { equals: ${quoteLiteral(data)} }`,
  server: () => "write http({ url: '…' }) or stdio({ command: '…' })",
  httpServer: () => "write http({ url: '…' })",
  stdioServer: () => "write stdio({ command: '…' })",
  values: () => "write { NAME: 'value' }",
  signIn: () =>
    "write oauth({ as: 'person' }), oauth({ as: 'gateway' }) or clientCredentials({ client: … })",
  oauth: () => "write oauth({ as: 'person' }) or oauth({ as: 'gateway' })",
  clientCredentials: () =>
    "write clientCredentials({ client: { id: 'ID', secret: secret('env:NAME') } })",
  provenClient: () => "write { id: 'ID', secret: secret('env:NAME') }",
  oauthClient: () => "write { id: 'ID', secret: secret('env:NAME') }",
})

/** Objects by their place. */
const BY_PLACE: readonly (readonly [RegExp, Example])[] = [
  [/^$/, () => 'write `export default defineGateway({ … })`'],
  [
    /^\/(?:servers|roles|teams|limits|tests)$/,
    () => 'write an object with a name for each: { name: … }',
  ],
  [
    /^\/(?:listen|admin)$/,
    (data) =>
      typeof data === 'number'
        ? `write { port: ${data} }`
        : "write { host: '127.0.0.1', port: 4600 }",
  ],
  [
    /^\/limits\/[^/]+\/for$/,
    (data) => `write { teams: ${showList(data)} } or { roles: … }`,
  ],
  [
    /^\/tokens\/grants$/,
    () => 'write an object with an id for each: { id: … }',
  ],
  [/\/proxy\/auth$/, () => "write basic('USER', 'env:PROXY_PASSWORD')"],
  [/\/basic$/, () => "write basic('USER', 'env:NAME')"],
  [/\/scheme$/, () => "write scheme('Sentry-Bearer', 'env:NAME')"],
  [/\/client\/secret$/, () => "write secret('env:NAME')"],
  [/\/client\/key$/, () => "write secret('file:gw.jwk')"],
  [/\/when$/, () => "write { argument: { equals: 'value' } }"],
]

export function describeType(
  { instancePath, form, data, servers }: Fault,
  type: string | readonly string[],
): Diagnostic {
  const wanted = [type].flat()
  const word = WORDS[form] ?? joinWords(wanted.map(nameType))
  const message = `${showPath(instancePath)} must be ${word}, not ${nameValue(data)}`
  const help =
    form === 'duration'
      ? addUnit(data)
      : showExample(wanted, { instancePath, form, data, servers })
  const plain = `write ${word}`
  const now = findCertain(wanted, help ?? '', data)
  const certain =
    now === undefined
      ? {}
      : { word: { part: 'value', was: String(data), now } as const }
  const said = { help: help ?? plain, ...certain }
  return finding('GW2003', instancePath, message, said)
}

/** The help where only one example is possible. */
function findCertain(
  wanted: readonly string[],
  help: string,
  data: unknown,
): Word['now'] {
  if (typeof data !== 'string') return undefined
  if (help.startsWith('write a list: [')) return [data]
  const whole = wanted.includes('integer') && /^(?:0|[1-9]\d{0,14})$/.test(data)
  return whole ? Number(data) : undefined
}

function showExample(
  wanted: readonly string[],
  {
    instancePath,
    form,
    data,
    servers,
  }: Pick<Fault, 'instancePath' | 'form' | 'data' | 'servers'>,
): string | undefined {
  const text = typeof data === 'string'
  const place = BY_PLACE.find(([pattern]) => pattern.test(instancePath))
  if (wanted.includes('object') && !wanted.includes('string')) {
    return (BY_FORM[form] ?? place?.[1])?.(data, servers)
  }
  if (/\/exec$/.test(instancePath)) {
    return "write a list with the program and each argument: ['op', 'read', 'op://vault/item/field']"
  }
  if (form === 'secretRef') {
    return "write 'env:NAME', 'file:/path' or { exec: ['PROGRAM', 'ARGUMENT'] }"
  }
  if (Array.isArray(data)) {
    const entry = form === 'entry' || form === 'selector'
    if (entry || /\/(?:tool|resource|prompt)$/.test(instancePath)) {
      return 'write one entry for each'
    }
    if (!/\/command$/.test(instancePath)) return undefined
    return 'write only the program here, and its arguments in `args`'
  }
  if (/\/args$/.test(instancePath) && /\s/.test(String(data))) {
    return "write a list with one element for each argument: ['-y', 'PACKAGE']"
  }
  if (instancePath === '/listen/behindProxy') {
    return "write the addresses of the proxies: ['10.0.0.0/8']"
  }
  if (text && wanted.includes('array')) return `write a list: ${showList(data)}`
  if (text) return unquote(wanted, instancePath, data)
  const scalar = typeof data === 'number' || typeof data === 'boolean'
  if (!scalar || !wanted.includes('string')) return undefined
  return `write it in quotes: '${data}'`
}

/** A text where a number or a boolean is required. */
function unquote(
  wanted: readonly string[],
  pointer: string,
  text: string,
): string | undefined {
  const forms = [
    wanted.includes('boolean') && /^(?:true|false)$/,
    wanted.includes('integer') && /^\d{1,15}$/,
    wanted.includes('number') && /^-?\d{1,15}(?:\.\d{1,15})?$/,
  ]
  if (forms.some((form) => form !== false && form.test(text))) {
    return `write it without quotes: ${text}`
  }
  const rate = /^(\d{1,9}) ?(?:\/|per) ?\w+$/.exec(text)?.[1]
  if (!rate || splitPointer(pointer).at(-1) !== 'calls') return undefined
  return `write calls: ${rate}, and the time as \`per\``
}

/** A number without a unit: seconds, unless it is too large for that. */
function addUnit(data: unknown): string | undefined {
  if (typeof data !== 'number' || !(data > 0)) return undefined
  const seconds = Number.isInteger(data)
    ? `${data}s`
    : formatMilliseconds(Math.round(data * 1000))
  const meant = data < 1000 ? seconds : formatMilliseconds(Math.round(data))
  return meant && `write '${meant}': a duration has a unit`
}

/** A list where an object by server is required: of servers, or of tools. */
function nameServer(data: unknown, servers: readonly string[]): string {
  const list = [data].flat()
  if (list.length > 0 && list.every((one) => servers.includes(String(one)))) {
    return `write { ${list.map((name) => `${formatKey(String(name))}: ['*']`).join(', ')} }`
  }
  return `name the server: { SERVER: ${showList(data)} }`
}

function showList(data: unknown): string {
  const list = Array.isArray(data) ? data : [data]
  const plain = list.length > 0 && list.every((one) => typeof one !== 'object')
  return plain ? `[${list.map(quoteLiteral).join(', ')}]` : '[…]'
}
