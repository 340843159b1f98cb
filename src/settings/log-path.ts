import ipaddr from 'ipaddr.js'
import type { Value } from '../annotations/values.ts'
import { literal } from '../model/token.ts'
import type { Token } from '../model/token.ts'
import { dnsName } from '../objects/meta.ts'

/** Where a log goes. nginx refuses to buffer what it sends to syslog. */
export interface LogPath {
  readonly token: Token
  readonly isBuffered: boolean
}

export const logPath: Value<LogPath> = {
  expected: 'an absolute path, or "syslog:server=ADDRESS"',
  parse: (text) =>
    isPath(text) || isSyslog(text) ? { token: literal(text), isBuffered: isPath(text) } : undefined,
}

/** nginx refuses everything for a parameter that it does not know. */
function isSyslog(text: string): boolean {
  const [server = '', ...parameters] = text.split(',')
  const prefix = 'syslog:server='
  return (
    server.startsWith(prefix) &&
    isServer(server.slice(prefix.length)) &&
    parameters.every((parameter) => parameterPattern.test(parameter)) &&
    text.length <= 500
  )
}

const isPath = (text: string): boolean =>
  /^\/[A-Za-z0-9_./-]{1,500}$/.test(text) && !/\.\.|\/$/.test(text)

const facilities =
  'kern|user|mail|daemon|auth|intern|lpr|news|uucp|clock|authpriv|ftp|ntp|audit|alert|cron|local[0-7]'
const severities = 'emerg|alert|crit|error|warn|notice|info|debug'
const parameterPattern = new RegExp(
  `^(?:facility=(?:${facilities})|severity=(?:${severities})|tag=[A-Za-z0-9_]{1,32}|nohostname)$`,
)

function isServer(text: string): boolean {
  if (text.startsWith('unix:')) return isPath(text.slice('unix:'.length)) && text.length <= 100
  const [, six, other = '', port = '514'] =
    /^(?:\[(.+)\]|([^:]+))(?::([0-9]{1,5}))?$/.exec(text) ?? []
  const isHost =
    six === undefined ? dnsName.test(other) : ipaddr.IPv6.isValid(six) && !six.includes('%')
  return isHost && Number(port) >= 1 && Number(port) <= 65_535
}
