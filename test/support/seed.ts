import * as fc from 'fast-check'

/**
 * Loaded before each test file: properties try the same values in every run, so that a run says
 * something about the change and not about chance. SLUICE_TEST_SEED is another number, or `random`.
 */
const seed = process.env['SLUICE_TEST_SEED'] ?? '1'
if (seed !== 'random') fc.configureGlobal({ seed: Number(seed) })
