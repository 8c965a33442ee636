import {
  type Authenticator,
  type ConnectionOptions,
  connect,
  credsAuthenticator,
  type NatsConnection,
} from '@nats-io/transport-node';
import { messageOf } from '../../errors.js';
import { exitCodes } from '../exit-code.js';
import { WrongUsage } from '../wrong-usage.js';
import { contentOf, type NatsAccess } from './nats-access.js';
import { NatsTrouble } from './trouble.js';

/** How long a server may take to let us in. */
const CONNECT_MS = 3_000;

/** How long what is still to be sent may take when we leave. */
const FAREWELL_MS = 2_000;

/** What NATS says to who may not come in; to come again is no use. */
const refusals: readonly string[] = ['AuthorizationError', 'UserAuthenticationExpiredError'];

/** How a connection is made. */
export interface NatsOptions {
  /** Whether it is to come back by itself for as long as it takes. */
  readonly isLasting: boolean;
}

/**
 * Connects to NATS.
 *
 * @throws NatsTrouble where no server answers within 3 s, or they refuse us; WrongUsage for a bad file of credentials.
 */
export async function openNats(access: NatsAccess, { isLasting }: NatsOptions): Promise<NatsConnection> {
  const { servers, address, isSecure } = access;
  const identity = identityOf(access);
  try {
    return await connect({
      servers: [...servers],
      name: 'rushes',
      timeout: CONNECT_MS,
      ...(isLasting && { maxReconnectAttempts: -1 }),
      ...(isSecure && { tls: {} }),
      ...identity,
    });
  } catch (error) {
    if (refusals.includes(Object(error).name)) {
      const step = 'Check NATS_CREDS, NATS_USER and NATS_PASSWORD, or NATS_TOKEN.';
      throw new NatsTrouble(`NATS at ${address} does not let us in: ${messageOf(error)}`, step, exitCodes.failed);
    }
    const step = 'Is a server there? Name another with --nats or NATS_URL.';
    throw new NatsTrouble(`NATS at ${address} does not answer: ${messageOf(error)}`, step, exitCodes.unknown);
  }
}

/** Sends what is still to be sent, where that can be, and disconnects. */
export async function closeNats(connection: NatsConnection): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const tooLong = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, FAREWELL_MS);
  });
  await Promise.race([connection.flush().catch(() => {}), tooLong]);
  clearTimeout(timer);
  await connection.close().catch(() => {});
}

function identityOf({ user }: NatsAccess): ConnectionOptions {
  switch (user.kind) {
    case 'nobody':
      return {};
    case 'user':
      return { user: user.user, pass: user.password };
    case 'token':
      return { token: user.token };
    case 'creds':
      return { authenticator: authenticatorOf(user.path) };
  }
}

/** Reads the file at each connection: credentials are renewed under a process that runs on. */
function authenticatorOf(path: string): Authenticator {
  const authenticate = credsAuthenticator(() => contentOf('NATS_CREDS', path));
  try {
    authenticate('nonce');
  } catch (error) {
    if (error instanceof WrongUsage) throw error;
    throw new WrongUsage('NATS_CREDS names a file that holds no credentials of NATS');
  }
  return authenticate;
}
