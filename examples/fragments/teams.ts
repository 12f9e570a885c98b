// Owned by security: who has which role.
import { teamsFor } from 'portcullis'
import { roles } from './roles/all.ts'

export const teams = teamsFor(roles)({
  platform: { roles: ['engineer'] },
  support: { roles: ['support'] },
  interns: { roles: ['reader'] },
})
