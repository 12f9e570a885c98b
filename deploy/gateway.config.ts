// The config that the files of this folder deploy: change it for your company.
// It is served from a folder that the gateway cannot write, with its state in
// a folder of its own and each secret in a file.
import { bearer, defineGateway, http, secret } from 'portcullis'

// In a container. With systemd: /run/credentials/gateway.service
const SECRETS = '/run/secrets/gateway'

export default defineGateway({
  listen: {
    // A proxy with TLS is in front of it, at these addresses.
    host: '0.0.0.0',
    publicUrl: 'https://mcp.example.com',
    behindProxy: ['10.0.0.0/8', '172.16.0.0/12', '127.0.0.1/32'],
  },
  admin: { token: secret(`file:${SECRETS}/admin-token`) },
  state: '/var/lib/gateway',
  drain: '30s',
  servers: {
    github: http({
      url: 'https://api.githubcopilot.com/mcp/',
      headers: { authorization: bearer(`file:${SECRETS}/github-token`) },
    }),
  },
  roles: { reader: { allow: { github: ['get_*', 'list_*', 'search_*'] } } },
  teams: { platform: { roles: ['reader'] } },
  tests: {
    'the platform team deletes nothing': {
      team: 'platform',
      deny: { github: ['delete_file'] },
    },
  },
})
