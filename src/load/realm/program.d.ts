// child.ts and the engine's packages as one text, written by the build
// (test/scripts/realm.ts): the child that runs it may read no file.
// In: the engine's WebAssembly and a bundle. Out: one Answer on descriptor 3.
// INVARIANT: passed on as text, and imported by no module of ours.

export declare function run(
  engine: Uint8Array,
  bundle: string,
  /** Milliseconds of CPU. */
  time: number,
  /** Milliseconds of wall time. */
  wall: number,
): Promise<void>
