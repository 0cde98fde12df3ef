/**
 * Tells the streams of this process which cluster's desired state has changed, right after the change was committed.
 * It carries no data: a stream reads what is newer than its cursor from the store, so a missed or doubled call does
 * no harm. Several API replicas would pass the same word on through the database.
 */

export interface Changes {
  announce(clusterId: string): void
  /** Calls `wake` after each change of the cluster; returns how to stop. */
  subscribe(clusterId: string, wake: () => void): () => void
}

export function createChanges(): Changes {
  const listeners = new Map<string, Set<() => void>>()
  return {
    announce(clusterId) {
      for (const wake of listeners.get(clusterId) ?? []) wake()
    },
    subscribe(clusterId, wake) {
      const set = listeners.get(clusterId) ?? new Set()
      listeners.set(clusterId, set)
      set.add(wake)
      return () => {
        set.delete(wake)
        if (set.size === 0 && listeners.get(clusterId) === set) listeners.delete(clusterId)
      }
    },
  }
}
