/** Texts of charts and steps that the stories have in common. */
export const conf = (data = 'color: {{ .Values.color | quote }}', meta = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-conf\n${meta}data:\n  ${data}\n`
export const named = (name: string, annotations = '') =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${annotations && `  annotations:\n    ${annotations}\n`}data:\n  a: "1"\n`
export const hook = (name: string, more: string, kind = 'ConfigMap') =>
  `apiVersion: v1\nkind: ${kind}\nmetadata:\n  name: ${name}\n  annotations:\n    ${more.split('; ').join('\n    ')}\n`
export const badService = 'apiVersion: v1\nkind: Service\nmetadata:\n  name: bad\nspec:\n  ports:\n  - port: 0\n'
export const values = 'color: red\n'
export const base = {
  'values.yaml': values,
  'templates/conf.yaml': conf(),
  'templates/NOTES.txt': 'Hello {{ .Values.color }}\n',
}
export const configMap = (name: string) => ({ apiVersion: 'v1', kind: 'ConfigMap', name })
export const csa = { flags: ['--server-side=false'], ours: { serverSideApply: false } }

export const deployment = (containers: string, more = '') => `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
spec:
${more}  selector:
    matchLabels: {app: web}
  template:
    metadata:
      labels: {app: web}
    spec:
      containers:
${containers}`
export const container = (name: string, env: string[] = []) =>
  `      - name: ${name}\n        image: nginx:1\n${env.length ? `        env:\n${env.map(e => `        - {name: ${e}, value: x}\n`).join('')}` : ''}`

export const seeing = `apiVersion: v1
kind: ConfigMap
metadata:
  name: seeing
data:
  one: {{ (lookup "v1" "ConfigMap" .Release.Namespace "seen").data.a | quote }}
  none: {{ lookup "v1" "ConfigMap" .Release.Namespace "unseen" | toJson | quote }}
  all: {{ range (lookup "v1" "Service" .Release.Namespace "").items }}{{ .metadata.name }}{{ end }}
  kind: {{ .Capabilities.APIVersions.Has "apps/v1/Deployment" | quote }}
  version: {{ .Capabilities.APIVersions.Has "apps/v1" | quote }}
  not: {{ .Capabilities.APIVersions.Has "story.none/v1" | quote }}
  kube: {{ .Capabilities.KubeVersion.Version }} {{ .Capabilities.KubeVersion.Minor }}
`

export function service(ports: number[]): string {
  const listed = ports.map(port => `  - {name: p${port}, port: ${port}}\n`).join('')
  return `apiVersion: v1\nkind: Service\nmetadata:\n  name: web\nspec:\n  ports:\n${listed}`
}

export function scaler(version: string, more: string): string {
  return `apiVersion: autoscaling/${version}\nkind: HorizontalPodAutoscaler\nmetadata:\n  name: s\nspec:\n  maxReplicas: 3\n  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}\n${more}`
}

export function definition(): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: widgets.story.test}
spec:
  group: story.test
  names: {kind: Widget, plural: widgets, singular: widget, listKind: WidgetList}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`
}
