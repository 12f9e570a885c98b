import { basic, bearer, clientCredentials, defineGateway, http, join, scheme, secret, stdio } from 'portcullis'

const url = 'https://example.com/mcp'
const vault = (...args: string[]) => bearer({ exec: ['vault', ...args] })

export default defineGateway({
  admin: { token: secret({ exec: ['security', 'find-generic-password', '-s', 'admin', '-w'] }) },
  servers: {
    good: http({
      url: join('https://example.com/', secret({ exec: ['./bin/print key', '$(id)'] })),
      headers: {
        'x-a': secret({ exec: ['aws', 'secretsmanager', 'get-secret-value', '--secret-id', 'prod/github'] }),
        'x-b': bearer({ exec: ['gcloud', 'secrets', 'versions', 'access', 'latest', '--secret=github'] }),
        'x-c': basic('ci', { exec: ['gopass', 'show', '--password', 'ci'], timeout: '1m' }),
        'x-d': scheme('Key', { exec: ['op', 'read', 'op://Private/6zhl4wvlsaxdpzqrmt2c5jkwey/token'], env: ['OP_SERVICE_ACCOUNT_TOKEN'] }),
      },
    }),
    signed: http({ url, auth: clientCredentials({ client: { id: 'gw', key: secret({ exec: ['cat', '/keys/gw.jwk'] }) } }) }),
    text: http({ url, headers: { authorization: bearer('exec:op read op://vault/it' as never) } }),
    whole: http({ url, headers: { authorization: bearer({ exec: 'op read op://vault/it' as never }) } }),
    empty: http({ url, headers: { authorization: bearer({ exec: [] }) } }),
    nameless: http({ url, headers: { authorization: bearer({ exec: [''] }) } }),
    single: http({ url, headers: { authorization: bearer({ exec: ['op read op://vault/it'] }) } }),
    tilde: http({ url, headers: { authorization: bearer({ exec: ['~/bin/print'] }) } }),
    unset: http({ url, headers: { authorization: vault('read', '-address=${VAULT_ADDR}', 'it') } }),
    literal: http({ url, headers: { authorization: vault('read', '--token', 'hunter2', 'it') } }),
    known: http({ url, headers: { authorization: vault('ghp_0123456789abcdefghijABCDEFGHIJ012345') } }),
    login: http({ url, headers: { authorization: bearer({ exec: ['curl', 'https://me:hunter2@vault.example.com/it'] }) } }),
    values: stdio({ command: 'serve-it', env: { KEY: secret({ exec: ['print'], env: ['SEED=hunter2'] }) } }),
    late: stdio({ command: 'serve-it', env: { KEY: secret({ exec: ['print'], timeout: 10 as never }) } }),
    bare: http({ url, headers: { authorization: { exec: ['print'] } as never } }),
  },
})
