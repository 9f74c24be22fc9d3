export {};
//# sourceMappingURL=loader-types.js.map