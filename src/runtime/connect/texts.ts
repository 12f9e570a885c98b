// Parts of pages that several of them use.
// In: times, fields, what just happened. Out: Html.
// INVARIANT: a message to read at once has a role that screen readers announce.

import { type Html, html } from './html.ts'

const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ')

/** `30 Nov 2026, 10:24 UTC`: a page without a script knows no zone. */
export function renderTime(at: number): Html {
  const instant = new Date(at).toISOString()
  const [date = '', time = ''] = instant.split('T')
  const [year, month, day] = date.split('-').map(Number)
  const shown = `${day} ${MONTHS[(month ?? 1) - 1]} ${year}, ${time.slice(0, 5)} UTC`
  return html`<time datetime="${instant}">${shown}</time>`
}

/** Good news. */
export function renderStatus(text: string): Html {
  return html`<div class="card note" role="status"><p>${text}</p></div>`
}

export function renderAlert(text: string): Html {
  return html`<div class="card note bad" role="alert"><p>${text}</p></div>`
}

export function countTools(count: number): string {
  return count === 1 ? '1 tool' : `${count} tools`
}
