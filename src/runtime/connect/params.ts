// What a request to the pages names: a server, and the fields of its form.
// In: a request. Out: texts.
// INVARIANT: a name of another form than those of the config is no server.

import type { FastifyRequest } from 'fastify'

const NAME = /^[a-z][a-z0-9-]{0,31}$/

/** Undefined: not the name of a server. */
export function readServer({ params }: FastifyRequest): string | undefined {
  return readName((params as { readonly server?: string }).server)
}

export function readName(text: string | null | undefined): string | undefined {
  return text && NAME.test(text) ? text : undefined
}

/** The body, read by the parser of forms. */
export function readForm({ body }: FastifyRequest): URLSearchParams {
  return body instanceof URLSearchParams ? body : new URLSearchParams()
}

export function readQuery({ url }: FastifyRequest): URLSearchParams {
  const at = url.indexOf('?')
  return new URLSearchParams(at === -1 ? '' : url.slice(at + 1))
}

/** Where the person wants to be: one of our own addresses. */
export function placeOf(server: string | undefined): string {
  return server === undefined ? '/connect' : `/connect/${server}`
}
