/** The same answer with more headers, which win over its own. */
export function withHeaders({ body, status, headers }: Response, laidOver: Readonly<Record<string, string>>): Response {
  const all = new Headers(headers);
  for (const [name, value] of Object.entries(laidOver)) all.set(name, value);
  return new Response(body, { status, headers: all });
}
