/** Names a listing of `nm -C` defines for other files to use, outside `namespace`. */
export declare function strangers(listing: string, namespace: string): string[];
