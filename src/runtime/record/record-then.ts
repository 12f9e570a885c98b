// What goes on after an audit record.
// INVARIANT: if the record cannot be written and the config says `refuse`, only
// `refuse` is called; an exception ends one request.

import type { Logger } from '../../contract/log.ts'
import type { Line } from '../audit/batch.ts'
import type { AuditLog, Waiting } from '../audit/log.ts'
import { renderNoticeRecord } from '../audit/notice-record.ts'
import type { Routing } from '../catalog/routing.ts'

interface Recording {
  readonly audit: AuditLog
  readonly log: Logger
}

/** Waits for a record. What each call does after its records is a class: closures
 * would take 600 bytes more a call. */
export abstract class AfterRecord<Of extends Recording> implements Waiting {
  protected readonly runtime: Of
  protected readonly routing: Routing

  constructor(runtime: Of, routing: Routing) {
    this.runtime = runtime
    this.routing = routing
  }

  protected abstract act(): void
  protected abstract refuse(): void

  recorded(failure: Error | null): void {
    const { audit, log } = this.runtime
    const { table, digest } = this.routing
    if (failure) log.error(failure, 'the audit cannot be written')
    if (failure && table.audit.onFailure === 'refuse') return this.refuse()
    try {
      this.act()
    } catch (error) {
      log.error(error, 'a bug: a request was dropped')
      audit.append(renderNoticeRecord('fault', digest, null))
      this.refuse()
    }
  }
}

class Callbacks extends AfterRecord<Recording> {
  readonly #act: () => void
  readonly #refuse: () => void

  constructor(
    runtime: Recording,
    routing: Routing,
    act: () => void,
    refuse: () => void,
  ) {
    super(runtime, routing)
    this.#act = act
    this.#refuse = refuse
  }

  protected act(): void {
    this.#act()
  }

  protected refuse(): void {
    this.#refuse()
  }
}

/** Writes a record, then continues. `record`: its fields, or all that was added to
 * the line that the audit began last. */
export function recordThen(
  runtime: Recording,
  routing: Routing,
  record: string | Line,
  act: () => void,
  refuse: () => void,
): void {
  const { audit } = runtime
  const next = new Callbacks(runtime, routing, act, refuse)
  if (typeof record !== 'string') return audit.end(next)
  audit.append(record, (failure) => next.recorded(failure))
}
