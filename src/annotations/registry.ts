import { appRoot } from './app-root.ts'
import { backendProtocol, serviceUpstream, upstreamVhost } from './backend.ts'
import { basicAuth } from './basic-auth.ts'
import { canary } from './canary.ts'
import { cors } from './cors.ts'
import { externalAuth } from './external-auth.ts'
import type { Feature, Field } from './feature.ts'
import { httpsRedirect } from './https-redirect.ts'
import { permanentRedirect } from './permanent-redirect.ts'
import { rateLimit } from './rate-limit.ts'
import { requestBody } from './request-body.ts'
import { responseBuffering } from './response-buffering.ts'
import { rewrite } from './rewrite.ts'
import { sourceRange } from './source-range.ts'
import { timeouts } from './timeouts.ts'
import { upstreamHash } from './upstream-hash.ts'

/** Every feature, in the order in which the directives of one phase stand in a location. */
export const features: readonly Feature[] = [
  cors,
  appRoot,
  permanentRedirect,
  rateLimit,
  sourceRange,
  basicAuth,
  externalAuth,
  httpsRedirect,
  rewrite,
  canary,
  backendProtocol,
  upstreamVhost,
  serviceUpstream,
  upstreamHash,
  requestBody,
  responseBuffering,
  timeouts,
]

/** An annotation that Sluice implements, and the feature that it is part of. */
export interface Annotation {
  readonly name: string
  readonly field: Field<unknown>
  readonly feature: Feature
}

/** Every annotation that Sluice implements, by its name after the prefix. */
export const annotations: ReadonlyMap<string, Annotation> = new Map(
  features.flatMap((feature) =>
    Object.entries(feature.fields).map(
      ([name, field]) => [name, { name, field, feature }] as const,
    ),
  ),
)

/** The annotation of each name, other names included. */
export const annotationsByName: ReadonlyMap<string, Annotation> = new Map(
  [...annotations.values()].flatMap((annotation) =>
    [annotation.name, ...(annotation.field.aliases ?? [])].map(
      (name) => [name, annotation] as const,
    ),
  ),
)
