// Expectations and token records.
import { defineGateway, http } from 'portcullis'

const sections = {
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  roles: { reader: {}, engineer: {} },
  teams: { interns: { roles: [] }, platform: { roles: [] } },
}
const record = {
  subject: 'ann',
  sha256: '',
  created: '2026-11-01',
  expires: '2026-11-22',
}

export const right = defineGateway({
  ...sections,
  tokens: {
    file: 'gateway.tokens.toml',
    maxAge: '30d',
    grants: {
      a00000000000: record,
      b00000000000: {
        ...record,
        kind: 'break-glass',
        team: 'interns',
        roles: ['reader'],
        tools: { github: ['get_*', { prompt: 'x' }] },
        notBefore: '2026-11-02',
        replaces: 'a00000000000',
        revoked: '2026-11-03',
        reason: 'lost',
      },
    },
  },
  tests: {
    role: { role: 'reader', allow: { github: ['x', { resource: 'y' }] } },
    team: { team: 'interns', deny: { github: ['x'] }, args: { owner: 'a' } },
    token: { token: 'a00000000000', allow: {}, deny: {} },
  },
})

export const wrong = defineGateway({
  ...sections,
  tokens: {
    //! TS2322 Type 'number' is not assignable
    maxAge: 90,
    grants: {
      //! TS2739 missing the following properties from type 'TokenConfig
      a00000000000: { subject: 'ann', sha256: '' },
      //! TS2820 Did you mean '"person"'?
      b00000000000: { ...record, kind: 'persn' },
      //! TS2820 Did you mean '"interns"'?
      c00000000000: { ...record, team: 'intern' },
      //! TS2820 Did you mean '"reader"'?
      d00000000000: { ...record, roles: ['raeder'] },
      //! TS2561 Did you mean to write 'github'?
      e00000000000: { ...record, tools: { githb: ['*'] } },
      //! TS2561 Did you mean to write 'expires'?
      f00000000000: { ...record, expire: '2026-11-22' },
      //! TS2322 is not assignable to type 'undefined'
      g00000000000: { ...record, tools: { github: [{ tool: 'x', when: {} }] } },
      //! TS2322 Type 'Date' is not assignable to type 'string'
      h00000000000: { ...record, created: new Date() },
    },
  },
  tests: {
    //! TS2820 Did you mean '"reader"'?
    role: { role: 'raeder', deny: {} },
    //! TS2820 Did you mean '"interns"'?
    team: { team: 'intern', deny: {} },
    //! TS2322 is not assignable to type
    two: { role: 'reader', team: 'interns', deny: {} },
    //! TS2322 is not assignable to type
    three: { token: 'a00000000000', role: 'reader', deny: {} },
    //! TS2322 Property 'token' is missing
    nobody: { deny: {} },
    //! TS2322 Property 'deny' is missing
    nothing: { role: 'reader' },
    //! TS2561 Did you mean to write 'github'?
    server: { role: 'reader', deny: { githb: ['x'] } },
    //! TS2561 Did you mean to write 'allow'?
    key: { role: 'reader', alow: {} },
    //! TS2322 is not assignable to type 'undefined'
    when: { role: 'reader', deny: { github: [{ tool: 'x', when: {} }] } },
    //! TS2322 Type 'string' is not assignable
    args: { role: 'reader', deny: {}, args: 'owner=a' },
  },
})
