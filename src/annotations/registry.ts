import type { Annotation } from './annotation.ts'
import { backend } from './backend.ts'
import { httpsRedirect } from './https-redirect.ts'
import { requestBody } from './request-body.ts'
import { responseBuffering } from './response-buffering.ts'
import { rewrite } from './rewrite.ts'
import { sourceRange } from './source-range.ts'
import { timeouts } from './timeouts.ts'

/** Every annotation that Sluice implements, by its name after the prefix. */
export const annotations: ReadonlyMap<string, Annotation> = new Map<string, Annotation>(
  Object.entries({
    ...backend,
    ...httpsRedirect,
    ...requestBody,
    ...responseBuffering,
    ...rewrite,
    ...sourceRange,
    ...timeouts,
  }),
)
