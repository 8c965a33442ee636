import type { Refusal, TaskView } from './dialect.js';

const JSON_UTF8 = { 'content-type': 'application/json; charset=utf-8' };

/** A task error of the gateway software that CometAPI and Infinity Blue run: flat. */
export function taskError(status: number, code: string, message = code): Response {
  return Response.json({ code, message, data: null }, { status, headers: JSON_UTF8 });
}

/** Any other error of that software: nested, with the request id in its message. */
export function gatewayError(
  status: number,
  error: { type: string; message: string; code?: string; param?: string },
  requestId?: string,
): Response {
  const message = requestId === undefined ? error.message : `${error.message} (request id: ${requestId})`;
  return Response.json({ error: { code: '', ...error, message } }, { status, headers: JSON_UTF8 });
}

/** The refusals that are the same at every reseller; `type` is what each calls its own errors. */
export function refuseAsGateway(refusal: Refusal, type: string): Response {
  const { operation, method, path, requestId, status = 500 } = refusal;
  switch (refusal.problem) {
    case 'unauthorized':
      return gatewayError(401, { type, message: 'invalid token' }, requestId);
    case 'not-found':
      return operation === 'content' ? contentError(404, 'Task not found') : taskError(400, 'task_not_exist');
    case 'wrong-url':
      return gatewayError(404, {
        type: 'invalid_request_error',
        message: `Invalid URL (${method} ${path})`,
        param: '',
      });
    case 'rate-limited':
      return taskError(429, 'fail_to_fetch_task', '当前分组上游负载已饱和，请稍后再试');
    case 'server-error':
      return gatewayError(
        status,
        { type, message: 'bad response status code', code: 'bad_response_status_code' },
        requestId,
      );
  }
}

/** Why the content proxy has no bytes: the task still runs (an internal word leaks), or its link is past. */
export function withholdAsGateway(view: TaskView, expiresAtMs = Number.POSITIVE_INFINITY): Response | undefined {
  const { status } = view.state;
  if (status !== 'completed') {
    const word = { queued: 'QUEUED', in_progress: 'IN_PROGRESS', unknown: 'NOT_START' }[status as string] ?? 'FAILURE';
    return contentError(400, `Task is not completed yet, current status: ${word}`);
  }
  return view.nowMs < expiresAtMs
    ? undefined
    : contentError(502, 'Upstream service returned status 403', 'server_error');
}

function contentError(status: number, message: string, type = 'invalid_request_error'): Response {
  return Response.json({ error: { message, type } }, { status, headers: JSON_UTF8 });
}
