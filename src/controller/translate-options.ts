import { resolve } from 'node:path'
import type { TranslationOptions } from '../options/flags.ts'
import type { TranslateOptions } from '../translate/translation.ts'

/** What a translation depends on beside the flags. */
export type Facts = Pick<
  TranslateOptions,
  | 'abilities'
  | 'allowLoopbackEndpoints'
  | 'appliesDefaultClass'
  | 'logs'
  | 'nameservers'
  | 'workerUser'
> &
  Partial<Pick<TranslateOptions, 'endpointUpdates' | 'openFiles'>>

export function translateOptions(options: TranslationOptions, facts: Facts): TranslateOptions {
  return {
    ingressClass: options['ingress-class'],
    controllerClass: options['controller-class'],
    watchIngressWithoutClass: options['watch-ingress-without-class'],
    ingressClassByName: options['ingress-class-by-name'],
    disableCatchAll: options['disable-catch-all'],
    disableSvcExternalName: options['disable-svc-external-name'],
    annotationsPrefix: options['annotations-prefix'],
    configmap: options.configmap,
    defaultBackendService: options['default-backend-service'],
    defaultSslCertificate: options['default-ssl-certificate'],
    httpPort: options['http-port'],
    httpsPort: options['https-port'],
    statusPort: options['status-port'],
    healthCheckPath: options['health-check-path'],
    deepInspect: options['deep-inspect'],
    stateDir: resolve(options['state-dir']),
    endpointUpdates: 'reload',
    ...facts,
  }
}
