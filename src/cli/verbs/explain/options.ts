// The flags of `gateway explain`.
// In: nothing. Out: the interface.

import type { Kind } from '../../../contract/table.ts'
import type { ConfigOptions } from '../../verb.ts'
export interface ExplainOptions extends ConfigOptions {
  readonly tool?: string
  readonly args?: string
  readonly kind?: Kind
  readonly failOn?: 'allowed' | 'refused'
  readonly report: 'human' | 'json' | 'markdown'
}
