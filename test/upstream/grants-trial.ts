// Grants through an authorization server that fails, and a gateway that is
// killed, in short: `npm run trial:grants` is the same at length.
// Covers src/runtime/grants, src/runtime/oauth and src/runtime/upstream.

import t from 'tap'
import { Books } from '../harness/grants/books.ts'
import { runTrial } from '../harness/grants/run.ts'

t.test('nothing is lost, and nobody is asked without need', async (t) => {
  const load = {
    people: 12,
    servers: 2,
    kills: 1,
    calls: 120,
    seed: 7,
    ways: 4,
  }
  const trial = await runTrial(t, load)
  t.equal(trial.lost, 0, trial.told.join('\n'))
  t.equal(trial.crossed, 0, trial.told.join('\n'))
  t.equal(trial.prompts, trial.ended, 'whoever must sign in again was asked')
  t.ok(trial.answered >= load.calls)
})

t.test('a token that is used twice is a fault, unless it must be', (t) => {
  const books = new Books()
  const claims = { sub: 'p1', aud: 'x' }
  const part = Buffer.from(JSON.stringify(claims)).toString('base64url')
  let drawn = 0
  const give = (from: string, error = '') => {
    const refresh = `r${++drawn}`
    const asked = new URLSearchParams(from ? { refresh_token: from } : {})
    const access = `e30.${part}.${drawn}`
    const good = { access_token: access, refresh_token: refresh }
    const body = JSON.stringify(error ? { error } : good)
    const arrived = books.answered(asked, 'c', error ? 400 : 200, body)
    return { refresh, access, arrived }
  }
  const causes = () => Object.fromEntries(books.causes)
  const first = give('')
  const second = give(first.refresh)
  second.arrived()
  give(first.refresh, 'invalid_grant')
  t.same(causes(), { 'used twice': 1 })
  t.equal(books.faults.length, 1)
  t.ok(books.hasEnded('p1 x'))
  books.signedIn('p1 x')

  const third = give('')
  give(third.refresh)
  give(third.refresh, 'invalid_grant')
  t.match(causes(), { 'answer lost': 1 })
  books.signedIn('p1 x')

  const fourth = give('')
  const fifth = give(fourth.refresh)
  fifth.arrived()
  books.killed()
  books.started()
  give(fourth.refresh, 'invalid_grant')
  t.match(causes(), { 'killed before it was written': 1 })
  books.signedIn('p1 x')

  const sixth = give('')
  const seventh = give(sixth.refresh)
  seventh.arrived()
  books.used(seventh.access)
  books.killed()
  books.started()
  give(sixth.refresh, 'invalid_grant')
  t.match(causes(), { 'used twice': 2 }, 'who has used it had written it')
  books.signedIn('p1 x')

  const dead = give('')
  books.killed()
  const now = Date.now()
  while (Date.now() === now);
  give(dead.refresh).arrived()
  books.started()
  give(dead.refresh, 'invalid_grant')
  t.match(causes(), { 'killed while it asked': 1 })
  books.signedIn('p1 x')

  const eighth = give('')
  give(eighth.refresh, 'invalid_grant')
  t.match(causes(), { unexplained: 1 })
  t.equal(books.faults.length, 3)
  t.equal(books.ended, 6)
  t.end()
})
