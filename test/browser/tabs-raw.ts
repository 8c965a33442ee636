import { createServer } from 'node:net';
import { WebSocket } from 'undici';

/**
 * A tab that Playwright does not look after: its pages always count as visible, and such cannot be frozen.
 */
export interface RawTab {
  evaluate(expression: string): Promise<unknown>;
  freeze(): Promise<void>;
  resume(): Promise<void>;
  hide(): Promise<void>;
  show(): Promise<void>;
}

/** A profile with tabs of that kind. */
export interface RawContext {
  /** @param before - a script that runs before those of the page. */
  open(url: string, before?: string): Promise<RawTab>;
  close(): Promise<void>;
}

type Send = (method: string, params?: object, sessionId?: string) => Promise<Record<string, unknown>>;

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address ? address.port : 0;
}

/** A new profile of the browser whose DevTools listen on `port`. */
export async function rawContext(port: number): Promise<RawContext> {
  const version = (await (await fetch(`http://127.0.0.1:${port}/json/version`)).json()) as Record<string, string>;
  const socket = new WebSocket(version['webSocketDebuggerUrl'] ?? '');
  await new Promise((resolve, reject) => {
    socket.addEventListener('open', resolve);
    socket.addEventListener('error', () => reject(new Error('the browser does not answer')));
  });
  const waiting = new Map<number, (answer: Record<string, unknown>) => void>();
  socket.addEventListener('message', ({ data }) => {
    const answer = JSON.parse(String(data)) as Record<string, unknown>;
    waiting.get(answer['id'] as number)?.(answer);
  });
  let sent = 0;
  const send: Send = (method, params = {}, sessionId = undefined) =>
    new Promise((resolve, reject) => {
      const id = ++sent;
      waiting.set(id, ({ error, result }) => {
        waiting.delete(id);
        if (error) reject(new Error(JSON.stringify(error)));
        else resolve(result as Record<string, unknown>);
      });
      socket.send(JSON.stringify({ id, method, params, sessionId }));
    });
  const { browserContextId } = await send('Target.createBrowserContext');
  return {
    open: async (url, before) => {
      const { targetId } = await send('Target.createTarget', { url: 'about:blank', browserContextId });
      const { sessionId } = await send('Target.attachToTarget', { targetId, flatten: true });
      const own = (method: string, params?: object) => send(method, params, sessionId as string);
      await own('Page.enable');
      if (before) await own('Page.addScriptToEvaluateOnNewDocument', { source: before });
      await own('Page.navigate', { url });
      const frame = async (windowState: 'minimized' | 'normal') => {
        const { windowId } = await send('Browser.getWindowForTarget', { targetId });
        await send('Browser.setWindowBounds', { windowId, bounds: { windowState } });
      };
      return {
        evaluate: async (expression) => {
          const answer = await own('Runtime.evaluate', { expression, awaitPromise: true, returnByValue: true });
          return (answer['result'] as { value?: unknown }).value;
        },
        freeze: async () => void (await own('Page.setWebLifecycleState', { state: 'frozen' })),
        resume: async () => void (await own('Page.setWebLifecycleState', { state: 'active' })),
        hide: () => frame('minimized'),
        show: () => frame('normal'),
      };
    },
    close: async () => {
      await send('Target.disposeBrowserContext', { browserContextId });
      socket.close();
    },
  };
}
