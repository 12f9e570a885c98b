import { defineGateway, http } from 'portcullis'

export default defineGateway({
  servers: { github: http({ url: 'https://example.com/mcp' }) },
  limits: {
    window: { on: { github: ['*'] }, max: 100, window: '1m' },
    plural: { on: { github: ['*'] }, calls: 10, per: 'minutes' },
    rate: { on: { github: ['*'] }, calls: '10/min', per: 'min' },
  },
})
