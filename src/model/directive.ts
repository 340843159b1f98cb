import type { Origin } from './origin.ts'
import type { Token, Word } from './token.ts'

/** What the program must know of a directive beyond its name. */
interface Trait {
  /** It may stand several times in one context. nginx inherits all of them or none, so each list is whole. */
  readonly many?: true
  /** Of a `proxy_…`: what the same thing is called for gRPC; undefined where gRPC has no such thing. */
  readonly grpc?: string | undefined
}

/** Every directive that Sluice can print, in one list. nginx has more; what is not listed cannot be rendered. */
const table = {
  absolute_redirect: {},
  access_log: { many: true },
  add_header: { many: true },
  allow: { many: true },
  auth_basic: {},
  auth_basic_user_file: {},
  auth_request: {},
  auth_request_set: { many: true },
  client_body_buffer_size: {},
  client_body_temp_path: {},
  client_body_timeout: {},
  client_header_buffer_size: {},
  client_header_timeout: {},
  client_max_body_size: {},
  default_type: {},
  deny: { many: true },
  error_log: { many: true },
  error_page: { many: true },
  events: {},
  fastcgi_temp_path: {},
  geo: { many: true },
  grpc_buffer_size: {},
  grpc_connect_timeout: {},
  grpc_hide_header: { many: true },
  grpc_next_upstream: {},
  grpc_next_upstream_timeout: {},
  grpc_next_upstream_tries: {},
  grpc_pass: {},
  grpc_read_timeout: {},
  grpc_send_timeout: {},
  grpc_set_header: { many: true },
  grpc_socket_keepalive: {},
  grpc_ssl_name: {},
  grpc_ssl_server_name: {},
  gzip: {},
  gzip_comp_level: {},
  gzip_min_length: {},
  gzip_proxied: {},
  gzip_types: {},
  gzip_vary: {},
  hash: {},
  http2: {},
  if: { many: true },
  ignore_invalid_headers: {},
  internal: {},
  ip_hash: {},
  keepalive: {},
  keepalive_min_timeout: {},
  keepalive_requests: {},
  keepalive_time: {},
  keepalive_timeout: {},
  large_client_header_buffers: {},
  least_conn: {},
  limit_except: { many: true },
  limit_req: { many: true },
  limit_req_zone: { many: true },
  listen: { many: true },
  location: { many: true },
  log_format: {},
  map: { many: true },
  map_hash_bucket_size: {},
  map_hash_max_size: {},
  merge_slashes: {},
  pid: {},
  proxy_buffer_size: { grpc: 'grpc_buffer_size' },
  proxy_buffering: { grpc: undefined },
  proxy_buffers: { grpc: undefined },
  proxy_busy_buffers_size: { grpc: undefined },
  proxy_connect_timeout: { grpc: 'grpc_connect_timeout' },
  proxy_headers_hash_bucket_size: { grpc: undefined },
  proxy_headers_hash_max_size: { grpc: undefined },
  proxy_hide_header: { many: true, grpc: 'grpc_hide_header' },
  proxy_http_version: { grpc: undefined },
  proxy_max_temp_file_size: { grpc: undefined },
  proxy_method: { grpc: undefined },
  proxy_next_upstream: { grpc: 'grpc_next_upstream' },
  proxy_next_upstream_timeout: { grpc: 'grpc_next_upstream_timeout' },
  proxy_next_upstream_tries: { grpc: 'grpc_next_upstream_tries' },
  proxy_pass: { grpc: 'grpc_pass' },
  proxy_pass_request_body: { grpc: undefined },
  proxy_read_timeout: { grpc: 'grpc_read_timeout' },
  proxy_redirect: { grpc: undefined },
  proxy_request_buffering: { grpc: undefined },
  proxy_send_timeout: { grpc: 'grpc_send_timeout' },
  proxy_set_header: { many: true, grpc: 'grpc_set_header' },
  proxy_socket_keepalive: { grpc: 'grpc_socket_keepalive' },
  proxy_ssl_name: { grpc: 'grpc_ssl_name' },
  proxy_ssl_server_name: { grpc: 'grpc_ssl_server_name' },
  proxy_temp_path: { grpc: undefined },
  real_ip_header: {},
  real_ip_recursive: {},
  recursive_error_pages: {},
  resolver: {},
  resolver_timeout: {},
  return: {},
  rewrite: { many: true },
  scgi_temp_path: {},
  server: { many: true },
  server_name: {},
  server_names_hash_bucket_size: {},
  server_names_hash_max_size: {},
  server_tokens: {},
  set: { many: true },
  set_real_ip_from: { many: true },
  split_clients: { many: true },
  ssl_buffer_size: {},
  ssl_certificate: {},
  ssl_certificate_cache: {},
  ssl_certificate_key: {},
  ssl_ciphers: {},
  ssl_ecdh_curve: {},
  ssl_prefer_server_ciphers: {},
  ssl_protocols: {},
  ssl_session_cache: {},
  ssl_session_tickets: {},
  ssl_session_timeout: {},
  stub_status: {},
  tcp_nodelay: {},
  tcp_nopush: {},
  try_files: {},
  types: {},
  underscores_in_headers: {},
  upstream: { many: true },
  user: {},
  uwsgi_temp_path: {},
  variables_hash_bucket_size: {},
  variables_hash_max_size: {},
  worker_connections: {},
  worker_processes: {},
  worker_rlimit_nofile: {},
  worker_shutdown_timeout: {},
  zone: {},
} as const satisfies Readonly<Record<string, Trait>>

export type DirectiveName = keyof typeof table

export const directiveNames = Object.keys(table) as readonly DirectiveName[]

const traits: Readonly<Record<DirectiveName, Trait>> = table

/** Whether nginx takes `name` once in a context. Then a location need not repeat what http says. */
export const isSingle = (name: DirectiveName): boolean => traits[name].many !== true

/**
 * What `name` is called in a location that speaks gRPC; undefined where there is nothing of the kind.
 * A `proxy_…` of which the list does not say throws: none is dropped without a word.
 */
export function grpcNameOf(name: DirectiveName): DirectiveName | undefined {
  const trait = traits[name]
  if ('grpc' in trait) return trait.grpc as DirectiveName | undefined
  if (name.startsWith('proxy_')) throw new Error(`no word on what ${name} is for gRPC`)
  return name
}

/** `name args;`, or `name args { block }`. */
export interface Directive {
  /** Undefined for an entry of a `map` or `geo` block, which has arguments only. */
  readonly name: DirectiveName | undefined
  readonly args: readonly Token[]
  readonly block?: readonly Directive[]
  readonly origin?: Origin
  /** Why it stands there, for the comment behind it, where that is no field of an object. */
  readonly because?: Word
}

export function directive(name: DirectiveName, ...args: readonly Token[]): Directive {
  return { name, args }
}

export function block(
  name: DirectiveName,
  args: readonly Token[],
  inside: readonly Directive[],
): Directive {
  return { name, args, block: inside }
}

/** A line of a `map` or `geo` block. */
export function entry(...args: readonly Token[]): Directive {
  return { name: undefined, args }
}
