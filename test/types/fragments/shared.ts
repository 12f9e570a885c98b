import { rolesFor } from 'portcullis'
import { servers } from './servers.ts'

export const shared = rolesFor(servers)({
  reader: { allow: { github: ['get_*'], files: [{ resource: 'x' }] } },
  typist: {
    allow: {
      //! TS2561 Did you mean to write 'files'?
      fils: ['x'],
    },
  },
  //! TS2820 Did you mean '"reader"'?
  heir: { extends: ['raeder'] },
})
