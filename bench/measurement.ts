import type { NginxProgram } from '../test/support/nginx.ts'

/** A run of the measurements: what they share. */
export interface Bench {
  /** Fewer sizes and repetitions, for a look while something is being changed. */
  readonly isQuick: boolean
  /** Oldest first. */
  readonly nginxes: readonly NginxProgram[]
  readonly newest: NginxProgram
  /** A directory that is gone after the run. */
  readonly scratch: string
  /** A line for whoever waits. */
  say(text: string): void
}

/** One figure of the table: what was measured, and against what. */
export interface Line {
  /** The row of the table of goals. */
  readonly what: string
  /** Size and nginx version. */
  readonly at: string
  readonly goal: string
  readonly reached: string
  /** What the machine itself takes, measured in the same run; empty where there is none. */
  readonly floor: string
  readonly ratio: string
  /** Undefined where the goal says nothing about this line. */
  readonly isMet: boolean | undefined
}

export interface Measurement {
  /** For `--only`. */
  readonly name: string
  readonly measure: (bench: Bench) => Promise<readonly Line[]>
}
