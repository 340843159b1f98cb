import type { Measurement } from '../measurement.ts'
import { throughRealApiServer } from '../support/real-api-server.ts'

/** Endpoint changes that come alone, and a controller that is killed in between. */
export const loneEndpoints: Measurement = {
  name: 'lone-endpoints',
  measure: (bench) => throughRealApiServer(bench, 'lone-endpoints.ts'),
}
