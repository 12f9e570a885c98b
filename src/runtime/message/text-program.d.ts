// The bytes of text-program.wat, a WebAssembly module, written by the build
// (test/scripts/text-program.ts).
// INVARIANT: of its exports, long-text.ts alone knows what they mean.

export declare const PROGRAM: Uint8Array
