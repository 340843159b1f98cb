import type { Measurement } from '../measurement.ts'
import { throughRealApiServer } from '../support/real-api-server.ts'

/** The figures of a cluster that grows. */
export const throughApiServer: Measurement = {
  name: 'api-server',
  measure: (bench) => throughRealApiServer(bench, 'figures.ts'),
}
