/**
 * The source arguments of `flux create` and `flux update`: which there are, and for which kinds of source each is
 * meant.
 */
import { type Command, Option } from 'commander'
import { threeState } from './three-state.ts'

export type SourceKindWord = 'git' | 'bucket' | 'azblob' | 'oci'

export interface FluxSourceOptions {
  kind?: SourceKindWord
  url?: string
  timeout?: string
  syncInterval?: string
  localAuthRef?: string
  branch?: string
  tag?: string
  semver?: string
  commit?: string
  sshPrivateKey?: string
  sshPrivateKeyFile?: string
  httpsUser?: string
  httpsKey?: string
  httpsCaCert?: string
  httpsCaCertFile?: string
  knownHosts?: string
  knownHostsFile?: string
  provider?: string
  bucketName?: string
  bucketAccessKey?: string
  bucketSecretKey?: string
  bucketInsecure?: boolean
  containerName?: string
  accountKey?: string
  sasToken?: string
  servicePrincipalClientId?: string
  servicePrincipalTenantId?: string
  servicePrincipalClientSecret?: string
  servicePrincipalClientCertificate?: string
  servicePrincipalClientCertificatePassword?: string
  servicePrincipalClientCertificateSendChain?: boolean
  managedIdentityClientId?: string
  digest?: string
  ociLayerSelectorMediaType?: string
  ociLayerSelectorOperation?: string
  tlsCaCertificate?: string
  tlsClientCertificate?: string
  tlsPrivateKey?: string
  serviceAccountName?: string
  useWorkloadIdentity?: boolean
  ociInsecure?: boolean
  verificationProvider?: string
  verificationConfig?: string[]
  matchOidcIdentity?: string[]
}

interface SourceArgument {
  key: keyof FluxSourceOptions
  option: Option
  /** Kinds that take it; all when absent. */
  kinds?: SourceKindWord[]
}

const git: SourceKindWord[] = ['git']
const bucket: SourceKindWord[] = ['bucket']
const blob: SourceKindWord[] = ['azblob']
const oci: SourceKindWord[] = ['oci']

function argument(
  key: keyof FluxSourceOptions,
  flags: string,
  description: string,
  kinds?: SourceKindWord[],
): SourceArgument {
  return { key, option: new Option(flags, description), ...(kinds === undefined ? {} : { kinds }) }
}

export const SOURCE_ARGUMENTS: SourceArgument[] = [
  argument('url', '-u, --url <url>', 'address of the source'),
  argument('timeout', '--timeout <duration>', 'longest fetch of the source, for instance 1h2m5s (service: 10m)'),
  argument('syncInterval', '--interval, --sync-interval <duration>', 'time between looks at the source (service: 10m)'),
  argument(
    'localAuthRef',
    '--local-ref, --local-auth-ref <name>',
    "secret of the source in the configuration's namespace",
  ),
  argument('branch', '--branch <name>', 'branch to follow', git),
  argument('tag', '--tag <name>', 'tag to follow', ['git', 'oci']),
  argument('semver', '--semver <range>', 'newest tag in a semantic version range', ['git', 'oci']),
  argument('commit', '--commit <sha>', 'commit to stay at', git),
  argument('sshPrivateKey', '--ssh-private-key <base64>', 'private key, PEM in base64', git),
  argument('sshPrivateKeyFile', '--ssh-private-key-file <file>', 'file of the private key', git),
  argument('httpsUser', '--https-user <name>', 'user of an http(s) repository', git),
  argument('httpsKey', '--https-key <token>', 'password or token of that user', git),
  argument('httpsCaCert', '--https-ca-cert <base64>', 'certificate of the authority to trust, PEM in base64', git),
  argument('httpsCaCertFile', '--https-ca-cert-file <file>', 'file of that certificate', git),
  argument('knownHosts', '--known-hosts <base64>', "known_hosts of ssh with the server's public key, in base64", git),
  argument('knownHostsFile', '--known-hosts-file <file>', 'file of known_hosts', git),
  argument('provider', '--provider <name>', 'how the repository authenticates: generic, azure or github', git),
  argument('bucketName', '--bucket-name <name>', 'name of the bucket', bucket),
  argument('bucketAccessKey', '--bucket-access-key <key>', 'access key id of the bucket', bucket),
  argument('bucketSecretKey', '--bucket-secret-key <key>', 'secret key of the bucket', bucket),
  { key: 'bucketInsecure', option: threeState('--bucket-insecure', 'talk to the bucket without TLS'), kinds: bucket },
  argument('containerName', '--container-name <name>', 'name of the blob container', blob),
  argument('accountKey', '--account-key <key>', 'shared key of the storage account', blob),
  argument('sasToken', '--sas-token <token>', 'shared access signature', blob),
  argument('servicePrincipalClientId', '--sp-client-id, --service-principal-client-id <id>', 'service principal', blob),
  argument('servicePrincipalTenantId', '--sp-tenant-id, --service-principal-tenant-id <id>', 'its tenant', blob),
  argument(
    'servicePrincipalClientSecret',
    '--sp-client-secret, --service-principal-client-secret <secret>',
    'its secret',
    blob,
  ),
  argument(
    'servicePrincipalClientCertificate',
    '--sp-client-cert, --service-principal-client-certificate <base64>',
    'its certificate',
    blob,
  ),
  argument(
    'servicePrincipalClientCertificatePassword',
    '--sp-cert-password, --service-principal-client-certificate-password <text>',
    "the certificate's password",
    blob,
  ),
  {
    key: 'servicePrincipalClientCertificateSendChain',
    option: threeState(
      '--sp-cert-send-chain, --service-principal-client-certificate-send-chain',
      'send the whole chain',
    ),
    kinds: blob,
  },
  argument('managedIdentityClientId', '--mi-client-id, --managed-identity-client-id <id>', 'managed identity', blob),
  argument('digest', '--digest <digest>', 'digest to stay at, sha256:...', oci),
  argument(
    'ociLayerSelectorMediaType',
    '--oci-media-type, --oci-layer-selector-media-type <type>',
    'media type of the layer',
    oci,
  ),
  argument(
    'ociLayerSelectorOperation',
    '--oci-operation, --oci-layer-selector-operation <word>',
    'extract or copy',
    oci,
  ),
  argument('tlsCaCertificate', '--tls-ca-certificate <base64>', 'authority of the registry', oci),
  argument('tlsClientCertificate', '--tls-client-certificate <base64>', 'certificate of the client', oci),
  argument('tlsPrivateKey', '--tls-private-key <base64>', 'key of that certificate', oci),
  argument('serviceAccountName', '--service-account-name <name>', 'account whose image pull secrets are used', oci),
  {
    key: 'useWorkloadIdentity',
    option: threeState('--use-workload-identity', 'authenticate by workload identity'),
    kinds: oci,
  },
  { key: 'ociInsecure', option: threeState('--oci-insecure', 'talk to the registry without TLS'), kinds: oci },
  argument(
    'verificationProvider',
    '--verification-provider <name>',
    'who verifies signatures: cosign or notation',
    oci,
  ),
  argument('verificationConfig', '--verification-config <pairs...>', 'trusted public keys, NAME=BASE64', oci),
  argument('matchOidcIdentity', '--match-oidc-identity <json...>', 'signers, {"issuer": ..., "subject": ...}', oci),
]

export function withSourceOptions(command: Command): Command {
  for (const { option } of SOURCE_ARGUMENTS) command.addOption(option)
  return command
}

/** `--name` of an argument as messages write it. */
export function flagOf({ option }: SourceArgument): string {
  return option.long ?? option.flags
}
