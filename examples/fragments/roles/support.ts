// Owned by support; security approves.
import { rolesFor } from 'portcullis'
import { servers } from '../servers.ts'
import { shared } from './shared.ts'

export const support = rolesFor(
  servers,
  shared,
)({
  support: {
    extends: ['reader', 'careful'],
    allow: {
      github: [
        { tool: 'create_issue', when: { repo: { equals: 'support' } } },
        { prompt: 'triage' },
      ],
    },
  },
})
