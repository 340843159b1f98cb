/**
 * What a person writes who wants the headers, the request ID and the log of `bundle`, the text of an nginx.conf, in the
 * least that says it; its log goes into `file`. Throws where there is a header that nobody has written by hand yet.
 */
export function likeOurs(
  bundle: string,
  file: string,
): { readonly proxying: string; readonly log: string } {
  const headers = [...bundle.matchAll(/^ {4}proxy_set_header (\S+) (.+);/gm)]
    .filter(([, , value]) => value !== '""')
    .map(([, name = '']) => `proxy_set_header ${name} ${valueOf(name)};`)
  const [, format] = /^ {4}log_format upstreaminfo (.+);/m.exec(bundle) ?? []
  if (headers.length === 0 || format === undefined) throw new Error('the bundle has another form')
  const plain = format.replaceAll(/\$(\w+)/g, (own, name: string) => variables[name] ?? own)
  return {
    proxying: [...headers, 'proxy_buffering off;'].join('\n    '),
    log: `log_format ours ${plain};\n    access_log ${file} ours buffer=32k flush=1s;`,
  }
}

function valueOf(header: string): string {
  const value = values[header.toLowerCase()]
  if (value === undefined) throw new Error(`no value for the header ${header} is written by hand`)
  return value
}

const values: Readonly<Record<string, string>> = {
  host: '$http_host',
  'x-request-id': '$request_id',
  'x-real-ip': '$remote_addr',
  'x-forwarded-for': '$remote_addr',
  'x-forwarded-host': '$http_host',
  'x-forwarded-port': '$server_port',
  'x-forwarded-proto': '$scheme',
  'x-forwarded-scheme': '$scheme',
  'x-scheme': '$scheme',
  'x-original-forwarded-for': '$http_x_forwarded_for',
  'x-original-forwarded-host': '$http_x_forwarded_host',
  upgrade: '$http_upgrade',
  connection: '$connection_upgrade',
}

/** What nginx itself has instead of the variables of ingress-nginx. */
const variables: Readonly<Record<string, string>> = {
  proxy_upstream_name: '$proxy_host',
  proxy_alternative_upstream_name: '',
  req_id: '$request_id',
}
