/** The help of the program as a whole. */
export declare function overview(): string;
