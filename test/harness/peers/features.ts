// The features of MCP that a peer may have, and what trying one says.
// In: nothing. Out: names, and the shape of a probe.

import type { AuditRecord } from '../../../src/contract/audit.ts'
import type { Peer } from './clients.ts'

/** Feature → how the document names it; in its order. */
export const FEATURES = {
  instructions: 'instructions',
  tools: 'tools',
  structured: 'structured results',
  content: 'images, embedded and linked resources',
  progress: 'progress',
  cancellation: 'cancellation',
  logging: 'log messages',
  resources: 'resources',
  templates: 'resource templates',
  subscriptions: 'resource updates',
  prompts: 'prompts',
  completion: 'completion',
  listChanged: 'changed lists',
  sampling: 'sampling',
  elicitation: 'elicitation by form',
  urlElicitation: 'elicitation by URL',
  roots: 'roots',
  tasks: 'tasks',
} as const

export type Feature = keyof typeof FEATURES

export const FEATURE_IDS = Object.keys(FEATURES) as readonly Feature[]

export interface Attempt {
  readonly peer: Peer
  /** What the gateway calls this server's tool or prompt. */
  at(name: string): string
  /** Waits until the peer has heard that, since the attempt began. */
  hear(what: RegExp): Promise<void>
  records(): readonly AuditRecord[]
}

/** Uses the feature once, as it is meant; throws what is wrong. */
export type Probe = (attempt: Attempt) => Promise<unknown>

/** A feature without a probe is one that the server does not offer. */
export type Probes = Partial<Readonly<Record<Feature, Probe>>>
