import type { Protocol } from '../../model/config.ts'
import { grpcNameOf } from '../../model/directive.ts'
import type { Directive } from '../../model/directive.ts'

export const isGrpc = (protocol: Protocol): boolean => protocol === 'GRPC' || protocol === 'GRPCS'

/** `line` as a location that speaks gRPC has it: none where there is nothing of the kind. */
export function overGrpc(line: Directive): readonly Directive[] {
  if (line.name === undefined) return [line]
  const name = grpcNameOf(line.name)
  return name === undefined ? [] : name === line.name ? [line] : [{ ...line, name }]
}
