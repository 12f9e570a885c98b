import { bearer, defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    github: http({
      url: 'https://example.com/mcp',
      headers: { authorization: bearer('ghp_EXAMPLEexampleEXAMPLEexample0000') },
    }),
  },
  roles: { reader: { allow: { github: ['get_*'] } } },
  teams: { all: { roles: ['reader'] } },
})
