import fc from 'fast-check';

/** One seed for the whole run, so that a failure is repeated with `FC_SEED=… npm test`. */
fc.configureGlobal({ seed: Number(process.env['FC_SEED']) });
