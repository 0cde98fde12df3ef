/** Versions and ranges by the rules of Masterminds/semver 3. */
export { type Constraint, ConstraintError, parseConstraint, satisfies } from './constraint.ts'
export { compareVersions, parseVersion, type Version } from './version.ts'
