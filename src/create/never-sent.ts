import { isRushesError, type RushesError } from '../errors.js';

/** No name, nobody there, or not who they claim to be: all before a request can be sent. */
const beforeSending: ReadonlySet<string> = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'ECONNREFUSED',
  'UND_ERR_CONNECT_TIMEOUT',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_REVOKED',
  'CERT_UNTRUSTED',
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'ERR_TLS_CERT_ALTNAME_INVALID',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_GET_ISSUER_CERT',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
]);

/** What Node and OpenSSL say when the handshake of TLS fails, under codes that also tell of a connection that stood. */
const duringHandshake = [
  'before secure TLS connection was established',
  'alert handshake failure',
  'alert protocol version',
] as const;

/** The error of a create that certainly never left, if `error` proves it. */
export function neverSent(error: unknown): RushesError | undefined {
  if (!isRushesError(error)) return undefined;
  if (error.code === 'INVALID_ARGUMENT' || error.code === 'UNAUTHORIZED') return error;
  return isProof(error.cause) ? error : undefined;
}

/** `EHOSTUNREACH` or `ETIMEDOUT` may also come over a connection that stood; that it was `connect` is in the message. */
function isProof(cause: unknown): boolean {
  const { code, message, cause: inner } = Object(cause) as { code?: unknown; message?: unknown; cause?: unknown };
  if (typeof code === 'string' && typeof message === 'string') {
    if (beforeSending.has(code) || message.includes(`connect ${code} `)) return true;
    if (duringHandshake.some((words) => message.includes(words))) return true;
  }
  return inner !== undefined && isProof(inner);
}
