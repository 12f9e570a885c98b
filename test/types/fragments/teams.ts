import { teamsFor } from 'portcullis'
import { platform } from './platform.ts'
import { shared } from './shared.ts'

export const roles = { ...shared, ...platform }

export const teams = teamsFor(roles)({
  platform: { roles: ['engineer', 'reader'] },
  //! TS2820 Did you mean '"reader"'?
  interns: { roles: ['raeder'] },
})
