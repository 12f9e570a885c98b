// Servers that want more than a bearer token: docs/oauth.md says what each
// needs. None of the secrets is here, and no token is ever written to a disk.
import {
  basic,
  clientCredentials,
  defineGateway,
  http,
  scheme,
  secret,
} from 'portcullis'

export default defineGateway({
  servers: {
    // Signs in as itself: the authorization server knows the public half of
    // gw.jwk, and gives tokens that live for a few minutes.
    ledger: http({
      url: 'https://ledger.example.com/mcp',
      auth: clientCredentials({
        issuer: 'https://id.example.com',
        client: { id: 'gateway', key: secret('file:gw.jwk') },
        scopes: ['read'],
      }),
    }),
    // A scheme of its own in front of the token.
    sentry: http({
      url: 'https://mcp.sentry.dev/mcp',
      headers: { authorization: scheme('Sentry-Bearer', 'env:SENTRY_TOKEN') },
    }),
    // A user and an API token.
    atlassian: http({
      url: 'https://mcp.atlassian.com/v2/mcp?tools=all',
      headers: {
        authorization: basic('bot@example.com', 'env:ATLASSIAN_TOKEN'),
      },
    }),
  },
  roles: {
    accountant: { allow: { ledger: ['*'] } },
    engineer: { allow: { sentry: ['*'], atlassian: ['*'] } },
  },
  teams: {
    finance: { roles: ['accountant'] },
    platform: { roles: ['engineer'] },
  },
})
