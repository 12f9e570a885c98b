// With tool names from the lock; `files` is not locked.
import { defineGateway, http, rolesFor, stdio } from 'portcullis'

export const right = defineGateway({
  servers: {
    github: http({ url: 'https://example.com', rename: { get_issue: 'x' } }),
    files: stdio({ command: 'files-mcp', rename: { anything: 'x' } }),
  },
  roles: {
    reader: {
      allow: {
        github: ['get_issue', 'search_*', '*', { tool: 'create_issue' }],
        files: ['anything', { prompt: 'x' }],
      },
    },
  },
  limits: { one: { on: { github: ['create_issue', '*'] }, concurrent: 1 } },
  audit: { tools: { github: { get_issue: {} }, files: { anything: {} } } },
  tests: { one: { role: 'reader', allow: { github: ['get_issue'] } } },
})

const record = { subject: 'a', sha256: '', created: '', expires: '' }

export default defineGateway({
  servers: {
    //! TS2561 Did you mean to write 'get_issue'?
    github: http({ url: 'https://example.com', rename: { get_isue: 'x' } }),
    plain: { type: 'http', url: 'https://example.com' },
    files: stdio({ command: 'files-mcp' }),
  },
  roles: {
    reader: {
      allow: {
        github: [
          //! TS2820 Did you mean '"get_issue"'?
          'get_isue',
          //! TS2820 Did you mean '"create_issue"'?
          { tool: 'creat_issue' },
          //! TS2820 Did you mean '"create_issue"'?
          { tool: 'creat_issue', when: { a: { equals: 1 } } },
        ],
      },
      //! TS2820 Did you mean '"create_issue"'?
      deny: { github: ['creat_issue'] },
    },
  },
  limits: {
    //! TS2820 Did you mean '"get_issue"'?
    one: { on: { github: ['get_isue'] }, concurrent: 1 },
  },
  tokens: {
    grants: {
      //! TS2820 Did you mean '"get_issue"'?
      a00000000000: { ...record, tools: { github: ['get_isue'] } },
    },
  },
  audit: {
    //! TS2561 Did you mean to write 'get_issue'?
    tools: { github: { get_isue: {} } },
  },
  tests: {
    //! TS2820 Did you mean '"get_issue"'?
    allow: { role: 'reader', allow: { github: ['get_isue'] } },
    //! TS2820 Did you mean '"get_issue"'?
    deny: { role: 'reader', deny: { github: ['get_isue'] } },
  },
})

const servers = right.servers

export const roles = rolesFor(servers)({
  //! TS2820 Did you mean '"search_issues"'?
  one: { allow: { github: ['search_isues'] } },
})
