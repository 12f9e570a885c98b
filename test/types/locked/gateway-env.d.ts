// Written by `gateway lock`. Do not edit.
import 'portcullis'

declare module 'portcullis' {
  interface GatewayTools {
    github: 'create_issue' | 'get_issue' | 'search_issues'
  }
}
