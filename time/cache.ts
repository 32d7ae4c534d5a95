/**
 * The value for this key, made once. `most` bounds the cache: the oldest entry goes first, so that a stream of ever new
 * texts cannot fill the memory.
 */
export function remember<Value>(cache: Map<string, Value>, key: string, most: number, make: () => Value): Value {
  const known = cache.get(key);
  if (known !== undefined) return known;
  const made = make();
  if (cache.size >= most) {
    for (const oldest of cache.keys()) {
      cache.delete(oldest);
      break;
    }
  }
  cache.set(key, made);
  return made;
}
