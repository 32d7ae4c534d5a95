/** What travels with a request through the HTTP app. */
export interface Env {
  Variables: { requestId?: string };
}
