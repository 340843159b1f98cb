import { directive } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'
import { nginx } from '../../model/token.ts'
import type { Word } from '../../model/token.ts'
import type { Context } from '../context.ts'

type Settings = Pick<Context, 'settings'>

/** On every response over HTTPS, errors included; the endpoint's own is replaced. */
export const responseHeaders = ({ settings }: Settings): readonly Directive[] =>
  settings.hsts
    ? [directive('add_header', nginx`Strict-Transport-Security`, nginx`$hsts`, nginx`always`)]
    : []

/** Headers of an endpoint's response that no client sees. */
export const hiddenHeaders = ({ settings }: Settings): readonly Word[] =>
  settings.hsts ? [nginx`Strict-Transport-Security`] : []
