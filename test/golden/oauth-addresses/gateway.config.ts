import { bearer, defineGateway, http, oauth, secret } from 'portcullis'

const url = 'https://slack.example.com/mcp'
const issuer = 'https://id.example.com'
const client = { id: 'A0123', secret: secret('env:SLACK_SECRET') }

export default defineGateway({
  servers: {
    secret: http({ url, auth: oauth({ as: 'person', client }) }),
    beside: http({
      url,
      headers: { Authorization: bearer('env:TOKEN') },
      auth: oauth({ as: 'person' }),
    }),
    plain: http({
      url,
      auth: oauth({ as: 'gateway', issuer: 'http://id.example.com' }),
    }),
    alone: http({
      url,
      auth: oauth({
        as: 'gateway',
        authorizationEndpoint: 'https://id.example.com/authorize',
      }),
    }),
    half: http({
      url,
      auth: oauth({
        as: 'gateway',
        issuer,
        tokenEndpoint: 'https://id.example.com/token',
      }),
    }),
    nameless: http({
      url,
      auth: oauth({
        as: 'gateway',
        authorizationEndpoint: 'http://id.example.com/authorize?x=1',
        tokenEndpoint: 'https://id.example.com/token',
      }),
    }),
    parameters: http({
      url,
      auth: oauth({
        as: 'person',
        parameters: {
          nonce: 'fine',
          prompt: 'consent',
          redirect_uri: 'https://x.example.com',
          code_challenge_method: 'plain',
          client_id: 'A0123',
        },
      }),
    }),
  },
})
