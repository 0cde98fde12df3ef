/** What tests of other packages need of this one. */
export { type CommitOptions, GitFixture, git } from './git-fixture.ts'
export { SshServer, withoutSshd } from './ssh-server.ts'
export { LOGIN, NO_REGISTRY, TestRegistry } from './test-registry.ts'
