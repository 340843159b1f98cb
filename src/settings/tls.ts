import { createSecureContext } from 'node:tls'
import { boolean, oneOf, paths, spaced, wholeNumber } from '../annotations/values.ts'
import { directive } from '../model/directive.ts'
import { literal, nginx, word } from '../model/token.ts'
import type { Token } from '../model/token.ts'
import { setting } from './setting.ts'

const cipherRule = /^(?:[!+-]?[A-Za-z0-9]+(?:[-+][A-Za-z0-9]+)*|@STRENGTH|@SECLEVEL=[0-5])$/

/**
 * OpenSSL's list of ciphers, without those of TLS 1.3, which it does not look at in such a list. nginx
 * refuses everything for a list that selects none.
 */
function cipherList(text: string): Token | undefined {
  const rules = text.split(':').filter((rule) => !/^TLS_[A-Z0-9_]+$/.test(rule))
  if (text.length > 1500 || !rules.every((rule) => cipherRule.test(rule))) return undefined
  const list = rules.join(':')
  try {
    createSecureContext({ ciphers: list })
    return list === '' ? undefined : literal(list)
  } catch {
    return undefined
  }
}

const booleanRejects = ['yes', 'on']

export const tls = {
  'http-redirect-code': setting({
    summary: 'Status of redirects to HTTPS.',
    value: oneOf(['301', '302', '307', '308']),
    default: '308',
    accepts: ['301'],
    rejects: ['303', '200'],
  }),
  'no-tls-redirect-locations': setting({
    summary:
      'Comma-separated paths of Ingresses that are never redirected to HTTPS, with everything below them.',
    value: paths,
    default: '/.well-known/acme-challenge',
    accepts: ['/a,/b'],
    rejects: ['acme'],
  }),
  hsts: setting({
    summary: 'Sends Strict-Transport-Security with every response over HTTPS.',
    value: boolean,
    default: 'true',
    accepts: ['false'],
    rejects: booleanRejects,
  }),
  'hsts-include-subdomains': setting({
    summary: 'Adds `includeSubDomains` to Strict-Transport-Security.',
    value: boolean,
    default: 'true',
    accepts: ['false'],
    rejects: booleanRejects,
  }),
  'hsts-max-age': setting({
    summary: 'Seconds for which browsers remember Strict-Transport-Security.',
    value: wholeNumber(0, 10_000_000_000),
    default: '31536000',
    accepts: ['0', '3600'],
    rejects: ['1y', '-1'],
  }),
  'hsts-preload': setting({
    summary: 'Adds `preload` to Strict-Transport-Security.',
    value: boolean,
    default: 'false',
    accepts: ['true'],
    rejects: booleanRejects,
  }),
  'ssl-protocols': setting({
    summary: 'TLS versions.',
    value: spaced(oneOf(['TLSv1', 'TLSv1.1', 'TLSv1.2', 'TLSv1.3'])),
    default: 'TLSv1.2 TLSv1.3',
    accepts: ['TLSv1.3'],
    rejects: ['SSLv3', 'TLSv1.2;'],
    tls: (protocols) => [directive('ssl_protocols', ...protocols.map(word))],
  }),
  'ssl-ciphers': setting({
    summary: 'Ciphers of TLS 1.2, in the order in which nginx prefers them, as OpenSSL names them.',
    value: {
      expected: "a list of OpenSSL's cipher names, separated by colons",
      parse: cipherList,
    },
    default:
      'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305:DHE-RSA-AES256-GCM-SHA384:DHE-RSA-AES128-GCM-SHA256',
    accepts: ['HIGH:!aNULL'],
    rejects: [
      'HIGH; x',
      '',
      'nonsense',
      'HIGH:!HIGH',
      'HIGH:@SECLEVEL=9',
      'TLS_AES_128_GCM_SHA256',
    ],
    tls: (ciphers) => [
      directive('ssl_ciphers', ciphers),
      directive('ssl_prefer_server_ciphers', nginx`on`),
    ],
  }),
  'use-http2': setting({
    summary: 'HTTP/2 for clients.',
    value: boolean,
    default: 'true',
    accepts: ['false'],
    rejects: booleanRejects,
  }),
}
