// The root: fragments with their own owners (see CODEOWNERS), joined by plain
// imports. Nothing is merged or inherited; what is not written here is not there.
import { defineGateway } from 'portcullis'
import { limits } from './limits.ts'
import { roles } from './roles/all.ts'
import { servers } from './servers.ts'
import { teams } from './teams.ts'
import { engineering } from './tests/engineering.ts'
import { security } from './tests/security.ts'

export default defineGateway({
  servers,
  roles,
  teams,
  limits,
  tests: { ...security, ...engineering },
})
