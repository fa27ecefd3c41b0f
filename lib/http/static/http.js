// Plain requests to the port that the page came from.

const ANSWER_MS = 12000; // a prompt that is checked may take five seconds

/** The answer's content; an Error's message is the sentence to show. */
export async function http(method, path, body, more = {}) {
  const raw = body instanceof Blob;
  const kind = raw ? body.type : "application/json";
  let answer;
  let content = {};
  try {
    answer = await fetch(path, {
      method,
      headers: { ...(body === undefined ? {} : { "Content-Type": kind }), ...more.headers },
      body: body === undefined || raw ? body : JSON.stringify(body),
      signal: AbortSignal.timeout(more.within_ms ?? ANSWER_MS),
      keepalive: more.keepalive ?? false,
    });
    content = await answer.json().catch(() => ({}));
  } catch {
    throw new Error("Not sent: the connection is lost");
  }
  if (answer.ok) return content;
  const words = typeof content.detail === "string" ? content.detail : `Refused (${answer.status})`;
  throw Object.assign(new Error(words), { status: answer.status });
}
