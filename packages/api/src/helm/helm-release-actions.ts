/** How a HelmRelease installs, upgrades, tests, rolls back and uninstalls. */
import { duration } from '../meta/duration.ts'
import { array, boolean, integer, object, type Rule, required, string } from '../schema/schema.ts'

/** What every action of Helm can be told. */
function actionFields() {
  return {
    timeout: duration('How long each operation may take; `spec.timeout` when absent.'),
    disableHooks: boolean('Runs no hooks.'),
    disableWait: boolean('Does not wait until the objects are ready.'),
  }
}

/** What the actions that apply a chart have in common. */
function releaseFields() {
  return {
    ...actionFields(),
    disableWaitForJobs: boolean('Does not wait until Jobs are done.'),
    disableOpenAPIValidation: boolean('Does not validate the manifests against the API of the cluster.'),
    disableSchemaValidation: boolean('Does not validate the values against the schema of the chart.'),
    disableTakeOwnership: boolean('Refuses objects that exist and belong to nobody or to another release.'),
    crds: string('What happens to the definitions in the `crds/` folder of the chart.', {
      enum: ['Skip', 'Create', 'CreateReplace'],
    }),
  }
}

function serverSideApply() {
  return string('Whether Helm applies on the server; `auto` goes on as the previous revision did.', {
    enum: ['enabled', 'disabled', 'auto'],
  })
}

function remediationFields() {
  return {
    retries: integer('How often a failure is remediated and tried anew; negative for without end.'),
    ignoreTestFailures: boolean('A failed test is no failure; `spec.test.ignoreFailures` when absent.'),
    remediateLastFailure: boolean('Remediates also the last failure, when no retry is left.'),
  }
}

function strategy(rule: Rule) {
  return object(
    'What happens after a failure.',
    {
      name: required(
        string('Remediate (roll back or uninstall) before the next attempt, or only try again.', {
          enum: ['RemediateOnFailure', 'RetryOnFailure'],
        }),
      ),
      retryInterval: duration('How soon it is tried again; five minutes when absent. Only for `RetryOnFailure`.'),
    },
    { rules: [rule] },
  )
}

export function install() {
  return object('How the release is installed.', {
    ...releaseFields(),
    createNamespace: boolean('Creates the target namespace when it does not exist.'),
    replace: boolean('Uses the name of a release that was deleted but whose record exists.'),
    serverSideApply: boolean('Whether Helm applies on the server.'),
    skipCRDs: boolean('Without effect; use `crds`.'),
    strategy: strategy({
      rule: "!has(self.retryInterval) || self.name != 'RemediateOnFailure'",
      message: ".retryInterval cannot be set when .name is 'RemediateOnFailure'",
    }),
    remediation: object('What happens after a failed installation: it is uninstalled.', remediationFields()),
  })
}

export function upgrade() {
  return object('How the release is upgraded.', {
    ...releaseFields(),
    force: boolean('Replaces objects that cannot be changed.'),
    preserveValues: boolean('Keeps values of the previous release that are not given anew.'),
    cleanupOnFail: boolean('Deletes objects that a failed upgrade created.'),
    chartNameChangeStrategy: string('What happens when the name of the chart changes.', {
      enum: ['InPlaceUpdate', 'Reinstall'],
    }),
    serverSideApply: serverSideApply(),
    strategy: strategy({
      rule: "!has(self.retryInterval) || self.name == 'RetryOnFailure'",
      message: ".retryInterval can only be set when .name is 'RetryOnFailure'",
    }),
    remediation: object('What happens after a failed upgrade.', {
      ...remediationFields(),
      strategy: string('Back to the previous release (the default), or uninstall.', {
        enum: ['rollback', 'uninstall'],
      }),
    }),
  })
}

export function test() {
  return object('Whether and how the tests of the chart run after an installation or upgrade.', {
    enable: boolean('Runs them.'),
    timeout: duration('How long they may take; `spec.timeout` when absent.'),
    ignoreFailures: boolean('A failed test is no failure of the release.'),
    filters: array(
      'Which tests run; all when absent.',
      object('One test.', {
        name: required(string('Name of the test.', { minLength: 1, maxLength: 253 })),
        exclude: boolean('All but this one.'),
      }),
    ),
  })
}

export function rollback() {
  return object('How a failed upgrade is rolled back.', {
    ...actionFields(),
    disableWaitForJobs: boolean('Does not wait until Jobs are done.'),
    force: boolean('Replaces objects that cannot be changed.'),
    recreate: boolean('Without effect; kept for old manifests.'),
    cleanupOnFail: boolean('Deletes objects that a failed rollback created.'),
    serverSideApply: serverSideApply(),
  })
}

export function uninstall() {
  return object('How the release is uninstalled.', {
    ...actionFields(),
    keepHistory: boolean('Keeps the records of the release.'),
    deletionPropagation: string('How dependents of the objects are deleted.', {
      enum: ['background', 'foreground', 'orphan'],
      default: 'background',
    }),
  })
}
