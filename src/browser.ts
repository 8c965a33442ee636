// One tab asks, the others listen

export {
  type ShareAcrossTabsOptions,
  shareAcrossTabs,
  shareAcrossTabsDefaults,
} from './tabs/share-across-tabs.js';

// When to ask at once, and when not at all

export { pauseWhileHidden } from './wake/pause-while-hidden.js';
export { type WakeAfterSleepOptions, wakeAfterSleep, wakeAfterSleepDefaults } from './wake/wake-after-sleep.js';
export { wakeOnOnline } from './wake/wake-on-online.js';
export { wakeOnVisible } from './wake/wake-on-visible.js';

// Where a page notes what it pays for, so that a reload goes on with it

export {
  type StorageLedger,
  type StorageLedgerOptions,
  storageLedger,
  storageLedgerDefaults,
} from './create/storage-ledger/storage-ledger.js';
