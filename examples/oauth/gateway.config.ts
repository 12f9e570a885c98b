// The three ways to sign in to a server: as each person, as an operator for
// all, and as the gateway itself; docs/oauth.md says what each needs. No secret
// is here. The lock holds what the servers offer, so tools are listed, granted
// and explained before anybody has signed in.
import {
  clientCredentials,
  defineGateway,
  http,
  oauth,
  secret,
} from 'portcullis'

export default defineGateway({
  listen: {
    // A proxy with TLS is in front, on the same host: people come back to it
    // after a sign-in, and it is what the gateway registers.
    publicUrl: 'https://gateway.example.com',
  },
  servers: {
    // Each person signs in once, and sees what their own account may see. The
    // gateway registers itself at the authorization server.
    pages: http({
      url: 'https://pages.example.com/mcp',
      auth: oauth({ as: 'person' }),
    }),
    // An operator signs in once, with an account that was made for this. The
    // server's owner has registered the gateway by hand.
    tasks: http({
      url: 'https://tasks.example.com/mcp',
      auth: oauth({
        as: 'gateway',
        issuer: 'https://login.example.com',
        client: { id: 'gateway', secret: secret('env:TASKS_SECRET') },
        scopes: ['read', 'write'],
      }),
    }),
    // Nobody signs in: the authorization server knows the public half of
    // gw.jwk, and gives tokens that are valid for a few minutes.
    ledger: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({
        issuer: 'https://id.example.com',
        client: { id: 'gateway', key: secret('file:gw.jwk') },
        scopes: ['read'],
      }),
    }),
  },
  roles: {
    reader: {
      allow: {
        pages: ['search_pages', 'read_page'],
        tasks: ['list_tasks'],
      },
    },
    writer: {
      extends: ['reader'],
      allow: { pages: ['create_page'], tasks: ['create_task'] },
    },
    accountant: { allow: { ledger: ['search_invoices'] } },
  },
  teams: {
    docs: { roles: ['writer'] },
    finance: { roles: ['reader', 'accountant'] },
  },
  tests: {
    'finance reads pages and does not write them': {
      team: 'finance',
      allow: { pages: ['read_page'] },
      deny: { pages: ['create_page'], tasks: ['create_task'] },
    },
    'nobody deletes': {
      team: 'docs',
      deny: { pages: ['delete_page'], tasks: ['delete_task'] },
    },
  },
})
