import { defineGateway, http, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({ url: 'https://example.com/mcp' }),
    files: stdio({ command: 'files-mcp' }),
  },
  roles: {
    reader: {
      allow: {
        github: [
          { tool: 'a', when: { owner: { in: [] } } },
          { tool: 'b', when: { size: { min: 9, max: 3 } } },
          { tool: 'c', when: { owner: { equals: 'acme', glob: 'a*' } } },
          { tool: 'd', when: { owner: { eqals: 'acme' } } },
          { tool: 'e', when: {} },
          { resource: 'x://y', when: { owner: { equals: 'acme' } } },
          { tool: 'f', prompt: 'g' },
          {},
        ],
      },
    },
    merger: {
      allow: {
        github: [{ tool: 'merge_*', when: { owner: { in: ['acme'] } } }],
        files: [{ tool: 'write', when: { path: { glob: '/srv/*' } } }],
      },
    },
    boss: { extends: ['merger'], allow: { github: ['*'] } },
    writer: { allow: { files: ['write'] } },
  },
  tokens: {
    grants: {
      abcdefghijkl: {
        subject: 'ann',
        roles: ['writer', 'merger'],
        sha256: '0'.repeat(64),
        created: '2026-11-01',
        expires: '2027-01-01',
      },
    },
  },
})
