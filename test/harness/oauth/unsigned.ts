// What parts of the sign-in are tested with, without a server.
// In: nothing. Out: an `auth` of the table, and a teller with no secret to hide.

export const tell = (text: string) => text

export const AUTH = {
  type: 'clientCredentials',
  issuer: null,
  tokenEndpoint: null,
  client: { id: 'gw', secret: { secret: 'env:X' } },
  scopes: null,
  resource: null,
  parameters: {},
} as const
