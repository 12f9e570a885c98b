// The one kind of body that pages take.
// In: a scope of a listener. Out: forms, as parameters.
// INVARIANT: nothing else is read, and at most 8 KiB.

import type { App } from '../http/app.ts'

const MAX_BYTES = 8 * 1_024

export function readFormsOnly(scope: App): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser(
    'application/x-www-form-urlencoded',
    { parseAs: 'string', bodyLimit: MAX_BYTES },
    (_request, body, done) => done(null, new URLSearchParams(String(body))),
  )
}
