/** Helm releases on a cluster: their records, and the actions that make, change and remove them. */
export {}
