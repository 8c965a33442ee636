// What runs on Node only
export {
  type FileLedger,
  type OpenLedgerOptions,
  openLedger,
  openLedgerDefaults,
} from './create/file-ledger/open-ledger.js';
export type { Container } from './download/container.js';
export {
  type SavedVideo,
  type SaveProgress,
  type SaveVideoOptions,
  saveVideo,
  saveVideoDefaults,
  type Verified,
} from './download/to-file/save-video.js';
export { saveVideoIn } from './download/to-file/save-video-in.js';
export { videoFileName } from './download/to-file/video-file-name.js';
export {
  type NodeTransport,
  type NodeTransportOptions,
  nodeTransport,
  nodeTransportDefaults,
} from './http/node-transport.js';
export { nodeServerOptions, toNodeListener } from './sse/gateway/to-node-listener.js';
