// How the gateway becomes a client of an authorization server: by the config, by
// its metadata document, by dynamic registration; and a second opinion.
// Covers src/runtime/oauth, src/runtime/grants.

import { auth as signIn } from '@modelcontextprotocol/client'
import t from 'tap'
import { failureOf, ORIGIN, openAccounts } from '../harness/oauth/accounts.ts'
import {
  type AuthorizationServer,
  rewriteMetadata,
} from '../harness/oauth/authorization-server.ts'
import { startPeers } from '../harness/oauth/scene.ts'

const PUBLIC = 'https://gateway.example.com'
const REDIRECT = `${ORIGIN}/connect/ledger/callback`

const registrations = ({ requests }: AuthorizationServer) =>
  requests.flatMap(({ body }) =>
    body.startsWith('{') ? [JSON.parse(body)] : [],
  )

t.test('dynamic registration, once', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  const { accounts, folder } = openAccounts(t, scene)
  t.equal(accounts.clientMetadata(), undefined, 'nobody could read it')
  await Promise.all(['ann', 'bob', 'eve'].map((one) => accounts.begin(one, '')))
  t.same(registrations(as), [
    {
      client_name: 'Portcullis gateway',
      redirect_uris: [REDIRECT],
      application_type: 'native',
      grant_types: ['authorization_code', 'refresh_token'],
      response_types: ['code'],
      token_endpoint_auth_method: 'none',
    },
  ])
  const next = openAccounts(t, scene, { folder })
  await next.accounts.begin('ann', '')
  t.equal(registrations(as).length, 1, 'it is kept')
  const moved = openAccounts(t, scene, { folder, origin: PUBLIC })
  rewriteMetadata(as, { client_id_metadata_document_supported: false })
  await moved.accounts.begin('ann', '')
  t.match(registrations(as)[1], {
    redirect_uris: [`${PUBLIC}/connect/ledger/callback`],
    application_type: 'web',
    client_uri: PUBLIC,
  })
})

t.test('a metadata document, where the issuer reads them', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  const options = { origin: PUBLIC }
  const { accounts, signIn, walk } = openAccounts(t, scene, options)
  const id = `${PUBLIC}/connect/ledger/client.json`
  as.documents = (url) => (url === id ? accounts.clientMetadata() : undefined)
  t.match(accounts.clientMetadata(), {
    client_id: id,
    redirect_uris: [`${PUBLIC}/connect/ledger/callback`],
    token_endpoint_auth_method: 'none',
    application_type: 'web',
  })
  const callback = await walk('ann')
  t.equal(callback.origin, PUBLIC)
  await signIn('ann')
  t.same(registrations(as), [])
  const own = accounts.credentialOf('ann')
  const used = own.authorization
  await own.judge(used, 401, 'Bearer error="invalid_token"')
  t.not(own.authorization, used)
  t.match(as.requests.at(-1)?.body, `client_id=${encodeURIComponent(id)}`)
})

t.test('a client of the config comes first', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  as.register([
    {
      client_id: 'mine',
      token_endpoint_auth_method: 'none',
      application_type: 'native',
      redirect_uris: [REDIRECT],
      grant_types: ['authorization_code', 'refresh_token'],
    },
  ])
  const auth = { client: { id: 'mine' }, parameters: { prompt: 'login' } }
  const { accounts, signIn } = openAccounts(t, scene, { auth })
  const address = await accounts.begin('ann', '')
  t.match(Object.fromEntries(address.searchParams), {
    client_id: 'mine',
    prompt: 'login',
    response_type: 'code',
    code_challenge_method: 'S256',
    resource: scene.ledger.url,
    redirect_uri: REDIRECT,
  })
  await signIn('ann')
  t.same(registrations(as), [])
})

t.test('a client with a secret of its own', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  rewriteMetadata(as, {
    token_endpoint_auth_methods_supported: ['client_secret_basic'],
  })
  const { signIn, accounts, store, clock } = openAccounts(t, scene)
  await signIn('ann')
  t.match(registrations(as)[0], {
    token_endpoint_auth_method: 'client_secret_basic',
  })
  const sent = as.requests.at(-1)?.authorization ?? ''
  t.match(sent, /^Basic /)
  const found = store.clients.find('ledger', as.issuer, REDIRECT)
  t.ok(found?.secret)
  t.equal(store.clients.find('ledger', `${as.issuer}/`, REDIRECT), undefined)
  t.equal(store.clients.find('other', as.issuer, REDIRECT), undefined)
  t.equal(store.clients.find('ledger', as.issuer, `${REDIRECT}/`), undefined)
  if (!found) return
  const ends = clock.now() + 1_000
  await store.clients.save('ledger', as.issuer, REDIRECT, { ...found, ends })
  await accounts.begin('ann', '')
  t.equal(registrations(as).length, 1)
  clock.ahead += 2_000
  await accounts.begin('ann', '')
  t.equal(registrations(as).length, 2, 'its secret has expired')
})

