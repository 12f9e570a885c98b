import { bearer, defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: {
    crm: http({
      url: 'https://crm.example/mcp',
      headers: { authorization: bearer('CRM_TOKEN' as 'env:CRM_TOKEN') },
    }),
  },
})
