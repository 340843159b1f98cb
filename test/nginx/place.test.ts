import assert from 'node:assert/strict'
import { suite, test } from 'node:test'
import { complaintOf, keysAt, placeOf } from '../../src/nginx/place.ts'
import type { Bundle } from '../../src/render/bundle.ts'

const text = `pid /state/nginx.pid;
http {
    gzip on;
    # Service shop/web port 80
    upstream 0a1b-shop-web {
        server 10.0.0.1:80;
    }
    # Ingress shop/web
    server {
        server_name "a{b";
        # Ingress shop/api
        location /api {
            proxy_pass http://0a1b-shop-web;
        }
        listen 80;
        # Ingress team/late
        location / {
        }
    }
    ssl_certificate /state/tls/00ff.pem;
}
`
const bundle: Bundle = { digest: '00', files: new Map([['nginx.conf', text]]), keyFiles: [] }
const lineOf = (part: string): number => text.slice(0, text.indexOf(part)).split('\n').length
const complaintAt = (line: number): string => `[emerg] bad in /state/bundles/00/nginx.conf:${line}`

void suite('the place of a complaint', () => {
  for (const [part, object] of [
    ['server 10.0.0.1', 'Service shop/web port 80'],
    ['server_name', 'Ingress shop/web'],
    ['proxy_pass', 'Ingress shop/api'],
    ['listen 80', 'Ingress shop/web'],
    ['location / {', 'Ingress team/late'],
    ['gzip on', undefined],
    ['ssl_certificate', undefined],
  ] as const)
    void test(`"${part}" belongs to ${object ?? 'nobody'}`, () => {
      const place = placeOf(complaintAt(lineOf(part)), bundle)
      assert.equal(place?.object, object)
      assert.equal(place?.line, lineOf(part))
      assert.ok(place?.text.startsWith(part))
    })

  void test('a warning before it does not hide the error', () => {
    const stderr = `[warn] odd in /state/bundles/00/nginx.conf:3\n${complaintAt(lineOf('proxy_pass'))}`
    assert.equal(placeOf(stderr, bundle)?.object, 'Ingress shop/api')
    const elsewhere = `[warn] odd in /state/bundles/00/nginx.conf:3\n[emerg] could not build a hash`
    assert.equal(placeOf(elsewhere, bundle), undefined)
  })

  void test('the error is quoted, and not a warning before it', () => {
    assert.equal(complaintOf('[warn] odd\n[emerg] bad\n'), '[emerg] bad')
    assert.equal(complaintOf('nginx died of SIGKILL\n'), 'nginx died of SIGKILL')
  })

  void test('a file that cannot be loaded is found by its name', () => {
    const stderr = '[emerg] cannot load certificate "/state/tls/00ff.pem": BIO_new_file() failed'
    assert.equal(placeOf(stderr, bundle)?.line, lineOf('ssl_certificate'))
  })

  void test('a complaint about something else has no place', () => {
    assert.equal(
      placeOf('[emerg] bind() to 0.0.0.0:80 failed (13: Permission denied)', bundle),
      undefined,
    )
    assert.equal(placeOf('[emerg] bad in /etc/other.conf:1', bundle), undefined)
    assert.equal(placeOf(complaintAt(99), bundle), undefined)
    assert.equal(placeOf('', bundle), undefined)
  })
})

const withFields = `http {
    log_format up "$remote_addr; # no-field" $cookie_a; # log-format-upstream, log-format-escape-json
    client_body_temp_path /state/var/log/a;
    access_log /var/log/a; # access-log-path
    access_log /var/log/a.log; # http-access-log-path
    map $https $hsts { # hsts-max-age
        default "";
    }
    gzip on;
    # Sluice built in
    server {
        ssl_ciphers x; # ssl-ciphers
        if ($scheme = http) { # ssl-redirect
            return 308 /;
        }
        # Ingress shop/web
        location / {
            proxy_buffering on; # proxy-buffering
            return 503; # Service shop/web has no ready endpoint
        }
    }
}
`

void suite('the field behind a line', () => {
  const fields: Bundle = { ...bundle, files: new Map([['nginx.conf', withFields]]) }
  const placeAt = (part: string) =>
    placeOf(complaintAt(withFields.slice(0, withFields.indexOf(part)).split('\n').length), fields)

  for (const [part, keys, field] of [
    ['access_log /var/log/a;', ['access-log-path'], 'access-log-path'],
    ['default ""', ['hsts-max-age'], 'hsts-max-age'],
    ['gzip on', [], undefined],
    ['ssl_ciphers', ['ssl-ciphers'], 'ssl-ciphers'],
    ['return 308', ['ssl-redirect'], 'ssl-redirect'],
    ['proxy_buffering', [], 'proxy-buffering'],
    ['return 503', [], undefined],
  ] as const)
    void test(`of "${part}" is ${field ?? 'none'}`, () => {
      const place = placeAt(part)
      assert.equal(place?.field, field)
      assert.deepEqual(place === undefined ? [] : keysAt(place), keys)
    })

  for (const [complaint, keys] of [
    ['[emerg] open() "/var/log/a" failed (2: No such file or directory)', ['access-log-path']],
    ['[emerg] open() "/var/log/a.log" failed (30: Read-only)', ['http-access-log-path']],
    ['[emerg] unknown "cookie_a" variable', ['log-format-upstream', 'log-format-escape-json']],
    ['[emerg] unknown "cookie" variable', undefined],
  ] as const)
    void test(`is found by what nginx says: ${complaint}`, () => {
      const place = placeOf(complaint, fields)
      assert.deepEqual(place && keysAt(place), keys)
    })
})

const withShared = `http {
    map $http_origin $cors_0a { # cors-allow-origin
        default "";
        https://a.example $http_origin;
    }
    limit_req_zone $binary_remote_addr zone=rps_1b:5m rate=5r/s; # limit-rps
    # Ingress shop/web
    server {
        # Ingress shop/web
        location / {
            limit_req zone=rps_1b; # limit-rps
        }
        # Ingress shop/api
        location /api {
            set $cors $cors_0a; # cors-allow-origin
        }
    }
}
`

void suite('what is defined for others belongs to who uses it first', () => {
  const shared: Bundle = { ...bundle, files: new Map([['nginx.conf', withShared]]) }
  for (const [part, object, field] of [
    ['map $http_origin', 'Ingress shop/api', 'cors-allow-origin'],
    ['https://a.example', 'Ingress shop/api', 'cors-allow-origin'],
    ['limit_req_zone', 'Ingress shop/web', 'limit-rps'],
  ] as const)
    void test(part, () => {
      const line = withShared.slice(0, withShared.indexOf(part)).split('\n').length
      const place = placeOf(complaintAt(line), shared)
      assert.deepEqual([place?.object, place?.field], [object, field])
    })
})