t.test('an issuer that registers nobody says what to do', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  const { accounts } = openAccounts(t, scene)
  const advice = `register the gateway there as a client for the redirect address ${REDIRECT}, and write its id as \`client: { id: … }\` in \`auth\` of servers.ledger`
  rewriteMetadata(as, { registration_endpoint: undefined })
  t.same(await failureOf(accounts.begin('ann', '')), {
    kind: 'signin',
    detail: `the authorization server ${as.issuer} registers no clients: ${advice}`,
  })
  as.fault = (request, response) => {
    if (request.url !== '/reg') return as.answer(request, response)
    response.writeHead(403, { 'content-type': 'application/json' })
    response.end(
      '{"error":"access_denied","error_description":"not on the list"}',
    )
  }
  t.same(await failureOf(accounts.begin('ann', '')), {
    kind: 'signin',
    detail: `the authorization server ${as.issuer} does not register the gateway: HTTP 403 access_denied (it says: not on the list); ${advice}`,
  })
  for (const body of ['', '[]', '{"client_id":7}', '{"client_id":"a b"}']) {
    as.fault = (request, response) => {
      if (request.url !== '/reg') return as.answer(request, response)
      response.writeHead(201).end(body)
    }
    t.match(await failureOf(accounts.begin('ann', '')), {
      detail: /its answer names no client/,
    })
  }
  as.fault = undefined
  await accounts.begin('ann', '')
})

t.test('a client that the issuer refuses in the browser', async (t) => {
  const scene = await startPeers(t)
  const { as } = scene
  const { walk, comeBack, accounts, flows } = openAccounts(t, scene)
  const callback = await walk('ann')
  callback.searchParams.set('error', 'unauthorized_client')
  t.match(await failureOf(comeBack(callback)), {
    detail: /unauthorized_client; check how the gateway is registered there/,
  })
  t.equal(flows.hasOpen('ledger', 'ann'), false)
  await accounts.begin('ann', '')
  t.equal(registrations(as).length, 2, 'it is registered again')
})

/** Paths of the last requests, by a client of its own. */
async function ask(as: AuthorizationServer, url: string, document?: string) {
  as.paths.length = 0
  as.requests.length = 0
  let saved: object | undefined
  let address: URL | undefined
  await signIn(
    {
      redirectUrl: REDIRECT,
      ...(document !== undefined && { clientMetadataUrl: document }),
      clientMetadata: {
        client_name: 'x',
        redirect_uris: [REDIRECT],
        application_type: 'native',
        grant_types: ['authorization_code', 'refresh_token'],
      },
      state: () => 'x',
      clientInformation: () => saved as never,
      saveClientInformation: (one) => {
        saved = one
      },
      tokens: () => undefined,
      saveTokens() {},
      redirectToAuthorization: (to) => {
        address = to
      },
      saveCodeVerifier() {},
      codeVerifier: () => '',
    },
    { serverUrl: url },
  )
  return { paths: [...as.paths], address }
}

t.test('the second opinion of the official client', async (t) => {
  const scene = await startPeers(t)
  const { as, ledger } = scene
  const names = (address: URL | undefined) =>
    [...(address?.searchParams.keys() ?? [])].sort()
  const said = ledger.metadata
  for (const scopes of [['read'], undefined]) {
    ledger.metadata = { ...Object(said), scopes_supported: scopes }
    const theirs = await ask(as, ledger.url)
    as.paths.length = 0
    const { accounts } = openAccounts(t, scene)
    const address = await accounts.begin('ann', '')
    t.same(as.paths, theirs.paths, 'the same requests in the same order')
    t.same(names(address), names(theirs.address))
    for (const name of ['scope', 'resource', 'prompt', 'redirect_uri']) {
      const own = address.searchParams.get(name)?.split(' ').sort()
      const other = theirs.address?.searchParams.get(name)?.split(' ').sort()
      t.same(own, other, name)
    }
  }
  const document = `${PUBLIC}/connect/ledger/client.json`
  const theirs = await ask(as, ledger.url, document)
  as.paths.length = 0
  const { accounts } = openAccounts(t, scene, { origin: PUBLIC })
  const address = await accounts.begin('ann', '')
  t.same(as.paths, theirs.paths, 'nobody registers')
  for (const one of [address, theirs.address]) {
    t.equal(one?.searchParams.get('client_id'), document)
  }
})
