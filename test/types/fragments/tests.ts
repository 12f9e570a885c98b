import { testsFor } from 'portcullis'
import { servers } from './servers.ts'
import { roles, teams } from './teams.ts'

export const tests = testsFor({ servers, roles, teams })({
  right: { team: 'platform', deny: { github: ['delete_file'] } },
  //! TS2820 Did you mean '"reader"'?
  role: { role: 'raeder', deny: { github: ['delete_file'] } },
  //! TS2820 Did you mean '"platform"'?
  team: { team: 'platfrom', deny: { github: ['delete_file'] } },
  //! TS2561 Did you mean to write 'files'?
  server: { role: 'reader', deny: { file: ['delete_file'] } },
})
