// Roles that extend those of another file.
import { rolesFor } from 'portcullis'
import { servers } from './servers.ts'
import { shared } from './shared.ts'

export const platform = rolesFor(
  servers,
  shared,
)({
  engineer: { extends: ['reader'], allow: { github: ['create_*'] } },
  lead: { extends: ['engineer', 'heir'] },
  //! TS2820 Did you mean '"engineer"'?
  other: { extends: ['enginer'] },
  //! TS2561 Did you mean to write 'allow'?
  misspelt: { allows: {} },
})
