import type { Origin } from '../../model/origin.ts'
import type { ConfigMap, Ingress } from '../../objects/kinds.ts'
import type { Settings } from '../../settings/table.ts'
import { clientAddress } from '../http/client-address.ts'
import { hostOf, schemeOf } from '../http/request.ts'
import type { TranslateOptions } from '../translation.ts'
import type { Surroundings } from './annotate.ts'

/** What all Ingresses are read with. */
export function surroundingsOf(
  configMap: ConfigMap | undefined,
  settings: Settings,
  options: TranslateOptions,
): Surroundings {
  const { annotationsPrefix: prefix, stateDir, deepInspect } = options
  return {
    prefix,
    settings,
    configMap: configMap && originOf(configMap),
    request: {
      client: clientAddress(settings),
      scheme: schemeOf(settings),
      host: hostOf({ settings, options }),
    },
    stateDir,
    deepInspect,
    exempt: settings['no-auth-locations'],
  }
}

const originOf = ({ namespace, name }: ConfigMap): Origin => ({
  kind: 'ConfigMap',
  namespace,
  name,
})

/** An Ingress that asks for nothing: what the ConfigMap asks of all is asked of it. */
export const anIngressOfNobody: Ingress = {
  kind: 'Ingress',
  namespace: '',
  name: 'nobody',
  uid: '',
  created: 0,
  order: 0,
  className: undefined,
  annotations: new Map(),
  defaultBackend: undefined,
  tls: [],
  rules: [],
}
