/** Path of the real kubectl, unpacked on first use. */
export function kubectl(): Promise<string>
/** Path of the real helm, unpacked on first use. */
export function helm(): Promise<string>
