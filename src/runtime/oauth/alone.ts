// What the sign-in of one server needs where no gateway runs: at a command line.
// In: a server that people sign in to, secrets. Out: what IssuerRequests takes.
// INVARIANT: nothing is kept on disk; secrets are in no text.

import type { HttpServer, OAuth } from '../../contract/table.ts'
import { NOWHERE, RegisteredClients } from '../grants/clients.ts'
import { Outward } from '../outward/outward.ts'
import { Redactor } from '../secrets/redact.ts'
import {
  listSecrets,
  resolveValues,
  resolveWritten,
} from '../secrets/resolve.ts'
import { Flows } from './flows.ts'
import type { IssuerRequestsOptions } from './issuer-requests.ts'
import type { SignedServer } from './signed-server.ts'

export interface AloneOptions
  extends Pick<SignedServer, 'name' | 'clock' | 'secrets' | 'resolve'> {
  readonly server: HttpServer
  readonly auth: OAuth
  /** With which the redirect address begins. */
  readonly origin: string
}

/** Most characters of a text for a person. */
const MAX_DETAIL = 1_000

export function makeAlone({
  origin,
  ...options
}: AloneOptions): IssuerRequestsOptions {
  const { server, secrets, clock } = options
  const redactor = new Redactor()
  for (const one of listSecrets([server.headers, server.url], secrets)) {
    redactor.add(one)
  }
  const at = resolveWritten(server.url, secrets, encodeURIComponent)
  return {
    ...options,
    store: { clients: new RegisteredClients(NOWHERE, []) },
    flows: new Flows(clock),
    publicOrigin: () => origin,
    url: () => new URL(at),
    headers: () => resolveValues(server.headers, secrets),
    outward: new Outward(server, secrets),
    hide: (text, place, kept) => redactor.add(text, place, kept),
    unhide: (place) => redactor.forget(place),
    tell: (text) => redactor.redactText(text, MAX_DETAIL),
  }
}
