import type { NativeBinding } from './binding.js';
/**
 * Loads the native addon once: the file named by `MSTA_NATIVE_BINARY`, else a prebuilt binary for this platform,
 * else the one built from source in `build/Release`.
 *
 * @throws MstaError ERR_LOAD with every attempt, its reason and the remedy; ERR_DEVICE for a bad `MSTA_CPU_ISA`.
 */
export declare function loadBinding(): NativeBinding;
