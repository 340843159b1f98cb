import type { Resolved } from '../../annotations/look.ts'
import type { DiagnosticCode } from '../../diagnostics.ts'
import type { Upstream } from '../../model/config.ts'
import type { NamedEndpoints } from '../translation.ts'

/** Where a reference led: what a location is told, and what nginx needs for it. */
export interface Led {
  readonly resolved: Resolved
  readonly upstream?: Upstream
  /** What nginx is told of the upstream where its configuration does not list it. */
  readonly endpoints?: NamedEndpoints
}

/** Nowhere, for a reason. */
export const refusal = (code: DiagnosticCode, problem: string): Led => ({
  resolved: { target: { kind: 'unavailable' }, problem: { code, severity: 'error', problem } },
})
