// Written by `gateway lock`. Do not edit.
import 'portcullis'

declare module 'portcullis' {
  interface GatewayTools {
    tracker:
      | 'create_ticket'
      | 'delete_ticket'
      | 'get_queue'
      | 'get_ticket'
      | 'list_queues'
      | 'list_tickets'
    wiki: 'read_page' | 'search'
  }
}
