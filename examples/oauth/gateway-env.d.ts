// Written by `gateway lock`. Do not edit.
import 'portcullis'

declare module 'portcullis' {
  interface GatewayTools {
    ledger: 'search_invoices'
    pages: 'create_page' | 'delete_page' | 'read_page' | 'search_pages'
    tasks: 'create_task' | 'delete_task' | 'list_tasks'
  }
}
