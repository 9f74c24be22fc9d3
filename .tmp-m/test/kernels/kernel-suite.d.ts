/** The tests that a spec's cases stand for. */
import { type Test } from 'uvu';
import type { KernelSpec } from '../../native/kernels/spec.js';
import { Bench } from './run-case.js';
/** A suite whose tests use the device, all skipped where the processor lacks the instruction set asked for. */
export interface DeviceSuite {
    /** A test that needs no device. */
    test: Test;
    /** A test on the device. */
    onDevice(name: string, body: (bench: Bench) => Promise<void> | void): void;
    run(): void;
}
/** Opens the device for a suite. */
export declare function deviceSuite(name: string): DeviceSuite;
/** Adds a test for each case, comparing kernel with twin, and the twin's own gradient check. */
export declare function addCases({ test, onDevice }: DeviceSuite, specs: readonly KernelSpec[]): void;
