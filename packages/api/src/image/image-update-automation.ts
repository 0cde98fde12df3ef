/** `ImageUpdateAutomation`: commits the chosen tags back to the repository they are deployed from. */
import { ageColumn, fieldColumn, readyColumn, statusColumn } from '../columns.ts'
import { defineKind, type Resource } from '../kind.ts'
import { duration } from '../meta/duration.ts'
import { secretRef, suspend } from '../meta/references.ts'
import { reconcileStatus, unobserved } from '../meta/status.ts'
import { array, map, object, required, string } from '../schema/schema.ts'
import { gitReference } from '../source/git-repository.ts'
import { annotations, controllers } from '../well-known.ts'
import { imageKind, imageRef } from './image-kind.ts'

function git() {
  return object('How the repository is read and written.', {
    checkout: object('What is checked out; what the GitRepository says when absent.', {
      ref: required(gitReference('The commit to start from.')),
    }),
    commit: required(
      object('What the commit looks like.', {
        author: required(
          object('Who the commit is by.', {
            email: required(string('E-mail address.')),
            name: string('Name.'),
          }),
        ),
        signingKey: object('Signs the commit.', {
          secretRef: required(
            secretRef('Key: `git.asc` and `passphrase` for `gpg`, `identity` and `password` for `ssh`.'),
          ),
          type: string('Kind of key; `gpg` when absent.', { enum: ['gpg', 'ssh'] }),
        }),
        messageTemplate: string('Go template of the commit message.'),
        messageTemplateValues: map('Values for the template, as `.Values`.', string('Value.')),
      }),
    ),
    push: object('Where the commit goes; the branch that was checked out when absent.', {
      branch: string('Branch, made when it does not exist.'),
      refspec: string('Refspec to push besides.'),
      options: map('Push options.', string('Value.')),
    }),
  })
}

function policySelector() {
  return object(
    'ImagePolicies of this namespace that count; all when absent.',
    {
      matchLabels: map('Labels that a policy must have.', string('Value.')),
      matchExpressions: array(
        'Conditions on labels; all must hold.',
        object('One condition.', {
          key: required(string('Label.')),
          operator: required(string('`In`, `NotIn`, `Exists` or `DoesNotExist`.')),
          values: array('Values for `In` and `NotIn`.', string('Value.'), { 'x-kubernetes-list-type': 'atomic' }),
        }),
        { 'x-kubernetes-list-type': 'atomic' },
      ),
    },
    { 'x-kubernetes-map-type': 'atomic' },
  )
}

function spec() {
  return object('Which repository, which files, which policies.', {
    sourceRef: required(
      object('The repository to write to.', {
        apiVersion: string('API version of the source; not needed.'),
        kind: required(string('Kind of the source.', { enum: ['GitRepository'], default: 'GitRepository' })),
        name: required(string('Name of the source.')),
        namespace: string('Namespace of the source; that of this object when absent.'),
      }),
    ),
    interval: required(duration('How often the repository is looked at when no policy changed.')),
    git: git(),
    policySelector: policySelector(),
    update: object(
      'How files are changed.',
      {
        strategy: string('By markers in comments beside the values.', { enum: ['Setters'], default: 'Setters' }),
        path: string('Folder whose files are changed; the whole repository when absent.'),
      },
      { default: { strategy: 'Setters' } },
    ),
    suspend: suspend(),
  })
}

function status() {
  return object(
    'What was pushed and what the controller observed.',
    {
      ...reconcileStatus(),
      lastAutomationRunTime: string('When it last ran.', { format: 'date-time' }),
      lastPushTime: string('When it last pushed.', { format: 'date-time' }),
      lastPushCommit: string('The commit that it last pushed.'),
      observedPolicies: map('The images that were last written, by policy.', imageRef('One image.')),
      observedSourceRevision: string('Revision of the repository that was last looked at.'),
    },
    unobserved(),
  )
}

export const imageUpdateAutomation = defineKind({
  ...imageKind,
  kind: 'ImageUpdateAutomation',
  plural: 'imageupdateautomations',
  singular: 'imageupdateautomation',
  shortNames: ['iua', 'imgupd', 'imgauto'],
  description: 'Writes the tags that policies chose back to a Git repository.',
  component: controllers.imageAutomation,
  annotations: { [annotations.kustomizeSubstitute]: 'disabled' },
  versions: [
    {
      name: 'v1',
      served: true,
      storage: true,
      columns: [
        readyColumn,
        statusColumn,
        { ...fieldColumn('Last run', '.status.lastAutomationRunTime'), priority: 1 },
        ageColumn,
      ],
      spec,
      status,
    },
  ],
})

export type ImageUpdateAutomation = Resource<typeof imageUpdateAutomation>
