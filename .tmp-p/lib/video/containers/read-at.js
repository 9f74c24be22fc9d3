export {};
//# sourceMappingURL=read-at.js.map