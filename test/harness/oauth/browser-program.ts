// A browser as a program: `BROWSER` of a test names it.
// In: an address, and a file where it writes. Out: what the way back answered.
// With `forge` in that file's name it first brings what others could bring.

import { appendFileSync } from 'node:fs'
import { request } from 'node:http'
import { browse } from './interactions.ts'

const [, , notes = '', address = ''] = process.argv
const redirect = new URL(address).searchParams.get('redirect_uri') ?? ''
const note = (text: string) => appendFileSync(notes, `${text}\n`)

note(`address ${address}`)
const callback = await browse(address, redirect)
if (notes.includes('forge')) {
  const other = new URL(callback)
  other.searchParams.set('state', 'x'.repeat(43))
  note(`state ${(await fetch(other)).status}`)
  const elsewhere = new URL(callback)
  elsewhere.pathname = '/callback'
  note(`path ${(await fetch(elsewhere)).status}`)
  note(`post ${(await fetch(callback, { method: 'POST' })).status}`)
  note(`host ${await askAs('localhost', callback)}`)
}
const answer = await fetch(callback)
note(`page ${answer.status} ${await answer.text()}`)

/** As a page of another name that resolves to this host would ask. */
function askAs(host: string, { href, port }: URL): Promise<number> {
  const headers = { host: `${host}:${port}` }
  return new Promise((resolve, reject) => {
    request(href, { headers }, (got) => {
      got.resume()
      resolve(got.statusCode ?? 0)
    })
      .on('error', reject)
      .end()
  })
}
