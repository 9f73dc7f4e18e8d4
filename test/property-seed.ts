/**
 * Loaded before the tests: gives property tests a fixed seed, so that a failure is a fault of the change that made it.
 * PROPERTY_SEED looks elsewhere.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PROPERTY_SEED'] ?? 1) });
