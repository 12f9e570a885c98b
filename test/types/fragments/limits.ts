import { limitsFor } from 'portcullis'
import { servers } from './servers.ts'
import { roles, teams } from './teams.ts'

export const limits = limitsFor({ servers, roles, teams })({
  each: { on: { github: ['*'] }, for: { teams: ['platform'] }, concurrent: 1 },
  //! TS2561 Did you mean to write 'github'?
  server: { on: { githb: ['*'] }, concurrent: 1 },
  //! TS2820 Did you mean '"interns"'?
  team: { on: {}, for: { teams: ['intern'] }, concurrent: 1 },
  //! TS2820 Did you mean '"engineer"'?
  role: { on: {}, for: { roles: ['enginer'] }, concurrent: 1 },
})

export const few = limitsFor({ servers })({
  //! TS2322 Type 'string' is not assignable to type 'never'
  role: { on: {}, for: { roles: ['reader'] }, concurrent: 1 },
})
