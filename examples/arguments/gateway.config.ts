// Conditions on arguments: every operator, on `allow` and on `deny`.
//
// On `allow` an argument that is absent never matches; on `deny` it does. So
// `allow` with a condition grants only what is written out, and `deny` with one
// refuses also what cannot be judged.
import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    repos: http({ url: 'https://repos.example.com/mcp' }),
  },
  roles: {
    // Each allow entry grants on its own: two for one tool are "or".
    author: {
      allow: {
        repos: [
          { tool: 'comment', when: { repo: { equals: 'website' } } },
          { tool: 'push', when: { branch: { in: ['draft', 'next'] } } },
          { tool: 'push', when: { branch: { glob: 'author/*' } } },
          { tool: 'list_commits', when: { limit: { min: 1, max: 100 } } },
          { tool: 'wait', when: { seconds: { max: 30 } } },
          { tool: 'archive', when: { olderThanDays: { min: 365 } } },
          // Inside an object, by JSON pointer; both must hold.
          {
            tool: 'write_file',
            when: {
              '/target/path': { glob: 'docs/*' },
              '/target/repo': { equals: 'website' },
            },
          },
          // A list matches when every element does.
          { tool: 'label', when: { labels: { in: ['bug', 'question'] } } },
        ],
      },
    },
    maintainer: {
      allow: { repos: ['*'] },
      deny: {
        repos: [
          { tool: 'push', when: { force: { equals: true } } },
          { tool: 'delete_*', when: { repo: { in: ['website', 'api'] } } },
          { tool: 'write_file', when: { path: { glob: '.github/*' } } },
          { tool: 'wait', when: { seconds: { min: 301 } } },
          { tool: 'refund', when: { amount: { min: 0.01, max: 1_000_000 } } },
          { tool: 'set_budget', when: { amount: { max: 0 } } },
        ],
      },
    },
  },
  tests: {
    'equals: this one': {
      role: 'author',
      args: { repo: 'website' },
      allow: { repos: ['comment'] },
    },
    'equals: no other': {
      role: 'author',
      args: { repo: 'api' },
      deny: { repos: ['comment'] },
    },
    'in, or glob': {
      role: 'author',
      args: { branch: 'next' },
      allow: { repos: ['push'] },
    },
    'glob, or in': {
      role: 'author',
      args: { branch: 'author/ann' },
      allow: { repos: ['push'] },
    },
    'neither in nor glob': {
      role: 'author',
      args: { branch: 'main' },
      deny: { repos: ['push'] },
    },
    'a glob never matches a way out': {
      role: 'author',
      args: { branch: 'author/../main' },
      deny: { repos: ['push'] },
    },
    'min and max: both ends count': {
      role: 'author',
      args: { limit: 100, seconds: 30, olderThanDays: 365 },
      allow: { repos: ['list_commits', 'wait', 'archive'] },
    },
    'min and max: beyond': {
      role: 'author',
      args: { limit: 101, seconds: 31, olderThanDays: 364 },
      deny: { repos: ['list_commits', 'wait', 'archive'] },
    },
    'inside an object': {
      role: 'author',
      args: { target: { repo: 'website', path: 'docs/start.md' } },
      allow: { repos: ['write_file'] },
    },
    'inside an object: all must hold': {
      role: 'author',
      args: { target: { repo: 'api', path: 'docs/start.md' } },
      deny: { repos: ['write_file'] },
    },
    'a list: every element': {
      role: 'author',
      args: { labels: ['bug', 'question'] },
      allow: { repos: ['label'] },
    },
    'a list: one is too many': {
      role: 'author',
      args: { labels: ['bug', 'release'] },
      deny: { repos: ['label'] },
    },
    'allow: what is absent does not match': {
      role: 'author',
      args: {},
      deny: { repos: ['comment', 'push', 'list_commits', 'label'] },
    },
    'allow: nor does what cannot be judged': {
      role: 'author',
      args: { repo: 7, branch: ['draft', 7], limit: '10' },
      deny: { repos: ['comment', 'push', 'list_commits'] },
    },
    'deny: outside of it': {
      role: 'maintainer',
      args: {
        force: false,
        repo: 'sandbox',
        path: 'src/main.ts',
        seconds: 300,
        amount: 0,
      },
      allow: { repos: ['push', 'delete_repo', 'write_file', 'wait', 'refund'] },
      deny: { repos: ['set_budget'] },
    },
    'deny: inside of it': {
      role: 'maintainer',
      args: {
        force: true,
        repo: 'api',
        path: '.github/workflows/ci.yml',
        seconds: 301,
        amount: 5,
      },
      allow: { repos: ['set_budget'] },
      deny: { repos: ['push', 'delete_repo', 'write_file', 'wait', 'refund'] },
    },
    'deny: what is absent matches': {
      role: 'maintainer',
      args: {},
      allow: { repos: ['comment'] },
      deny: { repos: ['push', 'delete_repo', 'write_file', 'wait'] },
    },
    'deny: a list, if any element does': {
      role: 'maintainer',
      args: { repo: ['sandbox', 'api'] },
      deny: { repos: ['delete_repo'] },
    },
  },
})
