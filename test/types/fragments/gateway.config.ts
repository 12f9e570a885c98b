import { defineGateway, http } from 'portcullis'
import { limits } from './limits.ts'
import { servers } from './servers.ts'
import { roles, teams } from './teams.ts'
import { tests } from './tests.ts'

const base = defineGateway({ servers, roles, teams, limits, tests })

export default base

export const production = defineGateway({
  ...base,
  servers: { ...base.servers, github: http({ url: 'https://example.org' }) },
  listen: { port: 443 },
  limits: {
    ...base.limits,
    //! TS2561 Did you mean to write 'github'?
    more: { on: { githb: ['*'] }, concurrent: 1 },
  },
})

export const other = defineGateway({
  servers,
  roles,
  //! TS2820 Did you mean '"engineer"'?
  teams: { one: { roles: ['enginer'] } },
})
