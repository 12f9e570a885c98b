// Limits: what is counted, for whom, and how many.
import { defineGateway, http } from 'portcullis'

const sections = {
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: { reader: {}, engineer: {} },
  teams: { interns: { roles: [] }, platform: { roles: [] } },
}

export const right = defineGateway({
  ...sections,
  limits: {
    rate: {
      on: { github: ['*', { tool: 'x', when: { a: { equals: 1 } } }] },
      for: { teams: ['interns'], roles: ['reader'] },
      calls: 60,
      per: 'minute',
      burst: 10,
      concurrent: 2,
      each: ['token', 'subject', 'team', 'tool'],
      mode: 'warn',
    },
    bound: { on: { github: ['*'] }, concurrent: 1, each: 'token' },
  },
})

export const wrong = defineGateway({
  ...sections,
  limits: {
    //! TS2322 is missing the following properties from type 'RateLimit
    nothing: { on: { github: ['*'] } },
    //! TS2322 Property 'per' is missing
    calls: { on: { github: ['*'] }, calls: 1 },
    //! TS2322 Property 'calls' is missing
    per: { on: { github: ['*'] }, per: 'minute' },
    //! TS2322 is missing the following properties from type 'RateLimit
    burst: { on: { github: ['*'] }, concurrent: 1, burst: 1 },
    //! TS2322 Property 'on' is missing
    on: { calls: 1, per: 'minute' },
    //! TS2820 Did you mean '"minute"'?
    unit: { on: {}, calls: 1, per: 'minut' },
    //! TS2561 Did you mean to write 'concurrent'?
    misspelt: { on: {}, concurent: 1 },
    //! TS2322 Type 'string' is not assignable to type 'number'
    text: { on: {}, concurrent: '1' },
    //! TS2561 Did you mean to write 'github'?
    server: { on: { githb: ['*'] }, concurrent: 1 },
    //! TS2820 Did you mean '"interns"'?
    team: { on: {}, concurrent: 1, for: { teams: ['intern'] } },
    //! TS2820 Did you mean '"reader"'?
    role: { on: {}, concurrent: 1, for: { roles: ['raeder'] } },
    //! TS2561 Did you mean to write 'teams'?
    audience: { on: {}, concurrent: 1, for: { team: ['interns'] } },
    //! TS2322 Type '{}' is not assignable to type 'AudienceConfig
    everyone: { on: {}, concurrent: 1, for: {} },
    //! TS2820 Did you mean '"token"'?
    each: { on: {}, concurrent: 1, each: 'tokn' },
    //! TS2820 Did you mean '"subject"'?
    several: { on: {}, concurrent: 1, each: ['token', 'subjct'] },
    //! TS2820 Did you mean '"enforce"'?
    mode: { on: {}, concurrent: 1, mode: 'enforced' },
  },
})
