/** A chart of N templates of two objects each, of the kind that `helm create` makes: what `template` renders. */

const helpers = `{{- define "bench.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- $name := default .Chart.Name .Values.nameOverride }}
{{- if contains $name .Release.Name }}
{{- .Release.Name | trunc 63 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name $name | trunc 63 | trimSuffix "-" }}
{{- end }}
{{- end }}
{{- end }}

{{- define "bench.labels" -}}
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{ include "bench.selectorLabels" . }}
{{- if .Chart.AppVersion }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
{{- end }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
{{- end }}

{{- define "bench.selectorLabels" -}}
app.kubernetes.io/name: {{ default .Chart.Name .Values.nameOverride }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}
`

const deployment = (index: number): string => `{{- $part := index .Values.parts "p${index}" }}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ include "bench.fullname" . }}-${index}
  labels:
    {{- include "bench.labels" . | nindent 4 }}
spec:
  {{- if not $part.autoscaling.enabled }}
  replicas: {{ $part.replicas }}
  {{- end }}
  selector:
    matchLabels:
      {{- include "bench.selectorLabels" . | nindent 6 }}
  template:
    metadata:
      {{- with $part.annotations }}
      annotations:
        {{- toYaml . | nindent 8 }}
      {{- end }}
      labels:
        {{- include "bench.selectorLabels" . | nindent 8 }}
    spec:
      containers:
        - name: {{ .Chart.Name }}
          image: "{{ $part.image.repository }}:{{ $part.image.tag | default .Chart.AppVersion }}"
          ports:
            {{- range $name, $port := $part.ports }}
            - name: {{ $name }}
              containerPort: {{ $port }}
            {{- end }}
          resources:
            {{- toYaml $part.resources | nindent 12 }}
`

const service = (index: number): string => `{{- $part := index .Values.parts "p${index}" }}
apiVersion: v1
kind: Service
metadata:
  name: {{ include "bench.fullname" . }}-${index}
  labels:
    {{- include "bench.labels" . | nindent 4 }}
spec:
  ports:
    {{- range $name, $port := $part.ports }}
    - port: {{ $port }}
      targetPort: {{ $name }}
      name: {{ $name }}
    {{- end }}
  selector:
    {{- include "bench.selectorLabels" . | nindent 4 }}
`

const configMap = (index: number): string => `{{- $part := index .Values.parts "p${index}" }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ include "bench.fullname" . }}-${index}
  labels:
    {{- include "bench.labels" . | nindent 4 }}
  annotations:
    checksum: {{ toYaml $part | sha256sum }}
data:
  {{- range $key, $value := $part.config }}
  {{ $key | upper | replace "." "_" }}: {{ tpl $value $ | quote }}
  {{- end }}
`

const values = (index: number): string => `  p${index}:
    replicas: ${(index % 5) + 1}
    autoscaling: {enabled: false}
    annotations: {note: "part ${index}", owner: team-${index % 7}}
    image: {repository: registry.example/app-${index}, tag: ""}
    ports: {http: 8080, metrics: 9090}
    resources:
      limits: {cpu: 100m, memory: 128Mi}
      requests: {cpu: 50m, memory: 64Mi}
    config: {log.level: info, name: "{{ .Release.Name }}-${index}", size: "${index}"}
`

/** Files by path. */
export function chartOfTemplates(size: number): Map<string, string> {
  const files = new Map([
    ['Chart.yaml', 'apiVersion: v2\nname: bench\nversion: 1.0.0\nappVersion: "2.0"\n'],
    ['templates/_helpers.tpl', helpers],
  ])
  let text = 'nameOverride: ""\nfullnameOverride: ""\nparts:\n'
  for (let index = 0; index < size; index += 1) {
    const other = index % 2 === 0 ? service : configMap
    files.set(`templates/part-${index}.yaml`, `${deployment(index)}---\n${other(index)}`)
    text += values(index)
  }
  return files.set('values.yaml', text)
}
