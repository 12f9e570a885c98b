import { defineGateway, http, stdio } from 'portcullis'

function pick(name: string): string {
  throw new Error(`no address for ${name}`)
}

export default defineGateway({
  servers: { github: http({ url: pick('github') }) },
})
