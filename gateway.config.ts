// The demo of this repository: `npm start` serves it, `gateway check` reads it.
import { defineGateway, stdio } from 'portcullis'

const bin = 'node_modules/@modelcontextprotocol'

export default defineGateway({
  servers: {
    everything: stdio({
      command: 'node',
      args: [`${bin}/server-everything/dist/index.js`, 'stdio'],
    }),
    files: stdio({
      command: 'node',
      args: [`${bin}/server-filesystem/dist/index.js`, 'examples/files'],
    }),
  },
  roles: {
    reader: {
      allow: {
        everything: ['echo', 'get-sum'],
        files: ['read_*', 'list_*', 'get_file_info'],
      },
    },
    engineer: {
      extends: ['reader'],
      allow: {
        everything: ['*', { resource: '*' }, { prompt: '*' }],
        files: [
          'search_files',
          { tool: 'write_file', when: { path: { glob: '*.md' } } },
        ],
      },
      deny: { everything: ['get-env'] },
    },
  },
  teams: {
    docs: { roles: ['reader'] },
    platform: { roles: ['engineer'] },
  },
  limits: {
    'everything-each': {
      on: { everything: ['*'] },
      calls: 60,
      per: 'hour',
      each: 'token',
    },
    'writes-together': { on: { files: ['write_*'] }, concurrent: 1 },
  },
  tests: {
    'readers never write': {
      role: 'reader',
      allow: { files: ['read_text_file'] },
      deny: { files: ['write_file', 'edit_file'] },
    },
    'nobody reads the environment': {
      team: 'platform',
      deny: { everything: ['get-env'] },
    },
    'engineers write Markdown only': {
      role: 'engineer',
      args: { path: 'examples/files/notes.txt' },
      deny: { files: ['write_file'] },
    },
  },
})
