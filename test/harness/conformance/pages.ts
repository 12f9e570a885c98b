// How the suite's people sign in at the gateway: on its own pages, as with a
// browser.
// In: the gateway, a token, the address of a page. Out: whether they are signed
// in.

import { join } from 'node:path'
import { deriveToken, readKey } from '../../../src/runtime/base/key.ts'
import { findOnward, type Seen, Walker } from '../oauth/walk.ts'
import type { ServeProcess } from '../process.ts'
import { send } from '../wire.ts'
import type { Note } from './sign-in.ts'

export type SignIn = (page: string) => Promise<boolean>

/** As a person with a token. `own`: the origin that the gateway listens at. */
export function signInAs(token: string, own: string, note: Note): SignIn {
  return async (page) => {
    const { pathname } = new URL(page)
    const walker = makeWalker(page, own)
    const entrance = await walker.get(page)
    const inside = await walker.submit(entrance, '/connect/session', { token })
    return walkOn(
      walker,
      await walker.submit(inside, `${pathname}/begin`),
      note,
    )
  }
}

/** As an operator, for the shared account. */
export async function signInAsGateway(
  { adminUrl, localUrl: own }: Pick<ServeProcess, 'adminUrl' | 'localUrl'>,
  folder: string,
  server: string,
  note: Note,
): Promise<boolean> {
  const key = deriveToken(readKey(join(folder, 'gateway.key')), 'admin')
  const { body } = await send(`${adminUrl}/connect/${server}`, {
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
    },
    body: '{}',
  })
  const { code, url } = JSON.parse(body)
  const walker = makeWalker(url, new URL(own).origin)
  const form = await walker.get(url)
  return walkOn(walker, await walker.submit(form, '/operator', { code }), note)
}

function makeWalker(page: string, own: string): Walker {
  const { origin } = new URL(page)
  return new Walker(origin === own ? {} : { [origin]: own })
}

/** Where the suite's authorization server answers at once. */
async function walkOn(
  walker: Walker,
  page: Seen,
  note: Note,
): Promise<boolean> {
  const isOnward = page.text.includes('http-equiv="refresh"')
  const last = isOnward ? await walker.get(findOnward(page)) : page
  if (last.text.includes('is connected')) return true
  const said = last.text
    .replace(/<style[\s\S]*?<\/style>/g, '')
    .replace(/<[^>]*>/g, ' ')
  note(`not signed in: ${said.replace(/\s+/g, ' ')}\n`)
  return false
}
