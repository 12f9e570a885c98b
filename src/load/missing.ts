// What a config uses that Node or a browser has, but the engine does not have.
// In: the exception, its place, the sources. Out: a finding, or undefined.
// INVARIANT: reads the source only to find the name of the used member.

import type { Diagnostic, Range } from '../contract/diagnostic.ts'
import { quote } from '../diagnostics/credential.ts'
import type { Sources } from '../diagnostics/locate.ts'
import { finding } from '../diagnostics/report.ts'

const HOST = [
  'AbortController',
  'Atomics',
  'Blob',
  'Buffer',
  'Event',
  'EventTarget',
  'Intl',
  'TextDecoder',
  'TextEncoder',
  'URL',
  'URLSearchParams',
  'WebAssembly',
  'WebSocket',
  'Worker',
  '__dirname',
  '__filename',
  'crypto',
  'exports',
  'fetch',
  'global',
  'module',
  'navigator',
  'performance',
  'process',
  'queueMicrotask',
  'require',
  'setImmediate',
  'setInterval',
  'setTimeout',
  'structuredClone',
]

const ENDS = ['process.abort', 'process.exit', 'process.kill']

const HELP =
  'a config is evaluated by an engine that has the language but no functions of a ' +
  'host: load data with `import`, and write other values out'

export function describeMissing(
  thrown: string,
  at: Range | undefined,
  texts: Sources['texts'],
): Diagnostic | undefined {
  const [, name = ''] =
    /^ReferenceError: (\w+) is not defined$/.exec(thrown) ?? []
  if (!HOST.includes(name)) return undefined
  const used = at ? readMember(name, at, texts) : name
  const extras = at ? { at } : {}
  if (ENDS.includes(used)) {
    const message = `the config calls ${quote(used)}`
    return finding('GW1009', '', message, extras)
  }
  const message = `the config uses ${quote(used)}, which is not available to it`
  return finding('GW1011', '', message, { ...extras, help: HELP })
}

/** `process.cwd`, if the source contains it there. */
function readMember(
  name: string,
  { file, start }: Range,
  texts: Sources['texts'],
): string {
  const line = texts[file]?.split('\n')[start.line - 1] ?? ''
  const [written = name] =
    /^\w+(?:\.\w+)?/.exec(line.slice(start.column - 1)) ?? []
  return written.startsWith(name) ? written : name
}
