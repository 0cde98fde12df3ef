/** The parts a request handler works with, made once at the start and handed to each group of routes. */
import type { Guard } from '../access/guard.ts'
import type { Issuer } from '../access/issuer.ts'
import type { Users } from '../access/users.ts'
import type { AgentAccess } from '../agents/agent-access.ts'
import type { DesiredStreams } from '../agents/desired-stream.ts'
import type { StatusIntake } from '../agents/status-intake.ts'
import type { Clusters } from '../resources/clusters.ts'
import type { ResourceGroups } from '../resources/resource-groups.ts'
import type { ResourceWrites } from '../resources/resource-writes.ts'
import type { Store } from '../store/store.ts'

export interface Service {
  store: Store
  users: Users
  issuer: Issuer
  guard: Guard
  groups: ResourceGroups
  clusters: Clusters
  writes: ResourceWrites
  agents: AgentAccess
  intake: StatusIntake
  streams: DesiredStreams
  now: () => Date
}
