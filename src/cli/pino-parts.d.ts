// The part of pino that levels and forms events. The whole also opens threads
// and files: at a start it takes four times as long, and twice the memory.
// INVARIANT: its second argument, a stream, is not read: see `browser.write`.

declare module 'pino/browser.js' {
  import type { Logger, LoggerOptions } from 'pino'

  export function pino(options: LoggerOptions): Logger
}
