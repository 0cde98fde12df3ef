/** The four kinds of source that a FluxConfig can name. Secrets are never here: they are in the protected parameters. */

import { duration } from '../meta/duration.ts'
import { array, boolean, map, object, required, string } from '../schema/schema.ts'
import { gitReference } from '../source/git-repository.ts'

function timing() {
  return {
    syncInterval: duration('How often the source is asked for changes.', { default: '10m0s' }),
    timeout: duration('How long fetching may take.', { default: '10m0s' }),
  }
}

function localAuthRef() {
  return string(
    'Secret in the namespace of the configuration that holds the credentials, instead of protected settings.',
  )
}

export function fluxConfigGitRepository() {
  return object('A Git repository.', {
    url: required(string('Address: `https://`, `http://`, `ssh://` or `user@host:path`.', { minLength: 1 })),
    ref: gitReference('The commit to deploy.'),
    ...timing(),
    httpsUser: string('User name for HTTPS; the password or token is the protected setting `httpsKey`.'),
    httpsCACert: string('PEM certificate of a private authority, base64.'),
    sshKnownHosts: string('Lines of a `known_hosts` file, base64.'),
    localAuthRef: localAuthRef(),
    provider: string('Whose way to log in applies; `Generic` when absent.', { enum: ['Azure', 'GitHub', 'Generic'] }),
    sparseCheckout: array('Folders to check out; everything when absent.', string('One folder.')),
  })
}

export function fluxConfigBucket() {
  return object('A bucket of an S3-compatible store.', {
    url: required(string('Address of the store.', { minLength: 1 })),
    bucketName: required(string('Name of the bucket.', { minLength: 1 })),
    insecure: boolean('Uses plain HTTP.', { default: true }),
    accessKey: string('Access key; its secret is the protected setting `bucketSecretKey`.'),
    ...timing(),
    localAuthRef: localAuthRef(),
  })
}

export function fluxConfigAzureBlob() {
  return object('A container of an Azure storage account.', {
    url: required(string('Address of the blob service.', { minLength: 1 })),
    containerName: required(string('Name of the container.', { minLength: 1 })),
    servicePrincipal: object('Service principal to log in as; its secret or certificate is a protected setting.', {
      clientId: required(string('Client id.')),
      tenantId: required(string('Tenant id.')),
      clientCertificateSendChain: boolean('Sends the whole certificate chain.', { default: false }),
    }),
    managedIdentity: object('Managed identity to log in as.', { clientId: required(string('Client id.')) }),
    ...timing(),
    localAuthRef: localAuthRef(),
  })
}

export function fluxConfigOciRepository() {
  return object('An artifact in a container registry.', {
    url: required(string('Address of the repository, `oci://...`.', { pattern: '^oci://.*$' })),
    ref: object('Which artifact: digest beats semver, semver beats tag.', {
      tag: string('Tag; `latest` when nothing is given.'),
      semver: string('Range of versions; the highest tag within it is taken.'),
      digest: string('Digest of the manifest.'),
    }),
    layerSelector: object('Which layer of the artifact is used.', {
      mediaType: string('Media type of the layer; the first layer when absent.'),
      operation: string('Whether the layer is unpacked or kept as it is; `extract` when absent.', {
        enum: ['extract', 'copy'],
      }),
    }),
    verify: object('Signatures that the artifact must bear.', {
      provider: required(string('The tool that made them.', { enum: ['cosign', 'notation'] })),
      verificationConfig: map('Public keys, certificates and trust policies by file name, base64.', string('Content.')),
      matchOidcIdentity: array(
        'Identities of keyless signatures; one must match.',
        object('One identity.', {
          issuer: required(string('Regular expression for the issuer.')),
          subject: required(string('Regular expression for the subject.')),
        }),
      ),
    }),
    insecure: boolean('Uses plain HTTP.', { default: false }),
    useWorkloadIdentity: boolean('Logs in with the workload identity of the controller.', { default: false }),
    serviceAccountName: string('Service account whose pull secrets are used.'),
    ...timing(),
    localAuthRef: localAuthRef(),
  })
}
