import { defineGateway, http } from 'portcullis'

const url = process.env.GITHUB_URL as string

export default defineGateway({
  servers: { github: http({ url, timeout: '30s' }) },
})
