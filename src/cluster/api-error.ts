import * as z from 'zod'

const status = z.object({
  message: z.string().catch(''),
  reason: z.string().catch(''),
  code: z.int().optional().catch(undefined),
  details: z
    .object({ retryAfterSeconds: z.number().catch(0) })
    .optional()
    .catch(undefined),
})

/** An answer of the API server that says no, in its own words. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  /** HTTP status. */
  readonly status: number
  /** The word of the API: `Expired`, `Forbidden`, `NotFound`. */
  readonly reason: string
  readonly retryAfterMs: number

  constructor(message: string, code: number, reason = '', retryAfterMs = 0) {
    super(message)
    this.status = code
    this.reason = reason
    this.retryAfterMs = retryAfterMs
  }

  /** What was listed or watched is older than what the server remembers. */
  get isExpiry(): boolean {
    return this.status === 410
  }

  /** From the body of an HTTP answer, which need not be the API's own (a proxy's page, say). */
  static of(code: number, body: string, retryAfter?: string): ApiError {
    let parsed: unknown
    try {
      parsed = JSON.parse(body)
    } catch {
      parsed = {}
    }
    return ApiError.ofStatus(parsed, code, Number(retryAfter) || 0)
  }

  /** From a Status object, as an ERROR event of a watch carries one. */
  static ofStatus(raw: unknown, code = 0, retryAfterSeconds = 0): ApiError {
    const { data } = status.safeParse(raw)
    const found = data?.code ?? code
    return new ApiError(
      data?.message || `the API server answered ${found}`,
      found,
      data?.reason ?? '',
      1000 * (retryAfterSeconds || (data?.details?.retryAfterSeconds ?? 0)),
    )
  }
}
