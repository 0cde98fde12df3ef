/** `Provider`: a service that events are sent to, and how. */
import { ageColumn } from '../columns.ts'
import { defineKind, type Resource } from '../kind.ts'
import { duration, shortDuration } from '../meta/duration.ts'
import { certSecretRef, proxySecretRef, secretRef, suspend } from '../meta/references.ts'
import { object, required, string } from '../schema/schema.ts'
import { notificationKind } from './notification-kind.ts'

function type() {
  return string('The service.', {
    enum: [
      'slack',
      'discord',
      'msteams',
      'rocket',
      'generic',
      'generic-hmac',
      'github',
      'gitlab',
      'gitea',
      'giteapullrequestcomment',
      'bitbucketserver',
      'bitbucket',
      'azuredevops',
      'googlechat',
      'googlepubsub',
      'webex',
      'sentry',
      'azureeventhub',
      'telegram',
      'lark',
      'matrix',
      'opsgenie',
      'alertmanager',
      'grafana',
      'githubdispatch',
      'githubpullrequestcomment',
      'gitlabmergerequestcomment',
      'pagerduty',
      'datadog',
      'nats',
      'zulip',
      'otel',
      'zoom',
      'incident.io',
    ],
  })
}

function spec() {
  return object(
    'Which service, and how to reach it.',
    {
      type: required(type()),
      address: string('Address of the service; the key `address` of the Secret wins.', { maxLength: 2048 }),
      channel: string('Channel, room, project or topic to post to.', { maxLength: 2048 }),
      username: string('Name to post as.', { maxLength: 2048 }),
      secretRef: secretRef('Address, token, user, headers or keys; which of them depends on `type`.'),
      certSecretRef: certSecretRef(),
      proxySecretRef: proxySecretRef(),
      proxy: string('Address of a proxy; `proxySecretRef` is the newer way.', {
        maxLength: 2048,
        pattern: '^(http|https)://.*$',
      }),
      serviceAccountName: string('Service account whose cloud identity is used.'),
      timeout: shortDuration('How long sending one event may take; 15 seconds when absent.'),
      interval: duration('Without effect; kept for old manifests.'),
      commitStatusExpr: string(
        'CEL expression over `event`, `alert` and `provider` that names the commit status; only for Git services.',
      ),
      suspend: suspend('Sends nothing until it is false again.'),
    },
    {
      rules: [
        {
          rule: "self.type == 'github' || self.type == 'gitlab' || self.type == 'gitea' || self.type == 'bitbucketserver' || self.type == 'bitbucket' || self.type == 'azuredevops' || !has(self.commitStatusExpr)",
          message:
            "spec.commitStatusExpr is only supported for the 'github', 'gitlab', 'gitea', 'bitbucketserver', 'bitbucket', 'azuredevops' provider types",
        },
      ],
    },
  )
}

export const provider = defineKind({
  ...notificationKind,
  kind: 'Provider',
  plural: 'providers',
  singular: 'provider',
  description: 'A service that notifications are sent to.',
  versions: [{ name: 'v1beta3', served: true, storage: true, columns: [ageColumn], spec }],
})

export type Provider = Resource<typeof provider>
