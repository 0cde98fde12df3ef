/**
 * What can go wrong between us and a Git server, one class for each thing a user can do about it. The messages are the
 * ones Flux 2.9 shows after `unable to clone '<url>': `, so that existing alerts and searches keep matching. None of them
 * ever holds a credential.
 */

export class GitError extends Error {
  override name = 'GitError'
}

/** 401: no credentials, or wrong ones. `detail` is what the server said (may be empty). */
export class AuthenticationRequiredError extends GitError {
  override name = 'AuthenticationRequiredError'
  constructor(detail: string) {
    super(`authentication required: ${detail}`)
  }
}

/** 403: known, but not allowed. */
export class AuthorizationFailedError extends GitError {
  override name = 'AuthorizationFailedError'
  constructor(detail: string) {
    super(`authorization failed: ${detail}`)
  }
}

/** 404. Many servers also answer this to hide a repository from somebody without access. */
export class RepositoryNotFoundError extends GitError {
  override name = 'RepositoryNotFoundError'
  constructor(detail: string) {
    super(`repository not found: ${detail}`)
  }
}

/** The repository exists and has no commit. */
export class EmptyRepositoryError extends GitError {
  override name = 'EmptyRepositoryError'
  constructor() {
    super('remote repository is empty')
  }
}

/** The named branch or tag does not exist. `ref` is its full name. */
export class RemoteRefNotFoundError extends GitError {
  override name = 'RemoteRefNotFoundError'
  constructor(ref: string) {
    super(`couldn't find remote ref "${ref}"`)
  }
}

/** The reference is such that no server could have it, or it names nothing: the message is complete in itself. */
export class RefSelectionError extends GitError {
  override name = 'RefSelectionError'
}

/** No connection, a broken one, or no answer in time. */
export class GitConnectionError extends GitError {
  override name = 'GitConnectionError'
}

/** The server speaks, but not as a Git server should. */
export class GitProtocolError extends GitError {
  override name = 'GitProtocolError'
}

/** More than we are willing to take. */
export class GitLimitError extends GitError {
  override name = 'GitLimitError'
}

/** The local mirror lacks or garbles an object it should have; whoever catches this starts the mirror anew. */
export class MirrorCorruptError extends GitError {
  override name = 'MirrorCorruptError'
}

/** The `git` program is missing or failed. */
export class GitProcessError extends GitError {
  override name = 'GitProcessError'
}
