/** The api-versions this command line speaks. */
export const FLUX_VERSION = '2025-04-01'
export const EXTENSION_VERSION = '2025-03-01'
export const CLUSTER_VERSION = '2024-01-01'
export const GROUP_VERSION = '2021-04-01'
