import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Ports } from './nginx.ts'
import { addressesOf, hostOf, keyPairs } from './workload.ts'

const locations = ['/api/', '= /api', '/'] as const

/**
 * The shape that ingress controllers usually write: everything in every location, an upstream with
 * a zone and a long name per host, a certificate per server.
 */
export async function usualShape(hosts: number, dir: string, ports: Ports): Promise<string> {
  await mkdir(join(dir, 'tls'))
  const pairs = await keyPairs(hosts)
  const blocks: string[] = []
  for (let i = 0; i < hosts; i++) {
    const file = join(dir, 'tls', `${i}.pem`)
    const pair = pairs.get(hostOf(i))
    await writeFile(file, `${pair?.key}${pair?.certificate}`, { mode: 0o600 })
    const upstream = `default-storefront-team-backend-service-${i}-80`
    blocks.push(`
    upstream ${upstream} {
        zone ${upstream} 64k;
${addressesOf(i)
  .map((address) => `        server ${address}:8080 max_fails=1 fail_timeout=10s;`)
  .join('\n')}
        keepalive 32;
    }
    server {
        listen ${ports.http};
        listen ${ports.https} ssl;
        server_name ${hostOf(i)};
        ssl_certificate ${file};
        ssl_certificate_key ${file};
${locations.map((match) => usualLocation(match, i, upstream)).join('\n')}
    }`)
  }
  return around(dir, ports, blocks.join('\n'), 'access_log off;')
}

const repeated = `
            proxy_set_header Host $http_host;
            proxy_set_header X-Request-ID $request_id;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $remote_addr;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_set_header X-Forwarded-Port $server_port;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Scheme $scheme;
            proxy_set_header X-Scheme $scheme;
            proxy_set_header X-Original-Forwarded-For $http_x_forwarded_for;
            proxy_set_header Proxy "";
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            client_max_body_size 8m;
            proxy_connect_timeout 5s;
            proxy_send_timeout 60s;
            proxy_read_timeout 120s;
            proxy_buffering off;
            proxy_buffer_size 4k;
            proxy_buffers 4 4k;
            proxy_max_temp_file_size 1024m;
            proxy_request_buffering on;
            proxy_http_version 1.1;
            proxy_cookie_domain off;
            proxy_cookie_path off;
            proxy_next_upstream error timeout;
            proxy_next_upstream_timeout 0;
            proxy_next_upstream_tries 3;
            proxy_redirect off;`

const usualLocation = (match: string, i: number, upstream: string): string => `
        location ${match} {
            set $namespace "team-${i % 20}";
            set $ingress_name "storefront-${i}";
            set $service_name "storefront-${i}";
            set $service_port "80";${repeated}
            proxy_pass http://${upstream};
        }`

/**
 * What a person writes who wants these hosts served and nothing more: the floor. `log` is the
 * directive for the access log, `connections` how many each worker may have.
 */
export async function minimalShape(
  hosts: number,
  dir: string,
  ports: Ports,
  options: {
    readonly log: string
    readonly endpoint?: string
    readonly workers?: number
    readonly connections?: number
    /** What endpoints are told, and how. */
    readonly proxying?: string
    readonly hasTls: boolean
  },
): Promise<string> {
  const { log, endpoint, workers, connections, hasTls } = options
  const { proxying = 'proxy_set_header Host $host;\n    proxy_set_header Connection "";' } = options
  const file = join(dir, 'tls.pem')
  const pair = (await keyPairs(1)).get(hostOf(0))
  await writeFile(file, `${pair?.key}${pair?.certificate}`, { mode: 0o600 })
  const blocks = Array.from({ length: hosts }, (_, i) => {
    const servers = endpoint === undefined ? addressesOf(i).map((a) => `${a}:8080`) : [endpoint]
    return `
    upstream u${i} {
${servers.map((server) => `        server ${server};`).join('\n')}
        keepalive 32;
    }
    server {
        listen ${ports.http};${hasTls ? `\n        listen ${ports.https} ssl;` : ''}
        server_name ${hostOf(i)};
${locations.map((match) => `        location ${match} { proxy_pass http://u${i}; }`).join('\n')}
    }`
  })
  const first = `
    ssl_certificate ${file};
    ssl_certificate_key ${file};
    proxy_http_version 1.1;
    ${proxying}
`
  return around(dir, ports, first + blocks.join('\n'), log, workers, connections)
}

function around(
  dir: string,
  { status }: Ports,
  inside: string,
  log: string,
  workers: number | 'auto' = 'auto',
  connections = 4096,
): string {
  return `pid ${dir}/nginx.pid;
${process.getuid?.() === 0 ? 'user root;' : ''}
worker_processes ${workers};
worker_rlimit_nofile 65536;
error_log ${dir}/error.log;
events { worker_connections ${connections}; }
http {
    ${log}
${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((name) => `    ${name}_temp_path ${dir}/tmp/${name};`).join('\n')}
    server_names_hash_max_size 32768;
    server_names_hash_bucket_size 128;
    proxy_headers_hash_max_size 1024;
    proxy_headers_hash_bucket_size 128;
    variables_hash_max_size 2048;
    map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
    server { listen 127.0.0.1:${status}; }
${inside}
}
`
}
