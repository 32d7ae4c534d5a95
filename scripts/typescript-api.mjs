// `node --import ./scripts/typescript-api.mjs …`: openapi-typescript uses the compiler's programming interface, which
// TypeScript 7 does not have; it gets the one of TypeScript 5.
import { registerHooks } from 'node:module';

registerHooks({
  resolve: (name, context, next) => next(name === 'typescript' ? 'typescript-api' : name, context),
});
