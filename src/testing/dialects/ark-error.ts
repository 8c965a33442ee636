/** An error of ByteDance's Ark, which its resellers pass through. */
export interface ArkError {
  readonly code: string;
  readonly message: string;
  readonly param?: string;
  readonly type?: string;
}

/** The error as Ark's body has it. */
export function arkErrorBody(error: ArkError, requestId: string): { readonly error: ArkError } {
  const message = `${error.message} Request id: ${requestId}`;
  return { error: { param: '', type: 'BadRequest', ...error, message } };
}

/** Ark's words for a parameter it does not take. */
export function invalidParameter(param: string, why: string): ArkError {
  const message = `The parameter \`${param}\` specified in the request is not valid: ${why}.`;
  return { code: 'InvalidParameter', message, param };
}

/** Ark's words for a parameter it misses. */
export function missingParameter(param: string): ArkError {
  const message = `The request failed because it is missing \`${param}\` parameter.`;
  return { code: 'MissingParameter', message, param };
}
