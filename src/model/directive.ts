import type { Origin } from './origin.ts'
import type { Token } from './token.ts'

/** Every directive that Sluice can print. nginx has more; what is not listed cannot be rendered. */
export const directiveNames = [
  'absolute_redirect',
  'access_log',
  'add_header',
  'allow',
  'client_body_buffer_size',
  'client_body_temp_path',
  'client_body_timeout',
  'client_header_buffer_size',
  'client_header_timeout',
  'client_max_body_size',
  'default_type',
  'deny',
  'error_log',
  'events',
  'fastcgi_temp_path',
  'geo',
  'grpc_buffer_size',
  'grpc_connect_timeout',
  'grpc_hide_header',
  'grpc_next_upstream',
  'grpc_next_upstream_timeout',
  'grpc_next_upstream_tries',
  'grpc_pass',
  'grpc_read_timeout',
  'grpc_send_timeout',
  'grpc_set_header',
  'gzip',
  'gzip_comp_level',
  'gzip_min_length',
  'gzip_proxied',
  'gzip_types',
  'gzip_vary',
  'hash',
  'http2',
  'if',
  'ignore_invalid_headers',
  'internal',
  'ip_hash',
  'keepalive',
  'keepalive_min_timeout',
  'keepalive_requests',
  'keepalive_time',
  'keepalive_timeout',
  'large_client_header_buffers',
  'least_conn',
  'limit_except',
  'listen',
  'location',
  'log_format',
  'map',
  'map_hash_bucket_size',
  'map_hash_max_size',
  'merge_slashes',
  'pid',
  'proxy_buffer_size',
  'proxy_buffering',
  'proxy_buffers',
  'proxy_busy_buffers_size',
  'proxy_connect_timeout',
  'proxy_headers_hash_bucket_size',
  'proxy_headers_hash_max_size',
  'proxy_hide_header',
  'proxy_http_version',
  'proxy_max_temp_file_size',
  'proxy_next_upstream',
  'proxy_next_upstream_timeout',
  'proxy_next_upstream_tries',
  'proxy_pass',
  'proxy_read_timeout',
  'proxy_redirect',
  'proxy_request_buffering',
  'proxy_send_timeout',
  'proxy_set_header',
  'proxy_socket_keepalive',
  'proxy_ssl_server_name',
  'proxy_ssl_name',
  'proxy_temp_path',
  'real_ip_header',
  'real_ip_recursive',
  'recursive_error_pages',
  'resolver',
  'resolver_timeout',
  'return',
  'rewrite',
  'scgi_temp_path',
  'server',
  'server_name',
  'server_names_hash_bucket_size',
  'server_names_hash_max_size',
  'server_tokens',
  'set',
  'set_real_ip_from',
  'ssl_buffer_size',
  'ssl_certificate',
  'ssl_certificate_cache',
  'ssl_certificate_key',
  'ssl_ciphers',
  'ssl_ecdh_curve',
  'ssl_prefer_server_ciphers',
  'ssl_protocols',
  'ssl_session_cache',
  'ssl_session_tickets',
  'ssl_session_timeout',
  'stub_status',
  'tcp_nodelay',
  'tcp_nopush',
  'try_files',
  'types',
  'underscores_in_headers',
  'upstream',
  'user',
  'uwsgi_temp_path',
  'variables_hash_bucket_size',
  'variables_hash_max_size',
  'worker_connections',
  'worker_processes',
  'worker_rlimit_nofile',
  'worker_shutdown_timeout',
  'zone',
] as const

export type DirectiveName = (typeof directiveNames)[number]

/** `name args;`, or `name args { block }`. */
export interface Directive {
  /** Undefined for an entry of a `map` or `geo` block, which has arguments only. */
  readonly name: DirectiveName | undefined
  readonly args: readonly Token[]
  readonly block?: readonly Directive[]
  readonly origin?: Origin
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
