declare global {
  /** The parts of the kernel. Each part declares itself beside its own code, so that this file imports none of them. */
  interface AlmanacKernel {}
}

/** What every room above stands on. */
export type Kernel = Readonly<AlmanacKernel>;
