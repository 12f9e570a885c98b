// People come with access tokens of the company's provider, and programs with
// tokens of the gateway. The provider registers the clients; where it does not,
// `login.server` of examples/reference is the way.
import { bearer, defineGateway, http, secret } from 'portcullis'

export default defineGateway({
  listen: { publicUrl: 'https://mcp.example.com' },
  servers: {
    tracker: http({
      url: 'https://tracker.example.com/mcp',
      headers: { authorization: bearer('env:TRACKER_TOKEN') },
    }),
  },
  roles: {
    reader: { allow: { tracker: ['get_ticket', 'list_tickets'] } },
    engineer: { extends: ['reader'], allow: { tracker: ['create_ticket'] } },
  },
  teams: {
    platform: { roles: ['engineer'] },
    interns: { roles: ['reader'] },
  },
  login: {
    issuer: 'https://id.example.com/realms/acme',
    subject: 'email',
    teams: {
      claim: 'groups',
      map: { '/mcp-platform': 'platform', '/contractors': 'interns' },
    },
    // Ids of clients as the provider knows them.
    clients: ['claude', 'vscode'],
    // Default: the address of the endpoint, https://mcp.example.com/sso/mcp.
    audience: ['mcp-gateway'],
    // A token must have each of these.
    scopes: ['mcp'],
    algorithms: ['RS256', 'ES256'],
    // For a provider without metadata.
    jwks: 'https://id.example.com/realms/acme/certs',
    // For tokens that are not JWTs.
    introspection: {
      endpoint: 'https://id.example.com/realms/acme/introspect',
      client: { id: 'mcp-gateway', secret: secret('env:LOGIN_SECRET') },
    },
    maxAge: '15m',
  },
  limits: {
    'tracker-each': {
      on: { tracker: ['*'] },
      calls: 60,
      per: 'minute',
      each: 'subject',
    },
  },
  tests: {
    'contractors never write': {
      group: '/contractors',
      deny: { tracker: ['create_ticket'] },
    },
  },
})
