import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { hub: http({ url: 'https://hub.example/mcp' }) },
  roles: {
    all: { allow: { hub: ['*'] }, deny: { hub: ['eval*'] } },
    some: {
      allow: {
        hub: [
          'search',
          { tool: 'execute', when: { name: { in: ['getIssue'] } } },
          { tool: 'invoke', when: { dry: { equals: true } } },
          { tool: 'run_code', when: { '/code': { glob: 'print*' } } },
        ],
      },
    },
    // The same entries: told once.
    more: { extends: ['some'] },
  },
  teams: {
    a: { roles: ['all'] },
    s: { roles: ['some'] },
    m: { roles: ['more'] },
  },
})
