/** `Receiver`: a webhook that reconciles Flux objects when somebody else calls it. */
import { ageReadyStatus } from '../columns.ts'
import { defineKind, type Resource } from '../kind.ts'
import { duration } from '../meta/duration.ts'
import { secretRef, suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { array, object, type Rule, required, string } from '../schema/schema.ts'
import { fluxObjects, notificationKind } from './notification-kind.ts'

function oidcProvider() {
  return object('One issuer of tokens.', {
    issuerURL: required(string('Address of the issuer.', { pattern: '^https?://' })),
    audience: string('Audience that a token must be for; `notification-controller` when absent.'),
    variables: array(
      'Values for the validations, in order.',
      object('One value.', {
        name: required(string('Its name, used as `vars.<name>`.')),
        expression: required(string('CEL expression over `claims` and the variables before.')),
      }),
    ),
    validations: required(
      array(
        'What must hold of a token.',
        object('One condition.', {
          expression: required(string('CEL expression over `claims` and `vars`.')),
          message: required(string('What is said when it does not hold.')),
        }),
        { minItems: 1 },
      ),
    ),
  })
}

function rules(): Rule[] {
  return [
    {
      rule: "self.type != 'generic-oidc' || (has(self.oidcProviders) && size(self.oidcProviders) > 0)",
      message: 'generic-oidc receivers must define at least one oidcProvider',
    },
    {
      rule: "self.type == 'generic-oidc' || !has(self.oidcProviders) || size(self.oidcProviders) == 0",
      message: 'oidcProviders can only be set when type is generic-oidc',
    },
    {
      rule: "self.type != 'generic-oidc' || !has(self.secretRef)",
      message: 'secretRef cannot be set when type is generic-oidc',
    },
    {
      rule: "self.type == 'generic-oidc' || has(self.secretRef)",
      message: 'secretRef is required when type is not generic-oidc',
    },
  ]
}

function spec() {
  return object(
    'Who may call, and what is reconciled then.',
    {
      type: required(
        string('Who calls; decides how a call is authenticated and read.', {
          enum: [
            'generic',
            'generic-hmac',
            'generic-oidc',
            'github',
            'gitlab',
            'bitbucket',
            'harbor',
            'dockerhub',
            'quay',
            'gcr',
            'nexus',
            'acr',
            'cdevents',
          ],
        }),
      ),
      events: array('Events of the caller that count; all when absent.', string('Name of an event.')),
      resources: required(
        array(
          'What is reconciled.',
          object('One object, or several.', {
            ...fluxObjects(),
            filter: string('CEL expression over `res` and `req`; only objects for which it is true.'),
          }),
        ),
      ),
      resourceFilter: string(
        'CEL expression over `res` and `req` for all resources; only objects for which it is true.',
      ),
      secretRef: secretRef('Secret whose key `token` the caller knows.'),
      oidcProviders: array('Issuers of the tokens that callers may bring; only for `generic-oidc`.', oidcProvider(), {
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['issuerURL'],
      }),
      interval: duration('How often the Secret is looked at.', { default: '10m' }),
      suspend: suspend('Refuses calls until it is false again.'),
    },
    { rules: rules() },
  )
}

function status() {
  return object(
    'Where to call and what the controller observed.',
    { ...reconcileStatus(), webhookPath: string('Path of the webhook on the address of the receiver service.') },
    unobserved(),
  )
}

export const receiver = defineKind({
  ...notificationKind,
  kind: 'Receiver',
  plural: 'receivers',
  singular: 'receiver',
  description: 'A webhook that starts reconciliations.',
  versions: [{ name: 'v1', served: true, storage: true, columns: ageReadyStatus, spec, status }],
})

export type Receiver = Resource<typeof receiver>
