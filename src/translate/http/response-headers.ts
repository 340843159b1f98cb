import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx } from '../../model/token.ts'
import type { Context } from '../context.ts'

type Settings = Pick<Context, 'settings'>
export type HideDirective = 'proxy_hide_header' | 'grpc_hide_header'

/** On every response over HTTPS, errors included; the endpoint's own is replaced. */
export const responseHeaders = ({ settings }: Settings): readonly Directive[] =>
  settings.hsts ? [hsts] : []

const hsts = directive('add_header', nginx`Strict-Transport-Security`, nginx`$hsts`, nginx`always`)

/** Headers of an endpoint's response that no client sees. */
export const hiddenHeaders = ({ settings }: Settings, kind: HideDirective): readonly Directive[] =>
  settings.hsts ? [hidesHsts[kind]] : []

const hidesHsts = {
  proxy_hide_header: directive('proxy_hide_header', nginx`Strict-Transport-Security`),
  grpc_hide_header: directive('grpc_hide_header', nginx`Strict-Transport-Security`),
} as const
