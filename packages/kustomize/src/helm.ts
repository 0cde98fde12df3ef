/** The door of those who build kustomizations with Helm charts in them: our own Helm, for the option `helm` of a build. */
export { type HelmTemplatesOptions, helmTemplates } from './helm-templates.ts'
