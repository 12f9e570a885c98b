import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://x.example/mcp' }) },
  roles: {
    reader: { allow: { github: ['get_*'] } },
    searcher: { allow: { github: ['search_*', { prompt: 'find' }] } },
  },
  teams: { docs: { roles: ['reader'] }, finders: { roles: ['searcher'] } },
  limits: {
    writes: { on: { github: ['create_*'] }, calls: 1, per: 'hour' },
    'docs-search': {
      on: { github: ['search_*'] },
      for: { teams: ['docs'] },
      calls: 1,
      per: 'hour',
    },
    'readers-prompts': {
      on: { github: [{ prompt: '*' }] },
      for: { roles: ['reader'] },
      calls: 1,
      per: 'hour',
    },
    // Patterns that overlap: get_issue, for one.
    issues: { on: { github: ['*_issue'] }, calls: 1, per: 'hour' },
    prompts: { on: { github: [{ prompt: '*' }] }, calls: 1, per: 'hour' },
  },
})
