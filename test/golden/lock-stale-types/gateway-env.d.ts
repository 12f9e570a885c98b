// Written by `gateway lock`. Do not edit.
import 'portcullis'

declare module 'portcullis' {
  interface GatewayTools {
    github:
      | 'get_issue'
  }
}
