// The address of the endpoint that clients use.
// In: `--gateway`, or the config. Out: a URL with a path.
// INVARIANT: https, or http on this host: a token goes to it.

import { DEFAULTS } from '../contract/defaults.ts'
import { publicOrigin } from '../contract/origins.ts'
import type { RoutingTable } from '../contract/table.ts'
import { Unanswerable } from '../diagnostics/unanswerable.ts'
import { compileConfig } from './compiled.ts'
import { readEndpoint } from './mcp/post.ts'
import type { ConfigOptions, Io } from './verb.ts'

export interface EndpointOptions extends ConfigOptions {
  readonly gateway?: string
}

export interface Endpoint {
  readonly url: string
  /** Of the config; undefined where `--gateway` names the address. */
  readonly table: RoutingTable | undefined
}

export async function findEndpoint(
  options: EndpointOptions,
  io: Io,
): Promise<Endpoint> {
  const { gateway } = options
  if (gateway !== undefined) {
    const url = readEndpoint(gateway, DEFAULTS.listen.path)
    return { url, table: undefined }
  }
  const { artefact } = await compileConfig(options, io)
  if (!artefact) {
    throw new Unanswerable(
      'no config without errors here: name the gateway with --gateway',
    )
  }
  const { table } = artefact
  if (table.listen.port === 0 && table.listen.publicUrl === null) {
    throw new Unanswerable(
      'the config leaves the port open: give the address that `gateway serve` printed with --gateway',
    )
  }
  return { url: readEndpoint(endpointOf(table), table.listen.path), table }
}

export function endpointOf({ listen }: Pick<RoutingTable, 'listen'>): string {
  return publicOrigin(listen) + listen.path
}
