import { clientCredentials, defineGateway, secret, stdio } from 'portcullis'

export default defineGateway({
  servers: {
    files: stdio({
      command: 'files-mcp',
      auth: clientCredentials({
        client: { id: 'gw', key: secret('file:gw.jwk') },
      }),
    }),
  },
})
